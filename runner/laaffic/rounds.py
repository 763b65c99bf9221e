"""Recall rounds of a task, from the detail of its recall flow; each round that has begun is a task of its own.

Source: recallFlow queryDetail page and its sample, read 2026-11-23. That the list of nodes has one for each round, in their
order, is read from the sample. Numbers of people are in the detail of the round's task alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from runner.laaffic.models import TaskRecord
from runner.laaffic.wire import whole
from runner.model.round import RoundStatus, SeenRound

_STATUSES: Final[Mapping[int, RoundStatus]] = {
    0: RoundStatus.PENDING,
    1: RoundStatus.RUNNING,
    2: RoundStatus.DONE,
    3: RoundStatus.CANCELLED,
    4: RoundStatus.FAILED,
}
_ENDED_BEFORE: Final = frozenset({RoundStatus.CANCELLED, RoundStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A recall round that has not begun, by its number in the flow, and the number that the vendor knows it by."""

    number: int
    node_id: int


def read_rounds(
    fields: Mapping[str, object], *, task_of: Callable[[int], TaskRecord | None]
) -> tuple[SeenRound, ...]:
    """Return the rounds in the detail of a recall flow, in their order.

    Args:
        fields: of the answer.
        task_of: returns the task with a number; None where there is none.

    """
    nodes = _nodes(fields)
    planned, flow = whole(fields.get("recallNum")), _status(fields.get("status"))
    count = max(len(nodes), planned or 0)
    return tuple(
        _round(node, number=number, count=count, flow=flow, task_of=task_of)
        for number, node in enumerate(nodes, start=1)
    )


def first_pending(fields: Mapping[str, object]) -> Pending | None:
    """Return the first round in the detail of a recall flow that has not begun and may yet; None where there is none."""
    if _status(fields.get("status")) in _ENDED_BEFORE:
        return None
    for number, node in enumerate(_nodes(fields), start=1):
        node_id = whole(node.get("keyId"))
        if _status(node.get("nodeStatus")) is RoundStatus.PENDING and node_id is not None:
            return Pending(number=number, node_id=node_id)
    return None


def _nodes(fields: Mapping[str, object]) -> list[Mapping[str, object]]:
    listed = fields.get("nodeList")
    nodes = cast("list[object]", listed) if isinstance(listed, list) else []
    return [cast("Mapping[str, object]", node) for node in nodes if isinstance(node, Mapping)]


def _round(
    node: Mapping[str, object],
    *,
    number: int,
    count: int,
    flow: RoundStatus,
    task_of: Callable[[int], TaskRecord | None],
) -> SeenRound:
    status, job_id = _status(node.get("nodeStatus")), whole(node.get("taskId"))
    if status is RoundStatus.PENDING and flow in _ENDED_BEFORE:
        # What had not begun when its flow was cancelled, or could not be carried out, does not begin any more.
        status = flow
    task = task_of(job_id) if job_id is not None else None
    return SeenRound(
        number=number,
        of=count,
        status=status,
        job_id=job_id,
        people=task.people if task is not None else None,
        called=task.called if task is not None else None,
    )


def _status(value: object) -> RoundStatus:
    number = whole(value)
    return RoundStatus.OTHER if number is None else _STATUSES.get(number, RoundStatus.OTHER)
