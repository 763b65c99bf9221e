"""What became of calls as it is stored: the people as a raw column, all else as one Arrow IPC file, and their digest."""

import io
from collections.abc import Iterable

import polars as pl

from runner.digest.packed import pack, unpack
from runner.frames import CALL, OUTCOME_SCHEMA, PERSON, SOURCE
from runner.ledger.block_format import OUTCOMES_FORMAT, OutcomeBlock, check_outcomes, outcomes_sha256
from runner.ledger.blocks import SEQUENCE

__all__ = ["OutcomeBlock", "check_outcomes", "outcomes_of", "outcomes_sha256", "packed_outcomes"]


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
    # Names of outcomes and sources as text: a file that is read for years does not depend on the order of an enum.
    texts = [
        pl.col(name).cast(pl.String) for name, kind in OUTCOME_SCHEMA.items() if isinstance(kind, pl.Enum)
    ]
    ordered.drop(PERSON).with_columns(texts).write_ipc(details, compression="zstd")
    return OutcomeBlock(sequence, OUTCOMES_FORMAT, frame.height, pack(ordered[PERSON]), details.getvalue())


def outcomes_of(blocks: Iterable[OutcomeBlock]) -> pl.DataFrame:
    """Return what *blocks* hold, in their order: *outcomes* of `runner.frames` and ``sequence``: Int64."""
    schema = pl.Schema({**OUTCOME_SCHEMA, SEQUENCE: pl.Int64()})
    frames = [pl.DataFrame(schema=schema)]
    for block in blocks:
        details = pl.read_ipc(io.BytesIO(block.details), use_pyarrow=False)
        frame = details.with_columns(
            unpack(block.people, name=PERSON), pl.lit(block.sequence, pl.Int64).alias(SEQUENCE)
        )
        frames.append(frame.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(frames)
