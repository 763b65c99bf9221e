"""Before it rings: what waits at the vendor and is not what the campaign says today is cancelled, and sent again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from runner.apply.boundary import Boundary
from runner.apply.cancel import REPLACE, Fate, cancel_all, is_late, list_all, note_odd, seen_in
from runner.apply.desk import Desk
from runner.apply.send import check_all
from runner.apply.tally import SendResult, Stopped
from runner.counts import plural
from runner.errors import HaltedError
from runner.frames import PERSON
from runner.model.plan import Bucket
from runner.model.task_fact import TaskReplaced
from runner.planning.history import Standing, TaskHistory
from runner.preview.prepared import Prepared

_FREE = frozenset({Standing.CANCELLED, Standing.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceResult:
    """What became of the tasks that were to be replaced.

    Attributes:
        prepared: what is left to be sent: without the people of tasks that could not be taken back.
        taken_back: people in tasks that were cancelled with nobody called.
        left: people in tasks that could no longer be stopped, or of which it is not known.
        stopped: why nothing was cancelled or sent, where something stood against it.
    """

    prepared: Prepared
    taken_back: int = 0
    left: int = 0
    stopped: SendResult | None = None


def replace_all(desk: Desk, prepared: Prepared, audio: dict[str, str]) -> ReplaceResult:
    """Cancel the tasks that *prepared* replaces, all before anything is sent, and return what may be sent then.

    Raises:
        InvalidError, UnavailableError: something would have failed: nothing was cancelled.
        LedgerError, CredentialsError: as `cancel_all`.
    """
    names = {one.name for one in prepared.plan.replaces}
    if not names:
        return ReplaceResult(prepared=prepared)
    stopped = check_all(desk, prepared, audio)
    if stopped is not None:
        return ReplaceResult(prepared=prepared, stopped=_nothing_sent(prepared, stopped))
    head = desk.ledger.head().sequence
    tasks = [task for task in desk.history().tasks if task.task.name in names]
    waiting = _waiting(desk, tasks)
    people = sum(task.sending.people for task in waiting)
    desk.progress.note(f"{desk.campaign.name}: taking back {plural(people, 'waiting call')}")
    try:
        cancel_all(desk, waiting, why=REPLACE, seen=head)
    except HaltedError as error:
        halted = Stopped(kind="halted", message=str(error))
        return ReplaceResult(prepared=prepared, stopped=_nothing_sent(prepared, halted))
    history = desk.history()
    after = [task for task in history.tasks if task.task.name in names]
    free = [task for task in after if task.standing in _FREE]
    left = [task for task in after if task.standing not in _FREE]
    return ReplaceResult(
        prepared=replace(_without(desk, prepared, left), generation=history.generation),
        taken_back=sum(task.sending.people for task in free),
        left=sum(task.sending.people for task in left),
    )


def note_replaced(desk: Desk, prepared: Prepared) -> None:
    """Record of what was taken back that it was sent again, once that is so as far as it is to be."""
    if prepared.left_out:
        return
    for task in desk.history().in_standing({Standing.CANCELLED}):
        desk.record(TaskReplaced(task=task.task))
        desk.at(Boundary.REPLACED)


def _nothing_sent(prepared: Prepared, stopped: Stopped) -> SendResult:
    return SendResult(not_sent=prepared.plan.calls, stopped=stopped)


def _waiting(desk: Desk, tasks: Sequence[TaskHistory]) -> list[TaskHistory]:
    """Return those of *tasks* that the vendor lists as waiting, with nobody called, and that do not start too soon."""
    listing = list_all(desk)
    note_odd(desk, tasks, listing)
    return [task for task in tasks if seen_in(task, listing).fate is Fate.WAITS and not is_late(desk, task)]


def _without(desk: Desk, prepared: Prepared, left: Sequence[TaskHistory]) -> Prepared:
    """Return *prepared* without the people of the tasks *left*, who may be called by them."""
    if not left:
        return prepared
    theirs = prepared.present(desk.ledger.blocks([task.block for task in left])).select(PERSON)

    def ranges() -> Iterator[pl.DataFrame]:
        return (
            frame.join(theirs, on=PERSON, how="anti", maintain_order="left") for frame in prepared.ranges()
        )

    count = sum(frame.height for frame in ranges())
    before = prepared.plan.buckets
    replaced = before.get(Bucket.REPLACED, 0) - (prepared.plan.calls - count)
    plan = replace(prepared.plan, buckets={**before, Bucket.REPLACED: replaced})
    return replace(prepared, plan=plan, ranges=ranges)
