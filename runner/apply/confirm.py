"""Accepted is not the end: each accepted task is seen once at the vendor, with id, status and count."""

from collections.abc import Sequence

from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.apply.lookup import Failed, Fine, Odd, Sight, prefixes, sight_of
from runner.apply.settle import watch
from runner.model.task import Listing
from runner.model.task_fact import TaskConfirmed, TaskDoubtful, TaskFact, TaskFailed
from runner.planning.history import Standing, TaskHistory


def confirm_all(desk: Desk) -> int:
    """Watch the vendor's list until every accepted task was seen whole, or the settle time is over.

    A task that is not seen by then stays accepted and is confirmed by the next apply. One that failed with nobody
    called is looked at again a settle time later, and only then recorded as failed.

    Returns:
        How many people are new again, because their task was found failed, or they were in an attempt that was not taken.
    """
    freed = 0
    for prefix in prefixes(desk.campaign):
        waiting = {
            task.task.name: task
            for task in desk.history().in_standing({Standing.ACCEPTED})
            if task.task.name.startswith(prefix)
        }
        if waiting:
            freed += _confirm(desk, prefix, waiting)
    desk.at(Boundary.CONFIRMED)
    return freed


def _confirm(desk: Desk, prefix: str, waiting: dict[str, TaskHistory]) -> int:
    failed: list[TaskHistory] = []
    # Of several attempts the vendor's count tells which one it took: whoever is in an earlier one only was not called.
    free: list[int] = []

    def look(listing: Listing) -> Sight | None:
        facts: list[TaskFact] = []
        for task in tuple(waiting.values()):
            sight = sight_of(task, listing)
            fact = _fact(task, sight)
            if isinstance(sight, Failed):
                failed.append(task)
            elif fact is not None:
                facts.append(fact)
                if isinstance(fact, TaskConfirmed):
                    free.append(task.people - fact.people)
            else:
                continue
            del waiting[task.task.name]
        _record(desk, facts)
        return None if waiting else Fine(0)

    watch(desk, prefix, look)
    if not failed:
        return sum(free)
    desk.clock.sleep(desk.settle_time.total_seconds())
    watch(desk, prefix, lambda listing: _second_look(desk, listing, failed))
    names = {task.task.name for task in failed}
    freed = [task for task in desk.history().in_standing({Standing.FAILED}) if task.task.name in names]
    return sum(free) + sum(task.sending.people for task in freed)


def _second_look(desk: Desk, listing: Listing, failed: list[TaskHistory]) -> Sight:
    facts: list[TaskFact] = []
    for task in failed:
        sight = sight_of(task, listing)
        fact = _fact(task, sight)
        if isinstance(sight, Failed):
            fact = TaskFailed(task=task.task, job_id=sight.job_id)
        if fact is not None:
            facts.append(fact)
    _record(desk, facts)
    return Fine(0)


def _fact(task: TaskHistory, sight: Sight) -> TaskFact | None:
    """Return what *sight* settles; None where it settles nothing yet."""
    if isinstance(sight, Fine):
        return TaskConfirmed(task=task.task, job_id=sight.job_id, people=sight.people)
    if isinstance(sight, Odd):
        return TaskDoubtful(task=task.task, job_id=sight.job_id, reason=sight.reason)
    return None


def _record(desk: Desk, facts: Sequence[TaskFact]) -> None:
    """Record what one look at the list has settled, in one commit: there may be a thousand tasks."""
    if facts:
        desk.at(Boundary.SEEN)
        desk.record_all(facts)
