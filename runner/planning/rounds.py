"""The recall rounds of an edition's tasks, added up. Pure."""

from collections import defaultdict
from typing import TYPE_CHECKING

from runner.model.report import RoundsSeen
from runner.planning.history import History

if TYPE_CHECKING:
    from runner.model.ledger import TaskRound


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
