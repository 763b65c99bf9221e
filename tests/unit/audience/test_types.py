"""Typed columns."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.audience.types import check_types, mistyped_problems
from runner.errors import Where
from runner.frames import ROW
from runner.model.campaign import ColumnType


def canonical(value: str | None, kind: ColumnType) -> str | None:
    """Return the canonical text of one value; fail where it is not of its type."""
    rows = pl.DataFrame({ROW: pl.Series([1], dtype=pl.UInt32), "c": pl.Series([value], dtype=pl.String)})
    typed = check_types(rows, {"c": kind})
    assert not typed.mistyped
    found: str | None = typed.rows["c"][0]
    return found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (ColumnType.DECIMAL, "1200", "1200"),
        (ColumnType.DECIMAL, "10.50", "10.50"),
        (ColumnType.DECIMAL, "+0010.50", "10.50"),
        (ColumnType.DECIMAL, "-00.5", "-0.5"),
        (ColumnType.DECIMAL, "-0.00", "0.00"),
        (ColumnType.DECIMAL, "-0", "0"),
        (ColumnType.DECIMAL, "000", "0"),
        (ColumnType.DECIMAL, "9" * 38 + "." + "1" * 38, "9" * 38 + "." + "1" * 38),
        (ColumnType.INTEGER, "007", "7"),
        (ColumnType.INTEGER, "-3", "-3"),
        (ColumnType.INTEGER, "+0", "0"),
        (ColumnType.DATE, "2028-02-29", "2028-02-29"),
        (ColumnType.DATE, "0001-01-01", "0001-01-01"),
        (ColumnType.BOOLEAN, "TRUE", "true"),
        (ColumnType.BOOLEAN, "Yes", "true"),
        (ColumnType.BOOLEAN, "1", "true"),
        (ColumnType.BOOLEAN, "no", "false"),
        (ColumnType.BOOLEAN, "0", "false"),
        (ColumnType.TEXT, " any\tthing ", " any\tthing "),
    ],
)
def test_canonical_text(kind, text, expected):
    """Equal values that a template could not tell apart by digits have one spelling."""
    assert canonical(text, kind) == expected


@pytest.mark.parametrize("kind", list(ColumnType))
def test_a_missing_value_is_of_every_type(kind):
    """It stays missing."""
    assert canonical(None, kind) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ColumnType.DECIMAL, text)
        for text in [
            "1,200.00",
            "1.5e3",
            "NaN",
            "inf",
            ".5",
            "5.",
            " 5",
            "5 ",
            "₹5",
            "1_000",
            "\u0661",
            "--5",
            "1" * 39,
            "0x1",
        ]
    ]
    + [(ColumnType.INTEGER, text) for text in ["1.0", "1e3", "", "1,000", " 1"] if text]
    + [
        (ColumnType.DATE, text)
        for text in [
            "2026-02-29",
            "2026-2-1",
            "25/11/2026",
            "2026-11-25T00:00:00",
            "0000-01-01",
            "20261125",
            " 2026-11-25",
        ]
    ]
    + [(ColumnType.BOOLEAN, text) for text in ["y", "2", "on", "true ", "\uff34\uff32\uff35\uff25"]],
)
def test_values_that_are_not_of_their_type(kind, text):
    """Nothing is mended or guessed."""
    rows = pl.DataFrame({ROW: pl.Series([5], dtype=pl.UInt32), "c": [text]})

    typed = check_types(rows, {"c": kind})

    assert typed.mistyped["c"].first == (5,)
    assert typed.rows["c"].to_list() == [None]


def test_the_problem_names_column_type_and_rows():
    """It shows no value, and says how such values are written."""
    rows = pl.DataFrame({ROW: pl.Series([2, 4, 9], dtype=pl.UInt32), "amount": ["canary", "1", "canary2"]})
    types = {"amount": ColumnType.DECIMAL}

    (problem,) = mistyped_problems(check_types(rows, types).mistyped, types, Where(path="a.csv"))

    assert problem.message == "column 'amount' is not of type decimal in 2 rows (2, 9)"
    assert (
        problem.hint
        == "Write decimals like 1200.50: a point, no thousands separators, no exponent, no currency."
    )
    assert "canary" not in str(problem)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=3))
def test_decimals_keep_their_digits(value):
    """The worker's Decimal of the canonical text is the value, trailing zeros included."""
    text = f"{value:f}"

    found = canonical(text, ColumnType.DECIMAL)

    assert found is not None
    assert Decimal(found) == value
    assert Decimal(found).as_tuple().exponent == value.as_tuple().exponent
    assert canonical(found, ColumnType.DECIMAL) == found
    assert str(Decimal(found)) == found


@given(st.dates())
def test_every_day_is_a_date(day):
    """Whatever Python takes for a date is one."""
    assert canonical(day.isoformat(), ColumnType.DATE) == day.isoformat()


@given(st.text(st.sampled_from(list("0123456789-")), min_size=8, max_size=11))
def test_only_days_are_dates(text):
    """What is no real day in ISO form is no date."""
    rows = pl.DataFrame({ROW: pl.Series([1], dtype=pl.UInt32), "c": [text]})
    accepted = not check_types(rows, {"c": ColumnType.DATE}).mistyped

    try:
        expected = date.fromisoformat(text).isoformat() == text
    except ValueError:
        expected = False
    assert accepted == expected
