"""What the vendor's list says about one of our tasks, and what that proves. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from runner.counts import count, people, were
from runner.model.task import Listing, SeenTask, TaskStatus
from runner.model.task_fact import TaskAccepted, TaskConfirmed, TaskDoubtful, TaskFact
from runner.planning.history import Standing, TaskHistory, listed_twice


@dataclass(frozen=True, slots=True)
class Missing:
    """No task of that name was listed."""


@dataclass(frozen=True, slots=True)
class Fine:
    """It is there, whole, and waiting, calling or finished, with so many people."""

    job_id: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Submitting:
    """It is there and whole, but the vendor has not decided about it yet."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The vendor failed it and called nobody."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Odd:
    """It is there, but not as it was sent; a person must look."""

    job_id: int | None
    reason: str


Sight = Missing | Fine | Submitting | Failed | Odd


def sight_of(task: TaskHistory, listing: Listing) -> Sight:
    """Return what *listing* says about *task*; recall rounds are set aside."""
    found = [seen for seen in listing.tasks if seen.name == task.task.name and not seen.is_recall]
    if not found:
        return Missing()
    if len(found) > 1:
        return Odd(None, listed_twice(len(found)))
    return _one(found[0], task.counts)


def evidence_of(task: TaskHistory, sight: Sight) -> TaskFact | None:
    """Return what *sight* proves of a *task* that is in doubt, or was not taken; None where it proves nothing new."""
    if task.standing is Standing.STATED_ABSENT and not isinstance(sight, Missing):
        reason = (
            "the vendor has it, although somebody stated that it was absent: its people may be called twice"
        )
        return TaskDoubtful(task=task.task, job_id=sight.job_id, reason=reason, final=True)
    match sight:
        case Fine(job_id, people) if task.standing is Standing.DOUBTFUL:
            return TaskConfirmed(task=task.task, job_id=job_id, people=people)
        case Fine(job_id) | Submitting(job_id) | Failed(job_id):
            return TaskAccepted(task=task.task, job_id=job_id, looked_up=True)
        case Odd(job_id, reason):
            if task.standing is Standing.DOUBTFUL and task.said == reason:
                return None
            return TaskDoubtful(task=task.task, job_id=job_id, reason=reason)
        case Missing():
            return None


def _one(seen: SeenTask, sent: Collection[int]) -> Sight:
    if seen.status is TaskStatus.FAILED:
        return Failed(seen.job_id) if not seen.called else Odd(seen.job_id, "failed after calling somebody")
    if seen.status in {TaskStatus.CANCELLED, TaskStatus.SUSPENDED}:
        return Odd(seen.job_id, f"{seen.status.value} at the vendor, not by us")
    if seen.people not in sent:
        counts = tuple(dict.fromkeys(sent))
        said = " or ".join(map(count, counts))
        return Odd(seen.job_id, f"the vendor counts {people(seen.people)}, {said} {were(counts[-1])} sent")
    if seen.status is TaskStatus.SUBMITTING:
        return Submitting(seen.job_id)
    return Fine(seen.job_id, seen.people)
