"""Facts about what became of calls: outcomes and recall rounds of a task, records that were read, outcomes that were erased."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runner.model.task_id import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcomes:
    """What became of calls of this task, as far as no entry said it before. Its block may be erased later.

    Attributes:
        rows: of the block: reports of calls, pushed or recorded.
        confirmed: how many of them are call records.
    """

    task: TaskId
    rows: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRound:
    """A recall round of this task, as the vendor showed it when it was asked; it says nothing of the task itself.

    Attributes:
        number: 1, 2, 3 …
        of: how many rounds there are.
        status: of `runner.model.round.RoundStatus`.
        job_id: the vendor's task that the round is; None where there is none.
        people: how many are in that; None where it is not known.
        called: how many of them were called.
    """

    task: TaskId
    number: int
    of: int
    status: str
    job_id: int | None
    people: int | None
    called: int | None


class Erasure(StrEnum):
    """Why outcomes are erased. Stored as the value, which is never changed: ledgers have it."""

    FORGOTTEN = "forgotten"
    RETENTION = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesErased:
    """The outcomes of the entry *entry* are not kept any more.

    Attributes:
        reason: an `Erasure`, or a word that this version does not know.
    """

    entry: int
    reason: str

    @property
    def is_of_people(self) -> bool:
        """Tell whether single people were taken out of the entry; the rest of it was appended right after this."""
        return self.reason == Erasure.FORGOTTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRead:
    """The vendor's call records between two times were read, and what they say of our tasks stands in this ledger.

    Attributes:
        complete: the vendor's list held still while it was read. A call without a record may have taken place even so.
    """

    account: str
    since: datetime
    until: datetime
    complete: bool
