"""Who was forgotten: nothing that became of calls which were made before is kept of them, or taken in again."""

from collections.abc import Collection, Iterator

import polars as pl
from sqlalchemy import Connection, delete, func, select

from runner.digest.keyed import KEY_BYTES
from runner.frames import BLOCK_SCHEMA, CONTENT, OUTCOME_SCHEMA, PERSON, SOURCE
from runner.ledger.blocks import frame_of
from runner.ledger.checked import blocks_of_kinds, checked_outcomes
from runner.ledger.outcome_blocks import outcomes_of
from runner.ledger.schema import entries, outcomes
from runner.model.outcome_fact import TaskOutcomes
from runner.model.task_id import TaskId

_FORGOTTEN = "forgotten"
_BLOCKS_AT_ONCE = 200
_PEOPLE_A_BLOCK = 10_000


def newly_forgotten(connection: Connection, people: pl.Series) -> Iterator[pl.DataFrame]:
    """Yield blocks (`BLOCK_SCHEMA`) of those of *people* (PERSON) whom no entry says to be forgotten since anything was sent."""
    newest = select(func.max(entries.c.sequence)).where(entries.c.kind == "sending")
    known = _forgotten_after(connection, connection.scalar(newest) or 0)
    news = people.unique().sort().to_frame(PERSON).join(known, on=PERSON, how="anti", maintain_order="left")
    frame = news.select(PERSON, pl.lit(0, pl.UInt128).alias(CONTENT)).select(BLOCK_SCHEMA.names())
    yield from frame.iter_slices(_PEOPLE_A_BLOCK)


def without_forgotten(
    connection: Connection, fact: TaskOutcomes, frame: pl.DataFrame
) -> tuple[TaskOutcomes, pl.DataFrame]:
    """Return *fact* and its *frame* (*outcomes* of `runner.frames`) without whoever was forgotten since the task was sent."""
    said = select(entries.c.sequence).where(entries.c.kind == _FORGOTTEN)
    if connection.execute(said.limit(1)).first() is None:
        return fact, frame
    kept = frame.join(_forgotten_after(connection, _sent(connection, fact.task)), on=PERSON, how="anti")
    return told_by(fact.task, kept), kept


def told_by(task: TaskId, frame: pl.DataFrame) -> TaskOutcomes:
    """Return the fact that *frame* (*outcomes* of `runner.frames`) is what became of calls of *task*."""
    return TaskOutcomes(
        task=task, rows=frame.height, confirmed=frame.filter(pl.col(SOURCE) == "record").height
    )


def outcomes_with(connection: Connection, keys: Collection[int]) -> list[int]:
    """Return the sequences of the outcomes that hold somebody with one of these person *keys*, ascending."""
    wanted = {key.to_bytes(KEY_BYTES, "big") for key in keys}
    rows = connection.execute(
        select(outcomes.c.sequence, outcomes.c.people)
        .order_by(outcomes.c.sequence)
        .execution_options(ledger_blocks=True, yield_per=_BLOCKS_AT_ONCE)
    )
    return [sequence for sequence, people in rows if _has_one(people, wanted)]


def rest_of(connection: Connection, sequence: int, keys: Collection[int]) -> tuple[pl.DataFrame, int] | None:
    """Return what the outcomes of entry *sequence* say of others than the people with these *keys*, and how many rows are theirs.

    None where they were erased meanwhile.
    """
    block = next(checked_outcomes(connection, [sequence]), None)
    if block is None:
        return None
    frame = outcomes_of([block]).select(*OUTCOME_SCHEMA)
    theirs = pl.DataFrame({PERSON: list(keys)}, schema={PERSON: pl.UInt128})
    rest = frame.join(theirs, on=PERSON, how="anti", maintain_order="left")
    return rest, frame.height - rest.height


def drop(connection: Connection, sequence: int) -> None:
    """Remove the outcomes of entry *sequence*."""
    connection.execute(delete(outcomes).where(outcomes.c.sequence == sequence))


def _has_one(people: bytes, wanted: Collection[bytes]) -> bool:
    return any(people[at : at + KEY_BYTES] in wanted for at in range(0, len(people), KEY_BYTES))


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
