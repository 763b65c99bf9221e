"""Values cut into as many pieces as slots."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compile.slots.characters import visible_count
from runner.compile.slots.cut import cut, cut_one
from tests.unit.compile.slots.conftest import is_valid

values = st.one_of(
    st.text(alphabet="abc d", max_size=70),
    st.text(alphabet="ab \u0301😀\u200d", max_size=70),
    st.text(max_size=40),
    st.tuples(st.text(alphabet="ab", max_size=20), st.integers(0, 70)).map(
        lambda p: p[0] + " " * p[1] + p[0]
    ),
)


@pytest.mark.parametrize(
    ("value", "slots", "pieces"),
    [
        ("Ana", 2, ["An", "a"]),
        ("Ana", 3, ["A", "n", "a"]),
        ("Ana M", 2, ["An", "a M"]),
        ("a b", 2, ["a ", "b"]),
        (" a b ", 2, [" a ", "b "]),
        ("x" * 60, 2, ["x" * 30, "x" * 30]),
        ("x" * 61, 2, None),
        ("a", 2, None),
        ("", 1, None),
        (" " * 30 + "a", 2, None),
        (" " * 29 + "a" + "b", 2, [" " * 29 + "a", "b"]),
        ("😀" * 15 + "a", 2, ["😀" * 15, "a"]),
        ("a" * 29 + "😀" * 15 + "b", 2, None),
        ("a" * 29 + "e\u0301" + "b", 2, ["a" * 29, "e\u0301b"]),
        ("👩\u200d🚀" * 7, 2, ["👩\u200d🚀" * 6, "👩\u200d🚀"]),
        ("a" + "\u0301" * 40, 2, ["a" + "\u0301" * 29, "\u0301" * 11]),
    ],
)
def test_pieces(value: str, slots: int, pieces: list[str] | None) -> None:
    """Cuts are late, and neither beside a blank nor before a mark where that can be had; None where there is no way."""
    expected = tuple(pieces or [None] * slots)

    assert cut(pl.Series([value]), slots, 30).row(0) == expected


@given(st.lists(values, min_size=1, max_size=20), st.integers(1, 4))
def test_every_value_is_cut_if_it_can_be(texts: list[str], slots: int) -> None:
    """Pieces are valid and together the value; a value is left over only where cutting it one by one fails too."""
    table = cut(pl.Series(texts, dtype=pl.String), slots, 30)

    for text, pieces in zip(texts, table.rows(), strict=True):
        if pieces[0] is None:
            assert set(pieces) == {None}
            assert cut_one(text, slots, 30) is None
        else:
            assert "".join(pieces) == text
            assert len(pieces) == slots
            assert all(map(is_valid, pieces)) or "\u0301" in text or not text.isascii()


@given(st.lists(values, min_size=1, max_size=20), st.integers(1, 4))
def test_the_neighbours_do_not_matter(texts: list[str], slots: int) -> None:
    """What a value is cut into depends on it alone, so that ranges and order change nothing."""
    together = cut(pl.Series(texts, dtype=pl.String), slots, 30).rows()

    assert together == [cut(pl.Series([text], dtype=pl.String), slots, 30).row(0) for text in texts]


@given(values)
def test_more_slots_never_hurt(text: str) -> None:
    """A value that can be cut into some number of slots can be cut into more, while it has characters to be seen."""
    possible = [cut_one(text, slots, 30) is not None for slots in range(1, visible_count(text) + 1)]

    assert possible == sorted(possible)
