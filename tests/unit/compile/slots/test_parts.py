"""The small pieces: characters, borrowing, statistics that merge, and the proof."""

import re
import sys

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compile.lower import lower
from runner.compile.slots.borrow import borrow
from runner.compile.slots.characters import is_blank, shows, units, units_of, visible_count
from runner.compile.slots.holes import measure_group
from runner.compile.slots.proof import ProofError
from runner.compile.slots.statistics import Rows, common_prefix, common_suffix
from runner.frames import FORM, text
from tests.unit.compile.slots.conftest import CAPACITY, Row, allocated, form_of, shape


def test_python_and_polars_agree_on_what_is_blank() -> None:
    """For every code point the columnar expression and the predicate say the same."""
    characters = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    table = pl.DataFrame({"value": characters}).select(shows(pl.col("value")))

    assert table.to_series().to_list() == [not is_blank(character) for character in characters]


@pytest.mark.parametrize("character", " \t\n\u00a0\u00ad\u200b\u200d\u2060\ufeff\u3164\u2800\ufe0f\U000e0041")
def test_blank_characters(character: str) -> None:
    """Spaces, controls, joiners, fillers, selectors and tags show nothing by themselves."""
    assert is_blank(character)
    assert visible_count(f"a{character}") == 1


@given(st.lists(st.text(max_size=5), min_size=1))
def test_units_are_those_of_utf_16(texts: list[str]) -> None:
    """Both ways of counting give half the bytes of UTF-16."""
    expected = [len(text.encode("utf-16-le")) // 2 for text in texts]

    assert units_of(pl.Series(texts)).to_list() == expected
    assert [units(text) for text in texts] == expected


@pytest.mark.parametrize(
    ("left", "right", "visible", "taken"),
    [
        ("Dear ", ", hi", 1, ("Dea", "r ", "", ", hi")),
        ("  ", ", hi", 1, ("  ", "", ",", " hi")),
        ("a", "bc", 2, ("a", "", "bc", "")),
        ("a", "b", 2, ("", "a", "b", "")),
        ("  ", " ", 1, None),
        ("e\u0301", "x", 1, ("", "e\u0301", "", "x")),
        ("", "e\u0301x", 1, ("", "", "e\u0301", "x")),
    ],
)
def test_borrowing(left: str, right: str, visible: int, taken: tuple[str, ...] | None) -> None:
    """From the left if that is enough, else from the right, else from both; what is drawn as one moves as one."""
    assert borrow(left, right, visible) == taken


@given(st.lists(st.text(alphabet="ab\U0001f600é", max_size=8), min_size=1, max_size=8))
def test_what_all_values_share(values: list[str]) -> None:
    """Columns find the same common beginning and end as comparing the values one by one."""
    prefix, suffix = values[0], values[0]
    for value in values:
        prefix, suffix = common_prefix(prefix, value), common_suffix(suffix, value)
    rows = pl.DataFrame({"@hole_a": values})

    hole = measure_group(rows, form_of({0: "<a>"}), 30).holes["@hole_a"]

    assert (hole.prefix, hole.suffix) == (prefix, suffix)
    assert hole.constant == (len(set(values)) == 1)
    assert (hole.shortest, hole.longest) == (min(map(len, values)), max(map(units, values)))
    assert hole.blank == ("" in values)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (Rows(1, (7,)), "row 7"),
        (Rows(2, (7, 9)), "rows 7, 9"),
        (Rows(2_000, tuple(range(1, 21))), "rows " + ", ".join(map(str, range(1, 21))) + " and 1,980 more"),
    ],
)
def test_rows_in_messages(rows: Rows, said: str) -> None:
    """The first twenty numbers, and how many more."""
    assert str(rows) == said


def test_first_rows_of_ranges_merge() -> None:
    """Of two ranges the smallest numbers of both are kept."""
    odd, even = Rows(30, tuple(range(1, 41, 2))), Rows(30, tuple(range(2, 42, 2)))

    assert odd + even == even + odd == Rows(60, tuple(range(1, 21)))


def test_a_text_that_its_slots_do_not_give_is_a_fault_of_ours() -> None:
    """A frame whose text differs by one character from what was measured is not let through, and not shown."""
    shaped = shape([form_of({1: "Dear <a>"})], [Row(values={"a": "Ana"}), Row(values={"a": "Bo"})])
    allocation = allocated(shaped)
    frame = shaped.frame.with_columns(pl.col(text(1)).str.replace("Bo", "Bob"))

    with pytest.raises(ProofError) as error:
        lower(frame, allocation, CAPACITY)

    assert not re.search("Bo|Dear", str(error.value))


@pytest.mark.parametrize("value", ["", " ", "x" * 31, None])
def test_a_slot_that_would_be_cut_or_blank_is_a_fault_of_ours(value: str | None) -> None:
    """Even where the text would come out right."""
    shaped = shape([form_of({1: "Dear <a>"})], [Row(values={"a": "Ana"}), Row(values={"a": "Bo"})])
    allocation = allocated(shaped)
    both = {"@hole_a": value, text(1): None if value is None else f"Dear {value}"}
    frame = shaped.frame.with_columns(
        pl.lit(cell, dtype=pl.String).alias(name) for name, cell in both.items()
    )

    with pytest.raises(ProofError, match="slot 1"):
        lower(frame, allocation, CAPACITY)


def test_a_row_without_a_cohort_is_a_fault_of_ours() -> None:
    """Rows of a form that was not measured are not dropped in silence."""
    forms = [form_of({1: "Dear <a>"}), form_of({1: "Hello <a>"})]
    shaped = shape(forms, [Row(values={"a": "Ana"}), Row(values={"a": "Bo"})])
    allocation = allocated(shaped)
    frame = shaped.frame.with_columns(pl.Series(FORM, [0, 1], dtype=pl.UInt32))

    with pytest.raises(ProofError, match="1 rows belong to no cohort"):
        lower(frame, allocation, CAPACITY)


def test_no_rows_are_lowered_to_no_rows() -> None:
    """An empty range has all columns of the others; texts can be left out."""
    shaped = shape([form_of({1: "Dear <a>"})], [Row(values={"a": "Ana"}), Row(values={"a": "Bo"})])
    allocation = allocated(shaped)

    nothing = lower(shaped.frame.clear(), allocation, CAPACITY, keep_texts=False)

    assert nothing.schema == lower(shaped.frame, allocation, CAPACITY, keep_texts=False).schema
    assert nothing.columns == ["@person", "@number", "@row", "@variant", "@cohort", "@slot1"]
