"""Who was forgotten: nothing that became of calls which were made before is kept of them, or taken in again."""

from collections.abc import Iterator, Sequence

import polars as pl
from sqlalchemy import Connection, func, select

from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.blocks import Block, frame_of, packed_block
from runner.ledger.checked import blocks_of_kinds
from runner.ledger.outcome_blocks import OutcomeBlock, packed_outcomes, told_by
from runner.ledger.schema import entries
from runner.model.outcome_fact import TaskOutcomes
from runner.model.people_fact import Forgotten
from runner.model.task_id import TaskId

_FORGOTTEN = "forgotten"
_PEOPLE_A_BLOCK = 10_000


def forgetting(
    connection: Connection, people: pl.Series, *, reason: str, by: str
) -> Iterator[tuple[Forgotten, Block]]:
    """Yield, each with its block, what is to be appended for *people* (PERSON) to be forgotten.

    Those are left out of whom an entry says so since anything was sent.
    """
    newest = select(func.max(entries.c.sequence)).where(entries.c.kind == "sending")
    known = _forgotten_after(connection, connection.scalar(newest) or 0)
    news = people.unique().sort().to_frame(PERSON).join(known, on=PERSON, how="anti", maintain_order="left")
    frame = news.select(PERSON, pl.lit(0, pl.UInt128).alias(CONTENT)).select(BLOCK_SCHEMA.names())
    for some in frame.iter_slices(_PEOPLE_A_BLOCK):
        yield Forgotten(people=some.height, reason=reason, by=by), packed_block(0, some)


def remembered(
    connection: Connection,
    found: Sequence[tuple[TaskOutcomes, pl.DataFrame]],
    packed: Sequence[OutcomeBlock],
) -> Iterator[tuple[TaskOutcomes, OutcomeBlock]]:
    """Yield what was *found* without whoever was forgotten since a task was sent; what then says nothing is left out.

    Args:
        connection: of a transaction.
        found: facts, each with its *outcomes* of `runner.frames`.
        packed: the blocks of all of these, for those that stay whole.
    """
    for (fact, frame), whole in zip(found, packed, strict=True):
        told, kept = _without_forgotten(connection, fact, frame)
        if told.rows:
            yield told, whole if kept is frame else packed_outcomes(0, kept)


def _without_forgotten(
    connection: Connection, fact: TaskOutcomes, frame: pl.DataFrame
) -> tuple[TaskOutcomes, pl.DataFrame]:
    """Return *fact* and its *frame* (*outcomes* of `runner.frames`) without whoever was forgotten since the task was sent."""
    said = select(entries.c.sequence).where(entries.c.kind == _FORGOTTEN)
    if connection.execute(said.limit(1)).first() is None:
        return fact, frame
    kept = frame.join(_forgotten_after(connection, _sent(connection, fact.task)), on=PERSON, how="anti")
    return told_by(fact.task, kept), kept


def _forgotten_after(connection: Connection, after: int) -> pl.DataFrame:
    """Return whom entries after *after* say to be forgotten: PERSON, each once."""
    found, _ = blocks_of_kinds(connection, (_FORGOTTEN,), after=after)
    return frame_of(found).select(PERSON).unique()


def _sent(connection: Connection, task: TaskId) -> int:
    """Return the entry of the newest attempt of *task*."""
    newest = select(func.max(entries.c.sequence)).where(
        entries.c.kind == "sending",
        entries.c.campaign == task.campaign,
        entries.c.edition == task.edition,
        entries.c.task == task.name,
    )
    return connection.scalar(newest) or 0
