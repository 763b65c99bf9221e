"""What the vendor shows of recall rounds: asked for as long as some may come, and noted where it changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from runner.model.ledger import TaskId, TaskRound
from runner.model.task import SeenRound
from runner.planning.history import Standing, TaskHistory
from runner.planning.recalling import ROUNDS_END
from runner.ports import Vendor

FOLLOWED: Final = ROUNDS_END + timedelta(days=1)
"""So long after a task began to ring its rounds are asked for: a day more than they may take."""

_TAKEN = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})


def changed_rounds(tasks: Sequence[TaskHistory], vendor: Vendor, *, now: datetime) -> Iterator[TaskRound]:
    """Yield what the vendor shows of rounds otherwise than the ledger has it.

    Raises:
        CredentialsError, UnavailableError: the vendor cannot be asked.
    """
    for task in tasks:
        if task.job_id is None or not _may_come(task, now):
            continue
        known = frozenset(task.rounds)
        for seen in vendor.rounds(task.job_id):
            fact = _fact(task.task, seen)
            if fact not in known:
                yield fact


def _may_come(task: TaskHistory, now: datetime) -> bool:
    begins = task.sending.calls_at
    has_rounds = task.sending.rings > 1 and task.standing in _TAKEN and not task.are_rounds_over
    return has_rounds and begins <= now < begins + FOLLOWED


def _fact(task: TaskId, seen: SeenRound) -> TaskRound:
    return TaskRound(
        task=task,
        number=seen.number,
        of=seen.of,
        status=seen.status.value,
        job_id=seen.job_id,
        people=seen.people,
        called=seen.called,
    )
