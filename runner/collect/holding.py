"""Which tasks hold some people and may ring yet: what is still to be done when they are not to be called any more."""

from collections.abc import Iterator
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


def is_to_be_applied(one: Holding) -> bool:
    """Tell whether an apply has something to do so that these people are not called."""
    return one.state in {State.WAITING, State.TAKEN_BACK}


def holding(reader: LedgerReader, people: pl.Series, *, now: datetime) -> tuple[Holding, ...]:
    """Return the tasks that hold some of *people* (PERSON) and are not known to be over, in the order of their blocks.

    Of several attempts each of which may have been taken, everybody of all of them counts.
    """
    asked = people.unique().sort().to_frame(PERSON)
    if asked.is_empty():
        return ()
    found = [one for edition in reader.editions() for one in _in_edition(reader, edition, asked, now=now)]
    return tuple(sorted(found, key=lambda one: one.task.block))


def _in_edition(
    reader: LedgerReader, edition: tuple[str, str], asked: pl.DataFrame, *, now: datetime
) -> Iterator[Holding]:
    tasks = fold(reader.entries(campaigns=(edition[0],), edition=edition[1])).tasks
    states = {
        task.attempts[-1].block: (task, state) for task in tasks if (state := _state(task, now)) is not None
    }
    sequences = sorted(states)
    for start in range(0, len(sequences), _BLOCKS_AT_ONCE):
        some = reader.blocks(sequences[start : start + _BLOCKS_AT_ONCE], within=span(asked))
        held = some.join(asked, on=PERSON, how="semi").group_by("sequence").len().sort("sequence")
        for sequence, count in held.rows():
            task, state = states[sequence]
            send_at = task.sending.send_at
            until = send_at - BEFORE_IT_RINGS if state is State.WAITING and send_at is not None else None
            yield Holding(task=task, state=state, people=count, until=until)


def _state(task: TaskHistory, now: datetime) -> State | None:
    if task.standing in IN_DOUBT:
        return State.IN_DOUBT
    if task.standing is Standing.CANCELLED:
        return State.TAKEN_BACK
    if task.standing not in SENT or task.over:
        return None
    return State.WAITING if is_waiting(task, now=now) else State.HANDED_OVER
