"""What holds for all campaigns of a repository: the ceiling that `campaigns/policy.toml` sets."""

from dataclasses import dataclass, field

from runner.errors import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How often a person may be called, counted over all campaigns and editions of a ledger.

    Attributes:
        calls: at most so many.
        days: in so many days.
        where: the place that says so.
    """

    calls: int
    days: int
    where: Where = field(compare=False)

    def __str__(self) -> str:
        """Return the cap in words, with its place."""
        times = "1 call" if self.calls == 1 else f"{self.calls} calls"
        days = "1 day" if self.days == 1 else f"{self.days} days"
        return f"at most {times} in {days} over all campaigns ({self.where})"
