"""What became of the calls to one person, out of the blocks that hold her: no other row is made."""

from collections.abc import Iterable

import polars as pl

from runner.frames import OUTCOME_SCHEMA, PERSON
from runner.ledger.block_format import OutcomeBlock
from runner.ledger.prefix_format import rows_of


def outcomes_of_people(blocks: Iterable[OutcomeBlock], keys: Iterable[bytes]) -> pl.DataFrame:
    """Return *outcomes* of `runner.frames` of the people with these packed *keys*, in the order of *blocks* and of them."""
    frames = [pl.DataFrame(schema=OUTCOME_SCHEMA)]
    wanted = tuple(keys)
    for block in blocks:
        details = pl.scan_ipc(block.details)
        for key in wanted:
            rows = rows_of(block.people, key)
            person = pl.lit(int.from_bytes(key, "big"), pl.UInt128).alias(PERSON)
            theirs = details.slice(rows.start, len(rows)).with_columns(person)
            typed = theirs.select(pl.col(name).cast(kind) for name, kind in OUTCOME_SCHEMA.items())
            frames.append(typed.collect())
    return pl.concat(frames)
