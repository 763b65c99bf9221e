"""Numbers joined back to keys: by the audience as it is, never a guess."""

from types import SimpleNamespace
from typing import Any

import polars as pl

from runner.digest.keyed import keyed
from runner.digest.keys import Label, LedgerKey
from runner.frames import NUMBER, PERSON
from runner.preview.joined import numbers_of

KEY = LedgerKey("ab" * 32)
SUBKEY = KEY.subkey(Label.PERSON)


def joined(tmp_path, *numbers, asked):
    """Return the numbers of the people who were called under *asked*, out of an audience of *numbers*."""
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["phone,name", *(f"{number},x" for number in numbers), ""]), encoding="utf-8")
    campaign: Any = SimpleNamespace(
        audience=SimpleNamespace(number="phone", region="GB"), limits=SimpleNamespace(rows=100)
    )
    people = pl.Series([keyed(SUBKEY, number) for number in asked], dtype=pl.UInt128)
    frame = numbers_of(campaign, file, people, shown="a.csv", key=KEY, allow_fiction=True)
    assert frame.schema == {PERSON: pl.UInt128, NUMBER: pl.String}
    found = dict(frame.iter_rows())
    return [found.get(keyed(SUBKEY, number)) for number in asked]


def test_who_is_in_the_audience_has_a_number_and_nobody_else(tmp_path):
    """However the number is spelt; rows of others and rows that are no number are passed over."""
    asked = ["+447700900001", "+447700900002"]

    assert joined(tmp_path, "07700 900001", "nobody", "+447700900003", asked=asked) == ["+447700900001", None]


def test_a_row_that_is_there_twice_is_one_person(tmp_path):
    """Joining makes no call into two."""
    assert joined(tmp_path, "+447700900001", "07700900001", asked=["+447700900001"]) == ["+447700900001"]


def test_who_is_known_by_a_former_number_has_the_present_one(tmp_path):
    """Benin put 01 before its numbers in 2024."""
    assert joined(tmp_path, "+2290195012345", asked=["+22995012345"]) == ["+2290195012345"]


def test_a_former_number_that_several_people_may_have_had_is_nobodys(tmp_path):
    """Of two numbers of today that may both be the old one, neither is said to be it."""
    one, other = "+2250102345678", "+2250702345678"

    assert joined(tmp_path, one, asked=["+22502345678"]) == [one]
    assert joined(tmp_path, one, other, asked=["+22502345678"]) == [None]
