"""A round of the vendor's own recall, as its list shows it."""

from dataclasses import dataclass
from enum import StrEnum


class RoundStatus(StrEnum):
    """What the vendor says a recall round is doing."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRound:
    """One recall round of a task: a task of its own once it has begun.

    Attributes:
        number: 1, 2, 3 …
        of: how many rounds there are.
        job_id: of its task; None where there is none yet, or nobody was left to be called.
        people: how many numbers the vendor counts in that; None where there is none, or it does not say.
        called: how many of them it has called so far.
    """

    number: int
    of: int
    status: RoundStatus
    job_id: int | None
    people: int | None
    called: int | None
