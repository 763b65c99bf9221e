"""Facts of a ledger that was made anew: what it stands in the place of, and tasks of which only the name is left."""

from dataclasses import dataclass

from runner.model.task_id import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The second entry of a ledger that was made anew, because the one before it was lost or is not to be used.

    Attributes:
        people: how many are in tasks that the ledgers before it knew and no entry was taken over of, as acknowledged.
        by: who rebuilt it, as the machine knows them.
    """

    people: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A rebuilt ledger stands in the place of this lineage; the receipt named here no longer proves it bad.

    Attributes:
        receipt: as `Receipt.name` says; None for the lineage of a ledger that was put aside.
        head: the hash that the receipt holds.
    """

    lineage: str
    receipt: str | None
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFound:
    """A task that a rebuilt ledger knows by name and number of people only: nobody can tell who is in it.

    Attributes:
        job_id: the vendor's; None where no source had it.
        over: it certainly calls nobody. Otherwise it closes its edition: anybody may be in it, so nobody is called.
        said: what was seen of it, in words.
    """

    task: TaskId
    people: int
    job_id: int | None
    over: bool
    said: str
