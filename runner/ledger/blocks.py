"""The people of a task as they are stored: two raw columns, their digest, and back into a frame."""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from runner.digest.keyed import KEY_BYTES
from runner.digest.packed import pack, unpack
from runner.digest.plain import sha256_of_parts
from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.chain import tampered

FORMAT = 1
SEQUENCE = "sequence"

_LABEL = b"runner/ledger/block/1"


class Block(NamedTuple):
    """A row of `blocks`, its columns in order."""

    sequence: int
    format: int
    n: int
    first: bytes
    last: bytes
    people: bytes
    contents: bytes


def packed_block(sequence: int, frame: pl.DataFrame) -> Block:
    """Return the block of entry *sequence* that holds *frame*: PERSON and CONTENT, one row a person, ascending.

    Raises:
        ValueError: the frame has other columns or types, no row, an empty value, or does not ascend strictly.
    """
    if frame.schema != BLOCK_SCHEMA:
        raise ValueError("a block has the columns of BLOCK_SCHEMA")
    if frame.height == 0 or frame.null_count().row(0) != (0, 0):
        raise ValueError("a block has people, each with both keys")
    if not ascends(frame[PERSON]):
        raise ValueError("the people of a block ascend, each once")
    people, contents = pack(frame[PERSON]), pack(frame[CONTENT])
    return Block(sequence, FORMAT, frame.height, people[:KEY_BYTES], people[-KEY_BYTES:], people, contents)


def block_sha256(block: Block) -> str:
    """Return the digest of *block* that its entry holds: over its format, its number of people and both columns."""
    return sha256_of_parts(
        (_LABEL, str(block.format).encode(), str(block.n).encode(), block.people, block.contents)
    )


def check_block(block: Block, payload_sha256: str | None) -> None:
    """Return if *block* is what its entry says and its derived columns are true of it.

    Raises:
        LedgerError: it is not.
    """
    people = block.people
    as_said = (
        block_sha256(block) == payload_sha256
        and len(people) == len(block.contents) == block.n * KEY_BYTES > 0
        and people[:KEY_BYTES] == block.first
        and people[-KEY_BYTES:] == block.last
    )
    if not as_said:
        raise tampered(block.sequence, "has other people than its hash says")
    if block.format != FORMAT:
        raise tampered(block.sequence, "has people in a format that this version does not know")


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
