from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compile.jinja.filters import FILTERS
from runner.compile.jinja.refusals import Refused

MONEY = FILTERS["money"]
DATE = FILTERS["date"]


@pytest.mark.parametrize(
    ("value", "arguments", "text"),
    [
        (Decimal("1234567.5"), {}, "1,234,567.50"),
        (Decimal("12.345"), {}, "12.35"),
        (Decimal("-12.345"), {}, "-12.35"),
        (Decimal("0.005"), {}, "0.01"),
        (Decimal("-0.001"), {}, "0.00"),
        (4711, {}, "4,711.00"),
        (Decimal("1234567.5"), {"decimals": 0}, "1,234,568"),
        (Decimal("1234567.5"), {"group": ".", "point": ","}, "1.234.567,50"),
        (Decimal("1234567.5"), {"group": " "}, "1 234 567.50"),
        (Decimal("1234567.5"), {"indian": True}, "12,34,567.50"),
        (Decimal("-1234567.5"), {"indian": True}, "-12,34,567.50"),
        (Decimal(999), {"indian": True}, "999.00"),
        (Decimal(100000), {"indian": True, "decimals": 0}, "1,00,000"),
        (Decimal("99999999999999999999.99"), {}, "99,999,999,999,999,999,999.99"),
    ],
)
def test_money_groups_and_rounds_halves_away_from_zero(
    value: Any, arguments: dict[str, Any], text: str
) -> None:
    """Amounts are exact decimals, grouped as asked and rounded as a bank rounds."""
    assert MONEY(value, **arguments) == text


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_loses_nothing_that_two_decimals_hold(amount: Decimal) -> None:
    """Without its separators the text is the amount."""
    assert Decimal(MONEY(amount).replace(",", "")) == amount
    assert MONEY(amount, indian=True).replace(",", "") == MONEY(amount).replace(",", "")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12.50", "not-a-number"),
        (None, "unprintable"),
        (True, "unprintable"),
        (1.5, "unprintable"),
        (Decimal("NaN"), "unprintable"),
        (Decimal("1E+40"), "not-a-number"),
    ],
)
def test_money_takes_numbers_only(value: Any, code: str) -> None:
    """What is no finite decimal or integer is refused, and not printed as something else."""
    with pytest.raises(Refused) as caught:
        MONEY(value)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d.%m.%Y", "05.01.2026"),
        ("%e.%n.%y", "5.1.26"),
        ("%A, %e %B %Y", "Monday, 5 January 2026"),
        ("%a %b", "Mon Jan"),
        ("100%%", "100%"),
        ("", ""),
    ],
)
def test_date_knows_fixed_letters(pattern: str, text: str) -> None:
    """Days, months and years, with and without zeros, and English names, whatever the locale."""
    assert DATE(date(2026, 1, 5), pattern) == text


def test_date_takes_names_of_another_language() -> None:
    """Months and days are those that the template gives."""
    months = ["Januar", "Februar", "März"] + ["?"] * 9

    assert DATE(date(2026, 3, 5), "%e. %B", months) == "5. März"


@pytest.mark.parametrize("pattern", ["%s", "%", "%-d", "%9d", "%Z"])
def test_date_refuses_other_letters(pattern: str) -> None:
    """An unknown letter is an error, not silence."""
    with pytest.raises(Refused):
        DATE(date(2026, 1, 5), pattern)


def test_date_refuses_text() -> None:
    """A text that looks like a date is told apart from a date column."""
    with pytest.raises(Refused, match=r"audience\.types"):
        DATE("2026-01-05")


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("digits", ("4711-08",), "4 7 1 1 0 8"),
        ("digits", (4711, ", "), "4, 7, 1, 1"),
        ("mask", ("+447700900123",), "*********0123"),
        ("mask", ("+447700900123", 2, "x"), "xxxxxxxxxxx23"),
        ("mask", ("12",), "12"),
        ("replace", ("banana", "an", "AN"), "bANANa"),
        ("replace", ("banana", "an", "AN", 1), "bANana"),
        ("join", (["a", 1, Decimal("2.50")], "-"), "a-1-2.50"),
        ("trim", ("  a ",), "a"),
        ("truncate", ("abcdef", 5), "ab..."),
        ("truncate", ("abcde", 5), "abcde"),
        ("upper", ("straße",), "STRASSE"),
        ("title", ("ann o'neil",), "Ann O'neil"),
        ("capitalize", ("ANN",), "Ann"),
        ("string", (Decimal("0.0000001"),), "0.0000001"),
        ("int", ("-12",), -12),
        ("int", (Decimal("12.9"),), 12),
        ("int", ("", 0), 0),
        ("round", (Decimal("2.5"),), Decimal(3)),
        ("round", (Decimal("2.449"), 1), Decimal("2.4")),
        ("round", (Decimal("2.41"), 1, "ceil"), Decimal("2.5")),
        ("length", ("abc",), 3),
    ],
)
def test_documented_filters(name: str, arguments: tuple[Any, ...], text: Any) -> None:
    """Each filter prints what its documentation says."""
    assert FILTERS[name](*arguments) == text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("upper", (None,)),
        ("join", ([None],)),
        ("join", ([True],)),
        ("string", (1 / 3,)),
        ("replace", ("a" * 200, "a", "b" * 200)),
        ("join", (["a" * 9_000, "b" * 9_000],)),
        ("int", ("12.5",)),
        ("int", ("twelve",)),
        ("round", (Decimal("2.5"), 0, "other")),
        ("money", (Decimal(1), 900)),
        ("list", (range(20_000),)),
    ],
)
def test_filters_refuse_what_cannot_be_printed_or_bounded(name: str, arguments: tuple[Any, ...]) -> None:
    """None, booleans and binary fractions get into no text, and no filter makes a text that grows without bound."""
    with pytest.raises(Refused):
        FILTERS[name](*arguments)
