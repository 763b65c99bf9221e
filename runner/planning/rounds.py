"""The recall rounds of an edition's tasks: which may come, what was seen of them, and their sums. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from runner.model.outcome_fact import TaskRound
from runner.model.report import RoundsSeen
from runner.model.round import SeenRound
from runner.planning.history import History, Standing, TaskHistory
from runner.planning.recalling import ROUNDS_END

FOLLOWED: Final = ROUNDS_END + timedelta(days=1)
"""So long after a task began to ring its rounds are asked for: a day more than they may take."""

_TAKEN = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})


def may_come(task: TaskHistory, *, now: datetime) -> bool:
    """Tell whether *task* has begun to ring, and may have recall rounds that were not seen to be over."""
    has_rounds = task.sending.rings > 1 and task.standing in _TAKEN and not task.are_rounds_over
    return has_rounds and task.sending.calls_at <= now < task.sending.calls_at + FOLLOWED


def news_of(task: TaskHistory, seen: Iterable[SeenRound]) -> tuple[TaskRound, ...]:
    """Return what was *seen* of the rounds of *task* otherwise than it is known."""
    facts = (
        TaskRound(
            task=task.task,
            number=one.number,
            of=one.of,
            status=one.status.value,
            job_id=one.job_id,
            people=one.people,
            called=one.called,
        )
        for one in seen
    )
    return tuple(fact for fact in facts if fact not in task.rounds)


def rounds_of(history: History) -> tuple[RoundsSeen, ...]:
    """Return the recall rounds that were seen of the tasks of *history*, by number and state."""
    found: dict[tuple[int, int, str], list[TaskRound]] = defaultdict(list)
    for task in history.tasks:
        for one in task.rounds:
            found[one.number, one.of, one.status].append(one)
    return tuple(
        RoundsSeen(
            number=number,
            of=of,
            status=status,
            tasks=len(rounds),
            people=sum(one.people or 0 for one in rounds),
            called=sum(one.called or 0 for one in rounds),
        )
        for (number, of, status), rounds in sorted(found.items())
    )
