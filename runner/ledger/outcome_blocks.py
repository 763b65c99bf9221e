"""What became of calls as it is stored: the people as a raw column, all else as one Arrow IPC file, and their digest."""

import io
from collections.abc import Iterable

import numpy as np
import polars as pl

from runner.digest.packed import pack, unpack
from runner.frames import CALL, OUTCOME_SCHEMA, PERSON, SOURCE
from runner.ledger.block_format import OUTCOMES_FORMAT, OutcomeBlock, check_outcomes, outcomes_sha256
from runner.ledger.blocks import SEQUENCE
from runner.model.outcome_fact import TaskOutcomes
from runner.model.task_id import TaskId

# Names of outcomes and sources as text: a file that is read for years does not depend on the order of an enum.
_STORED = pl.Schema(
    {
        name: pl.String() if isinstance(kind, pl.Enum) else kind
        for name, kind in OUTCOME_SCHEMA.items()
        if name != PERSON
    }
)

_ROWS_AT_ONCE = 8192
"""That are compressed together: who reads what became of one person unpacks these, and not the whole task."""

__all__ = ["OutcomeBlock", "check_outcomes", "outcomes_of", "outcomes_sha256", "packed_outcomes", "told_by"]


def told_by(task: TaskId, frame: pl.DataFrame) -> TaskOutcomes:
    """Return the fact that *frame* (*outcomes* of `runner.frames`) is what became of calls of *task*."""
    return TaskOutcomes(
        task=task, rows=frame.height, confirmed=frame.filter(pl.col(SOURCE) == "record").height
    )


def packed_outcomes(sequence: int, frame: pl.DataFrame) -> OutcomeBlock:
    """Return the block of entry *sequence* that holds *frame* (*outcomes* of `runner.frames`), sorted by person and call.

    Raises:
        ValueError: the frame has other columns or types, no row, or a row without a person.
    """
    if frame.schema != OUTCOME_SCHEMA:
        raise ValueError("outcomes have the columns of OUTCOME_SCHEMA")
    if frame.height == 0 or frame[PERSON].null_count():
        raise ValueError("outcomes are of people")
    ordered = frame.sort(PERSON, CALL, SOURCE)
    details = io.BytesIO()
    stored = ordered.select(pl.col(name).cast(kind) for name, kind in _STORED.items())
    stored.write_ipc(details, compression="zstd", record_batch_size=_ROWS_AT_ONCE)
    return OutcomeBlock(sequence, OUTCOMES_FORMAT, frame.height, pack(ordered[PERSON]), details.getvalue())


def outcomes_of(blocks: Iterable[OutcomeBlock]) -> pl.DataFrame:
    """Return what *blocks* hold, in their order: *outcomes* of `runner.frames` and ``sequence``: Int64."""
    several = list(blocks)
    if not several:
        return pl.DataFrame(schema={**OUTCOME_SCHEMA, SEQUENCE: pl.Int64()})
    # Blocks are many and small where outcomes were collected as they came, and to read them one by one is five times as slow.
    # All of one format have the same columns.
    details = pl.scan_ipc([block.details for block in several])
    people = unpack(b"".join(block.people for block in several), name=PERSON)
    sequences = pl.Series(
        SEQUENCE, np.repeat([block.sequence for block in several], [block.n for block in several]), pl.Int64
    )
    both = details.collect().with_columns(people, sequences)
    return both.select(
        *(pl.col(name).cast(kind) for name, kind in OUTCOME_SCHEMA.items()), SEQUENCE
    ).rechunk()
