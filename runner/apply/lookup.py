"""Read the vendor's list: what it says about one of our tasks, and which tasks there are that we do not know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from runner.apply.desk import Desk
from runner.model.campaign import Campaign
from runner.model.task import Listing, SeenTask, TaskStatus
from runner.planning.history import History, TaskHistory
from runner.planning.names import is_ours, name_prefix

BACK = timedelta(days=62)
"""How far the vendor's list is read: longer than it keeps call records, design section 8."""

AHEAD = timedelta(days=2)
"""The list is asked for times past now, since neither clocks nor zones can be trusted."""


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


def list_tasks(desk: Desk, prefix: str) -> Listing:
    """Return the vendor's tasks whose name begins with *prefix*."""
    now = desk.clock.now()
    return desk.vendor.tasks(prefix=prefix, since=now - BACK, until=now + AHEAD)


def sight_of(task: TaskHistory, listing: Listing) -> Sight:
    """Return what *listing* says about *task*; recall rounds are set aside."""
    found = [seen for seen in listing.tasks if seen.name == task.task.name and not seen.is_recall]
    if not found:
        return Missing()
    if len(found) > 1:
        return Odd(None, f"the vendor lists {len(found)} tasks of this name")
    return _one(found[0], task.counts)


def strangers(campaign: Campaign, history: History, listings: Sequence[Listing]) -> tuple[SeenTask, ...]:
    """Return the listed tasks that bear our form of name, under this or a former name, but are not in *history*."""
    known = history.names
    names = (campaign.name, *campaign.formerly)
    return tuple(
        seen
        for listing in listings
        for seen in listing.tasks
        if seen.name not in known and any(is_ours(seen.name, name, campaign.edition) for name in names)
    )


def prefixes(campaign: Campaign) -> tuple[str, ...]:
    """Return the beginnings of all task names of *campaign* and its edition."""
    return tuple(name_prefix(name, campaign.edition) for name in (campaign.name, *campaign.formerly))


def _one(seen: SeenTask, sent: Collection[int]) -> Sight:
    if seen.status is TaskStatus.FAILED:
        return Failed(seen.job_id) if not seen.called else Odd(seen.job_id, "failed after calling somebody")
    if seen.status in {TaskStatus.CANCELLED, TaskStatus.SUSPENDED}:
        return Odd(seen.job_id, f"{seen.status.value} at the vendor, not by us")
    if seen.people not in sent:
        were = " or ".join(f"{number:,}" for number in dict.fromkeys(sent))
        return Odd(seen.job_id, f"the vendor counts {seen.people:,} people, {were} were sent")
    if seen.status is TaskStatus.SUBMITTING:
        return Submitting(seen.job_id)
    return Fine(seen.job_id, seen.people)
