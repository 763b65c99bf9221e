"""Settle doubts and note drift, by the vendor's list and by what records confirm. A push settles nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from runner.counts import were
from runner.frames import PERSON, SOURCE
from runner.model.task import Listing
from runner.model.task_fact import TaskAccepted, TaskConfirmed, TaskDoubtful, TaskFact, TaskNotCancelled
from runner.planning.history import NOT_TAKEN, TAKEN_BACK, History, Standing, TaskHistory
from runner.planning.names import is_ours, name_prefix
from runner.planning.sight import Failed, Fine, Missing, Odd, Sight, evidence_of, sight_of
from runner.ports import Ledger, Vendor

BACK = timedelta(days=62)
AHEAD = timedelta(days=2)
"""The list is asked for times past now, since neither clocks nor zones can be trusted."""

_LOOKED_UP = frozenset(
    {
        Standing.SENDING,
        Standing.UNKNOWN,
        Standing.ABSENT,
        Standing.DOUBTFUL,
        Standing.STATED_ABSENT,
        *NOT_TAKEN,
    }
)
_OPEN = frozenset({Standing.SENDING, Standing.UNKNOWN, Standing.ABSENT})
_TAKEN = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is at the vendor otherwise than we left it.

    Attributes:
        task: the name, as the vendor shows it: foreign text where it is not ours.
    """

    task: str
    what: str


def listed(vendor: Vendor, campaign: str, edition: str, *, now: datetime) -> Listing:
    """Return the vendor's tasks of this campaign and edition."""
    return vendor.tasks(prefix=name_prefix(campaign, edition), since=now - BACK, until=now + AHEAD)


def by_list(history: History, listing: Listing) -> tuple[list[TaskFact], list[Drift]]:
    """Return what *listing* proves of the tasks of *history*, and what drifted.

    A task that is missing proves nothing here: that it is absent is found out by an apply, which waits for it.
    """
    facts: list[TaskFact] = []
    drift: list[Drift] = []
    for task in history.tasks:
        sight = sight_of(task, listing)
        fact = None if task.final else _proved(task, sight)
        if fact is not None:
            facts.append(fact)
        if task.standing in _TAKEN and isinstance(sight, Odd):
            drift.append(Drift(task=task.task.name, what=sight.reason))
        elif task.standing in _TAKEN and isinstance(sight, Failed):
            drift.append(Drift(task=task.task.name, what="failed, nobody called: the next apply settles it"))
    drift += [
        Drift(task=seen.name, what="not of this ledger")
        for seen in listing.tasks
        if seen.name not in history.names and not seen.is_recall and _is_of(seen.name, history)
    ]
    return facts, drift


def _is_of(name: str, history: History) -> bool:
    """Tell whether *name* has exactly the form of a task's name of the campaign and edition of *history*."""
    return any(is_ours(name, one.task.campaign, one.task.edition) for one in history.tasks[:1])


def _proved(task: TaskHistory, sight: Sight) -> TaskFact | None:
    if isinstance(sight, Missing):
        return None
    if task.standing in _LOOKED_UP:
        return evidence_of(task, sight)
    if task.standing is Standing.ACCEPTED and isinstance(sight, Fine):
        return TaskConfirmed(task=task.task, job_id=sight.job_id, people=sight.people)
    if task.standing in _TAKEN and isinstance(sight, Odd):
        return TaskDoubtful(task=task.task, job_id=sight.job_id, reason=sight.reason)
    return None


def by_records(tasks: Sequence[TaskHistory], ledger: Ledger) -> list[TaskFact]:
    """Return what the records in *ledger* prove of those of *tasks* that are in doubt, or should not have called anybody.

    One stray call must not settle a task of thousands: a lost answer is settled as taken once at least half of its people
    have a record, and a task that is otherwise than it was sent once all have. Until then those who have one were called,
    and like all others of it are not called again.
    """
    facts: list[TaskFact] = []
    for task in tasks:
        if (
            task.standing in _TAKEN
            or task.standing is Standing.STATED_SENT
            or task.final
            or not task.outcomes
        ):
            continue
        called, people = _called(task, ledger), task.people
        fact = _recorded(task, called=called, people=people) if called else None
        if fact is not None:
            facts.append(fact)
    return facts


def _recorded(task: TaskHistory, *, called: int, people: int) -> TaskFact | None:
    is_whole = called >= people
    if task.standing in _OPEN or task.standing in NOT_TAKEN:
        if 2 * called < people:
            return None
        return TaskAccepted(task=task.task, job_id=task.job_id, looked_up=True)
    if task.standing is Standing.DOUBTFUL:
        if not is_whole or task.job_id is None:
            return None
        return TaskConfirmed(task=task.task, job_id=task.job_id, people=people)
    if task.standing is Standing.CANCELLING:
        if not is_whole or task.job_id is None:
            return None
        return TaskNotCancelled(task=task.task, job_id=task.job_id)
    if task.standing in {Standing.STATED_ABSENT, Standing.FAILED, *TAKEN_BACK}:
        reason = f"{called:,} of its people {were(called)} called, as the vendor's records say: some may be called twice"
        return TaskDoubtful(task=task.task, job_id=task.job_id, reason=reason, final=True)
    return None


def _called(task: TaskHistory, ledger: Ledger) -> int:
    """Return how many people of *task* have a call record."""
    outcomes = ledger.outcomes(task.outcomes)
    return outcomes.filter(pl.col(SOURCE) == "record")[PERSON].n_unique()
