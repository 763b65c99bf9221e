"""Was this person called? By the ledger alone: every task that holds her, and what became of its calls to her."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from runner.audience.renumbered import keyed_people
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


def keys_of(number: str, country: str | None, *, subkey: str) -> tuple[int, ...]:
    """Return the keys that the person with this E.164 *number* has, now and under the numbers that it was before."""
    persons, former = keyed_people(pl.Series([number]), pl.Series([country], dtype=pl.String), subkey)
    return (*persons.to_list(), *former[PERSON].to_list())


def handed(reader: LedgerReader, receipts: Iterable[Receipt], keys: Sequence[int]) -> tuple[Handed, ...]:
    """Return every task that holds the person with these keys, in the order in which they were first sent."""
    known = tuple(receipts)
    found = [
        Handed(task=task, calls=_calls(reader, task, keys), receipts=_of(task, known))
        for campaign, edition in reader.editions()
        for task in _holding(reader, fold(reader.entries(campaigns=(campaign,), edition=edition)).tasks, keys)
    ]
    return tuple(sorted(found, key=lambda one: one.task.attempts[-1].block))


def _holding(
    reader: LedgerReader, tasks: Sequence[TaskHistory], keys: Sequence[int]
) -> Iterable[TaskHistory]:
    """Return those of *tasks* whose block holds one of *keys*; blocks that cannot are not read."""
    blocks = {task.attempts[-1].block: task for task in tasks}
    found = reader.blocks(sorted(blocks), within=(min(keys), max(keys))).filter(_is_one_of(keys))
    return [blocks[sequence] for sequence in found["sequence"].unique().sort().to_list()]


def _is_one_of(keys: Sequence[int]) -> pl.Expr:
    return pl.any_horizontal(pl.col(PERSON) == pl.lit(key, pl.UInt128) for key in keys)


def _calls(reader: LedgerReader, task: TaskHistory, keys: Sequence[int]) -> tuple[Call, ...]:
    rows = reader.outcomes(task.outcomes).filter(_is_one_of(keys)).select(*OUTCOME_SCHEMA)
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
