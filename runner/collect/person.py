"""Was this person called? By the ledger alone: every task that holds her, and what became of its calls to her."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from runner.frames import (
    CALLED,
    CONFIRMED,
    DURATION,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    PERSON,
    REPORTED,
    SUBMITTED,
)
from runner.model.ledger import Receipt
from runner.planning.history import TaskHistory, fold
from runner.ports import LedgerReader
from runner.report.outcome import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        at: aware, UTC; None where nobody said when.
        outcome: what is shown of it; `is_confirmed`: by a call record, else only pushed.
    """

    at: datetime | None
    outcome: str
    is_confirmed: bool
    duration_s: int | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A task that holds the person.

    Attributes:
        receipts: of the applies that sent it: commit and plan, as far as there are any.
    """

    task: TaskHistory
    calls: tuple[Call, ...]
    receipts: tuple[Receipt, ...]


def handed(reader: LedgerReader, receipts: Iterable[Receipt], person: int) -> tuple[Handed, ...]:
    """Return every task that holds the person with this key, in the order in which they were first sent."""
    known = tuple(receipts)
    found = [
        Handed(task=task, calls=_calls(reader, task, person), receipts=_of(task, known))
        for campaign, edition in reader.editions()
        for task in _holding(
            reader, fold(reader.entries(campaigns=(campaign,), edition=edition)).tasks, person
        )
    ]
    return tuple(sorted(found, key=lambda one: one.task.attempts[-1].block))


def _holding(reader: LedgerReader, tasks: Sequence[TaskHistory], person: int) -> Iterable[TaskHistory]:
    """Return those of *tasks* whose block holds *person*; blocks that cannot are not read."""
    blocks = {task.attempts[-1].block: task for task in tasks}
    found = reader.blocks(sorted(blocks), within=(person, person)).filter(
        pl.col(PERSON) == pl.lit(person, pl.UInt128)
    )
    return [blocks[sequence] for sequence in found["sequence"].to_list()]


def _calls(reader: LedgerReader, task: TaskHistory, person: int) -> tuple[Call, ...]:
    rows = (
        reader.outcomes(task.outcomes)
        .filter(pl.col(PERSON) == pl.lit(person, pl.UInt128))
        .select(*OUTCOME_SCHEMA)
    )
    told = calls(rows).with_columns(pl.coalesce(CALLED, SUBMITTED).alias(CALLED)).sort(CALLED)
    return tuple(
        Call(
            at=None if row[CALLED] is None else datetime.fromtimestamp(row[CALLED] / 1000, UTC),
            outcome=row[OUTCOME] or row[CONFIRMED] or row[REPORTED],
            is_confirmed=row[CONFIRMED] is not None,
            duration_s=row[DURATION],
            key=row[KEY],
        )
        for row in told.iter_rows(named=True)
    )


def _of(task: TaskHistory, receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    return tuple(one for one in receipts if any(named.name == task.task.name for named in one.tasks))
