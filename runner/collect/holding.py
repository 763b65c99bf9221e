"""Which tasks hold some people and may ring yet: what is still to be done when they are not to be called any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import polars as pl

from runner.frames import PERSON
from runner.planning.caps import span
from runner.planning.history import IN_DOUBT, SENT, Standing, TaskHistory, fold
from runner.planning.prior import BEFORE_IT_RINGS, is_waiting
from runner.ports import LedgerReader

_BLOCKS_AT_ONCE = 50


class State(StrEnum):
    """How far a task is, by the ledger alone."""

    WAITING = "waiting"  # apply takes it back before it rings
    TAKEN_BACK = "taken_back"  # cancelled, and to be sent again without them
    IN_DOUBT = "in_doubt"
    HANDED_OVER = "handed_over"  # it rang, rings, or is about to


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A task that holds some of the people.

    Attributes:
        people: how many of them.
        until: until when apply can take it back, aware; None where it cannot.
    """

    task: TaskHistory
    state: State
    people: int
    until: datetime | None

    @property
    def has_others(self) -> bool:
        """Tell whether somebody else is in it, too."""
        return self.task.people > self.people


def is_to_be_applied(one: Holding) -> bool:
    """Tell whether an apply has something to do so that these people are not called."""
    return one.state in {State.WAITING, State.TAKEN_BACK}


def holding(reader: LedgerReader, people: pl.Series, *, now: datetime) -> tuple[Holding, ...]:
    """Return the tasks that hold some of *people* (PERSON) and are not known to be over, in the order of their blocks."""
    tasks = all_tasks(reader)
    states = {task.block: state for task in tasks if (state := _state(task, now)) is not None}
    return tuple(
        Holding(
            task=task,
            state=states[task.block],
            people=count,
            until=_until(task) if states[task.block] is State.WAITING else None,
        )
        for task, count in held_by(reader, (task for task in tasks if task.block in states), people)
    )


def all_tasks(reader: LedgerReader) -> tuple[TaskHistory, ...]:
    """Return every task of every campaign and edition, as it is known now."""
    return tuple(
        task
        for campaign, edition in reader.editions()
        for task in fold(reader.entries(campaigns=(campaign,), edition=edition)).tasks
    )


def held_by(
    reader: LedgerReader, tasks: Iterable[TaskHistory], people: pl.Series
) -> Iterator[tuple[TaskHistory, int]]:
    """Yield those of *tasks* that hold some of *people* (PERSON), with how many, in the order of their blocks.

    Of several attempts each of which may have been taken, everybody of all of them counts.
    """
    asked = people.unique().sort().to_frame(PERSON)
    blocks = {task.attempts[-1].block: task for task in tasks}
    sequences = sorted(blocks) if asked.height else []
    for start in range(0, len(sequences), _BLOCKS_AT_ONCE):
        some = reader.blocks(sequences[start : start + _BLOCKS_AT_ONCE], within=span(asked))
        held = some.join(asked, on=PERSON, how="semi").group_by("sequence").len().sort("sequence")
        yield from ((blocks[sequence], count) for sequence, count in held.rows())


def _until(task: TaskHistory) -> datetime | None:
    send_at = task.sending.send_at
    return None if send_at is None else send_at - BEFORE_IT_RINGS


def _state(task: TaskHistory, now: datetime) -> State | None:
    if task.standing in IN_DOUBT:
        return State.IN_DOUBT
    if task.standing is Standing.CANCELLED:
        return State.TAKEN_BACK
    if task.standing not in SENT or task.over:
        return None
    return State.WAITING if is_waiting(task, now=now) else State.HANDED_OVER
