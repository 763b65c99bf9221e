"""What becomes of a spelling."""

import polars as pl
import pytest

from runner.audience.metadata import metadata_version
from runner.audience.numbers import Reading, read_numbers


def read(spelling: str | None, *, region=None, countries=(), allow_fiction=True):
    """Return number, reason and country of one spelling."""
    reading = Reading(region=region, countries=countries, allow_fiction=allow_fiction)
    return read_numbers(pl.Series([spelling], dtype=pl.String), reading).row(0)


@pytest.mark.parametrize(
    ("spelling", "region"),
    [
        ("+447700900123", None),
        ("+44 7700 900 123", None),
        ("+44 (0)7700 900123", None),
        ("+44-7700-900123", "US"),
        ("07700 900123", "GB"),
        ("7700900123", "GB"),
        ("447700900123", "GB"),
        ("00447700900123", "GB"),
        ("0044 7700 900123", "IN"),
        ("011 44 7700 900123", "US"),
        ("tel:+44-7700-900123", None),
        ("\uff0b44 7700 900123", None),
        ("+44 7700 900123 ext. 7", None),
        (" +44\u00a07700\u00a0900123 ", None),
        ("'+447700900123", None),
    ],
)
def test_spellings_of_one_number(spelling, region):
    """However it is written, it is one number of one country."""
    assert read(spelling, region=region) == ("+447700900123", None, "GB")


@pytest.mark.parametrize("spelling", ["07700900123", "447700900123", "7700 900123"])
def test_without_a_region_numbers_must_be_international(spelling):
    """No region is guessed."""
    assert read(spelling) == (None, "not a number", None)


@pytest.mark.parametrize("spelling", [None, "", " ", "\t"])
def test_no_number(spelling):
    """An empty cell is named as such."""
    assert read(spelling, region="GB") == (None, "no number", None)


@pytest.mark.parametrize(
    "spelling",
    ["9.11E+12", "9,11E+12", "9.11e+12", "4.47701E11", " 9E+11 ", "447700900123.0", "+447700900123.00"],
)
@pytest.mark.parametrize("region", [None, "IN", "GB"])
def test_what_a_spreadsheet_made_of_a_number(spelling, region):
    """Digits are lost, or one too many, and no region makes up for it."""
    assert read(spelling, region=region)[:2] == (None, "exported by a spreadsheet")


def test_dots_between_groups_of_digits_are_no_decimals():
    """French numbers are written like this."""
    assert read("06.12.34.56.78", region="FR") == ("+33612345678", None, "FR")


@pytest.mark.parametrize("spelling", ["n/a", "Ann", "-", "12"])
def test_text_is_not_a_number(spelling):
    """What cannot be read as a number is told apart from what can and is not valid."""
    assert read(spelling, region="GB")[1] in {"not a number", "not a valid number"}


def test_a_number_that_is_not_valid():
    """Its country is known all the same."""
    assert read("+44 1") == (None, "not a number", None)
    assert read("+44 20 1") == (None, "not a valid number", "GB")


def test_numbers_of_other_countries():
    """Where countries are named, others are refused, and say where they are from."""
    assert read("+61 491 570 156", countries=["GB", "IN"]) == (None, "of another country", "AU")
    assert read("+61 491 570 156", countries=["AU"]) == ("+61491570156", None, "AU")


@pytest.mark.parametrize(
    ("spelling", "region", "number", "country"),
    [
        ("+44 7700 900123", None, "+447700900123", "GB"),
        ("+1 201 555 0123", None, "+12015550123", "US"),
        ("0491 570 006", "AU", "+61491570006", "AU"),
        ("9113000000001", "IN", "+9113000000001", "IN"),
        ("+9113000000002", None, "+9113000000002", "IN"),
        ("030 23125 000", "DE", "+493023125000", "DE"),
    ],
)
def test_numbers_for_fiction(spelling, region, number, country):
    """They are called in rehearsals, whatever the library says of them, and never in production."""
    assert read(spelling, region=region) == (number, None, country)
    assert read(spelling, region=region, allow_fiction=False) == (None, "reserved for fiction", country)


def test_rows_come_back_in_their_order():
    """Fast and slow, valid and not: each verdict is on its own row."""
    spellings = [
        "x",
        "+447700900001",
        "07700 900002",
        None,
        "+44 (0) 7700 900003",
        "+12015550101",
        "x",
        "9E+11",
    ]
    reading = Reading(region="GB", countries=["GB"], allow_fiction=True)

    found = read_numbers(pl.Series(spellings), reading)

    assert found.schema == pl.Schema({"@number": pl.String, "@reason": pl.String, "@country": pl.String})
    assert found["@number"].to_list() == [
        None,
        "+447700900001",
        "+447700900002",
        None,
        "+447700900003",
        None,
        None,
        None,
    ]
    assert found["@reason"].to_list() == [
        "not a number",
        None,
        None,
        "no number",
        None,
        "of another country",
        "not a number",
        "exported by a spreadsheet",
    ]


def test_no_rows():
    """An empty batch has an empty answer."""
    found = read_numbers(
        pl.Series([], dtype=pl.String), Reading(region="GB", countries=(), allow_fiction=True)
    )

    assert found.shape == (0, 3)


@pytest.mark.parametrize("region", ["QQ", "gb"])
def test_an_unknown_region_reads_like_none(region):
    """The configuration refuses it before; here it must not crash, nor know better than the library."""
    assert read("07700900123", region=region)[1] == "not a number"
    assert read("+447700900123", region=region)[0] == "+447700900123"


def test_the_version_of_the_numbering_plans_is_known():
    """The ledger records it."""
    assert metadata_version().split(".")[0] == "9"
