"""A stop: why nothing is sent, wherever that was said."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Nothing is sent as long as this stands.

    Attributes:
        reason: in the words of whoever stopped it; foreign text, perhaps empty.
        by: who, as their machine knows them; None where a file says it.
        since: aware; None where a file says it.
        lift: what ends it.
    """

    reason: str
    by: str | None
    since: datetime | None
    lift: str

    def __str__(self) -> str:
        """Return one sentence without its full stop."""
        if self.by is None or self.since is None:
            return f"stopped by the file HALT: {self.reason or 'it gives no reason'}"
        return f"stopped by {self.by} at {self.since:%Y-%m-%d %H:%M} UTC: {self.reason}"
