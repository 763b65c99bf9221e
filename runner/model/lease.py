"""Who holds a campaign: the lease, and the process that has it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that holds a campaign, precisely enough to tell that it is gone.

    Attributes:
        boot: the machine's boot id.
        namespace: of the process ids; the same pid in two namespaces is two processes.
        started: start time of the process in clock ticks since boot, so that a reused pid is another owner.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: int
    user: str
    command: str

    @property
    def person(self) -> str:
        """Return who runs it, as far as the machine knows: user and host."""
        return f"{self.user}@{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to append intents for one campaign.

    Attributes:
        epoch: grows with each taking; an intent under an older epoch is refused.
        term_s: how long it lasts without renewal, seconds.
        renewed_at: aware, UTC, by the clock of the database, or where it has none by the holder's: then for people only.
    """

    campaign: str
    owner: Owner
    epoch: int
    term_s: int
    renewed_at: datetime
