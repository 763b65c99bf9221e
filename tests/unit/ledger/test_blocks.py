"""The people of a task, packed."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import LedgerError
from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.blocks import Block, ascends, block_sha256, check_block, frame_of, packed_block

keys = st.integers(0, 2**128 - 1)


def frame(people: list[int], contents: list[int] | None = None) -> pl.DataFrame:
    """Return a block's frame."""
    return pl.DataFrame({PERSON: people, CONTENT: contents or people}, schema=BLOCK_SCHEMA)


def test_block_is_raw_big_endian_columns():
    """A block can be read with xxd: 16 big-endian bytes a value, people and contents apart."""
    block = packed_block(7, frame([1, 2**128 - 1], [3, 4]))

    assert block == Block(
        sequence=7,
        format=1,
        n=2,
        first=bytes(15) + b"\x01",
        last=b"\xff" * 16,
        people=bytes(15) + b"\x01" + b"\xff" * 16,
        contents=bytes(15) + b"\x03" + bytes(15) + b"\x04",
    )
    assert block_sha256(block) == "3dcc83a51b05a73e4ba7825bb960e6e937ffae8219c95628a0da4be277bc8839"


@given(st.lists(st.dictionaries(keys, keys, min_size=1, max_size=20), max_size=4))
def test_blocks_come_back_as_they_were(people):
    """Any people of any number of blocks come back in order, each with its sequence."""
    blocks = [packed_block(n, frame(sorted(p), [p[k] for k in sorted(p)])) for n, p in enumerate(people)]

    assert frame_of(blocks).rows() == [(k, p[k], n) for n, p in enumerate(people) for k in sorted(p)]


@given(st.lists(keys, max_size=6))
def test_ascending_means_each_greater_than_the_one_before(values):
    """Equal or falling neighbours are not ascending."""
    assert ascends(pl.Series(values, dtype=pl.UInt128)) == (values == sorted(set(values)))


@pytest.mark.parametrize(
    "change",
    [
        {"n": 1},
        {"n": 3},
        {"first": bytes(16)},
        {"last": bytes(16)},
        {"people": bytes(32)},
        {"contents": bytes(32)},
        {"contents": b""},
        {"format": 2},
    ],
)
def test_block_with_another_column_is_refused(change):
    """Whatever differs from what was written is found, the derived columns included."""
    block = packed_block(7, frame([1, 2]))
    digest = block_sha256(block)

    check_block(block, digest)
    with pytest.raises(LedgerError, match="entry 7 of the ledger has other people"):
        check_block(block._replace(**change), digest)


def test_block_of_a_newer_format_is_refused():
    """A block that verifies but is of another format is not read."""
    newer = packed_block(7, frame([1, 2]))._replace(format=2)

    with pytest.raises(LedgerError, match="format that this version does not know"):
        check_block(newer, block_sha256(newer))


def test_empty_values_are_refused():
    """A person without a content key is a bug."""
    with pytest.raises(ValueError, match="each with both keys"):
        packed_block(1, pl.DataFrame({PERSON: [1], CONTENT: [None]}, schema=BLOCK_SCHEMA))
