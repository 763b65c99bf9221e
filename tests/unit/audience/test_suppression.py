"""Exclusion lists."""

import polars as pl

from runner.audience.numbers import Reading
from runner.audience.people import LIST, SUPPRESSED_SCHEMA
from runner.audience.rows import RowList
from runner.audience.suppression import suppress, unreadable_problem
from runner.digest.keyed import keyed
from runner.errors import Where
from runner.frames import PERSON, ROW

SUBKEY = "ef" * 32
READING = Reading(region="GB", countries=("GB",), allow_fiction=True)


def listed(*spellings: str | None, reading: Reading = READING):
    """Return what a list with these numbers says."""
    rows = pl.DataFrame({"phone": pl.Series(spellings, dtype=pl.String)}).with_row_index(ROW, offset=1)
    return suppress(rows, number="phone", reading=reading, subkey=SUBKEY, position=3)


def test_people_are_keyed_as_in_the_audience():
    """Spelling makes no difference, and numbers of other countries count too."""
    found = listed("07700 900001", "+1 201 555 0123")

    assert found.people.schema == SUPPRESSED_SCHEMA
    assert found.people[PERSON].to_list() == [keyed(SUBKEY, "+447700900001"), keyed(SUBKEY, "+12015550123")]
    assert found.people[LIST].to_list() == [3, 3]


def test_rows_that_cannot_be_read_are_told():
    """Somebody asked not to be called, and nobody knows who."""
    found = listed("+447700900001", "9.11E+12", None, "x")

    assert found.unreadable == RowList(count=3, first=(2, 3, 4))
    problem = unreadable_problem(found.unreadable, Where(path="out.csv"))
    assert problem.message == "3 rows (2, 3, 4) of an exclusion list hold no number that can be read"


def test_numbers_that_nobody_can_have_are_ignored():
    """A number that is not valid is in no audience; in production nor is one for fiction."""
    production = Reading(region="GB", countries=(), allow_fiction=False)

    assert listed("+44 20 1").ignored.first == (1,)
    assert listed("+447700900001", reading=production).ignored.first == (1,)
    assert not listed("+44 20 1").unreadable
