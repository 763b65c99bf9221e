"""Settle what is in doubt, by looking the task up at the vendor; what cannot be settled is held for a person."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.apply.lookup import Missing, Sight, list_tasks, sight_of
from runner.errors import UnavailableError
from runner.model.task import Listing
from runner.model.task_fact import TaskAbsent
from runner.planning.history import NOT_TAKEN, UNSETTLED, Standing, TaskHistory
from runner.planning.sight import evidence_of

_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0)
MIN_PASSES = 2
"""A task counts as absent only after this many complete passes over the vendor's list."""


def settle_all(desk: Desk, listing: Listing) -> None:
    """Settle what an earlier apply left open, starting from the *listing* just read.

    Tasks found absent or odd before are looked at once more, for the evidence may have come since. So are those that
    were not taken, as the vendor said: a proxy that repeats requests passes on the answer to the second one.
    """
    for task in desk.history().in_standing(
        {*UNSETTLED, *NOT_TAKEN, Standing.ABSENT, Standing.DOUBTFUL, Standing.STATED_ABSENT}
    ):
        if task.final:
            continue
        sight = sight_of(task, listing)
        if task.standing in UNSETTLED and isinstance(sight, Missing):
            settle(desk, task, passes=1)
        elif not isinstance(sight, Missing):
            _record(desk, task, sight)


def settle(desk: Desk, task: TaskHistory, *, passes: int = 0) -> None:
    """Look *task* up over the settle time and record what is found: accepted, odd, or absent.

    Args:
        desk: the campaign.
        task: it has no answer, or one that says nothing.
        passes: complete passes made already in which it was missing.
    """
    sight, passes = watch(desk, task.task.name, lambda listing: _found(task, listing), passes=passes)
    desk.at(Boundary.LOOKED_UP)
    if sight is not None:
        _record(desk, task, sight)
    elif passes >= MIN_PASSES:
        desk.record(TaskAbsent(task=task.task, passes=passes))
    desk.at(Boundary.LOOK_UP_RECORDED)


@dataclass
class _Patience:
    pause_s: float = 0.0
    step: int = 0

    def next_s(self, left_s: float) -> float:
        self.pause_s = _PAUSES_S[min(self.step, len(_PAUSES_S) - 1)]
        self.step += 1
        return max(0.05, min(self.pause_s, left_s))


def watch(
    desk: Desk, prefix: str, look: Callable[[Listing], Sight | None], *, passes: int = 0
) -> tuple[Sight | None, int]:
    """Read the vendor's list again and again over the settle time until *look* is content.

    Returns:
        What *look* returned last, and how many complete passes there were in which it returned None. The time counts
        from now, never from the ledger: after a stall or a changed clock it would be over at once.
    """
    until = desk.clock.elapsed_s() + desk.settle_time.total_seconds()
    patience = _Patience()
    while True:
        listing = _listing(desk, prefix)
        sight = look(listing) if listing else None
        if sight is not None:
            return sight, passes
        passes += bool(listing and listing.complete)
        left_s = until - desk.clock.elapsed_s()
        if (left_s <= 0 and passes >= MIN_PASSES) or left_s <= -desk.settle_time.total_seconds() - 60:
            return None, passes
        desk.clock.sleep(patience.next_s(max(left_s, 1.0)))


def _listing(desk: Desk, prefix: str) -> Listing | None:
    try:
        return list_tasks(desk, prefix)
    except UnavailableError:
        return None


def _found(task: TaskHistory, listing: Listing) -> Sight | None:
    sight = sight_of(task, listing)
    return None if isinstance(sight, Missing) else sight


def _record(desk: Desk, task: TaskHistory, sight: Sight) -> None:
    fact = evidence_of(task, sight)
    if fact is not None:
        desk.record(fact)
