"""The people of a task as they are stored: two raw columns, their digest, and back into a frame."""

from collections.abc import Iterable

import polars as pl

from runner.digest.keyed import KEY_BYTES
from runner.digest.packed import pack, unpack
from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.block_format import FORMAT, Block, block_sha256, check_block

__all__ = [
    "FORMAT",
    "SEQUENCE",
    "Block",
    "ascends",
    "block_sha256",
    "check_block",
    "frame_of",
    "packed_block",
]

SEQUENCE = "sequence"


def packed_block(sequence: int, frame: pl.DataFrame) -> Block:
    """Return the block of entry *sequence* that holds *frame*: PERSON and CONTENT, one row a person, ascending.

    Raises:
        ValueError: the frame has other columns or types, no row, an empty value, or does not ascend strictly.
    """
    if frame.schema != BLOCK_SCHEMA:
        raise ValueError("a block has the columns of BLOCK_SCHEMA")
    if frame.height == 0 or any(column.null_count() for column in frame):
        raise ValueError("a block has people, each with both keys")
    if not ascends(frame[PERSON]):
        raise ValueError("the people of a block ascend, each once")
    # Both at once: a column of ten thousand takes longer to begin with than to pack.
    packed = pack(frame[PERSON].clone().append(frame[CONTENT]))
    people, contents = packed[: len(packed) // 2], packed[len(packed) // 2 :]
    return Block(sequence, FORMAT, frame.height, people[:KEY_BYTES], people[-KEY_BYTES:], people, contents)


def frame_of(blocks: Iterable[Block]) -> pl.DataFrame:
    """Return the people of *blocks*, in their order: PERSON, CONTENT, ``sequence``: Int64."""
    kept = tuple(blocks)
    sequences = pl.Series("sequence", [block.sequence for block in kept], dtype=pl.Int64)
    counts = pl.Series("n", [block.n for block in kept], dtype=pl.Int64)
    repeated = pl.DataFrame({SEQUENCE: sequences, "n": counts}).select(
        pl.col(SEQUENCE).repeat_by("n").explode()
    )
    return pl.DataFrame(
        {
            PERSON: unpack(b"".join(block.people for block in kept), name=PERSON),
            CONTENT: unpack(b"".join(block.contents for block in kept), name=CONTENT),
            SEQUENCE: repeated.to_series() if kept else sequences,
        }
    )


def ascends(keys: pl.Series) -> bool:
    """Return whether each of *keys* is greater than the one before."""
    return bool((keys.slice(1) > keys.slice(0, max(len(keys) - 1, 0))).all())
