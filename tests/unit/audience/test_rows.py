"""Lists of row numbers."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.audience.rows import LISTED, RowList


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([3], "row 3"),
        ([9, 3], "2 rows (3, 9)"),
        ([1_000, 2_000_000], "2 rows (1,000, 2,000,000)"),
        (list(range(1, 22)), "21 rows (" + ", ".join(map(str, range(1, 21))) + ", …)"),
    ],
)
def test_text(rows, text):
    """The count is exact; at most twenty are listed, the smallest."""
    assert str(RowList.of(pl.Series(rows))) == text


def test_no_rows_are_false():
    """An empty list says that nothing is wrong."""
    assert not RowList()
    assert not RowList.of(pl.Series([], dtype=pl.UInt32))
    assert RowList.of(pl.Series([1]))


@given(st.sets(st.integers(1, 500), max_size=80), st.randoms(use_true_random=False), st.integers(0, 80))
def test_adding_parts_gives_the_whole(rows, chance, cut):
    """In whatever order and parts rows are met, the list is the same."""
    shuffled = list(rows)
    chance.shuffle(shuffled)
    parts = [RowList.of(pl.Series(part, dtype=pl.UInt32)) for part in (shuffled[:cut], shuffled[cut:])]

    assert (
        parts[0] + parts[1]
        == parts[1] + parts[0]
        == RowList(count=len(rows), first=tuple(sorted(rows)[:LISTED]))
    )
