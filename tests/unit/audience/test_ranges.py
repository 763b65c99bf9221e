"""Key ranges."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.audience.ranges import RANGE, range_count, range_of, split
from runner.frames import PERSON


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (0, 1),
        (1, 1),
        (100_000, 1),
        (100_001, 2),
        (200_000, 2),
        (200_001, 4),
        (1_000_000, 16),
        (10_000_000, 128),
        (10**12, 1_024),
    ],
)
def test_how_many_ranges(rows, count):
    """The smallest power of two that keeps ranges at 400,000 rows, and no more than a thousand files."""
    assert range_count(rows) == count


@pytest.mark.parametrize(
    ("key", "count", "expected"),
    [
        (0, 1, 0),
        (2**128 - 1, 1, 0),
        (2**127 - 1, 2, 0),
        (2**127, 2, 1),
        (2**128 - 1, 1_024, 1_023),
        (2**118, 1_024, 1),
        (2**118 - 1, 1_024, 0),
    ],
)
def test_the_top_bits_decide(key, count, expected):
    """Range n of 2^k holds the keys whose first k bits are n."""
    frame = pl.DataFrame({PERSON: pl.Series([key], dtype=pl.UInt128)})

    assert frame.select(range_of(count)).schema == pl.Schema({RANGE: pl.UInt16})
    assert frame.select(range_of(count)).item() == expected


@given(st.lists(st.integers(0, 2**128 - 1), max_size=50), st.sampled_from([1, 2, 4, 16, 1_024]))
def test_ranges_in_order_are_the_whole_in_order(keys, count):
    """Nobody is lost, and sorting range by range sorts all."""
    frame = pl.DataFrame({PERSON: pl.Series(keys, dtype=pl.UInt128)})

    parts = split(frame, count)

    assert all(part.columns == [PERSON] and part.height for part in parts.values())
    ordered = [key for number in sorted(parts) for key in sorted(parts[number][PERSON])]
    assert ordered == sorted(keys)
