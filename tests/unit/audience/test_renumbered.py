"""Countries that changed their numbers: one person, whichever number they are known under."""

import re
import tomllib
from datetime import date
from importlib.resources import files

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.audience.library import ask
from runner.audience.numbers import Reading, read_numbers
from runner.audience.people import Rules, prepare, settle
from runner.audience.renumbered import CURRENT, changes, countries, keyed_people, may_be
from runner.audience.renumbering import numbers_of
from runner.audience.suppression import suppress
from runner.digest.keyed import keyed
from runner.frames import NUMBER, PERSON, REASON, ROW

SUBKEY = "ab" * 32
READING = Reading(region=None, countries=(), allow_fiction=True)
LISTED = tomllib.loads(files("runner.audience").joinpath("renumbered.toml").read_text(encoding="utf-8"))[
    "change"
]

PAIRS = [
    ("+5212221234567", "+522221234567"),
    ("+22995012345", "+2290195012345"),
    ("+22501234567", "+2250101234567"),
    ("+22501234567", "+2250701234567"),
    ("+551161234567", "+5511961234567"),
    ("+5712345678", "+576012345678"),
    ("+24106031234", "+24166031234"),
    ("+841201234567", "+84701234567"),
]
"""Made from the library's own examples."""


@pytest.mark.parametrize("one", LISTED, ids=[one["country"] for one in LISTED])
def test_each_change_has_a_country_a_date_and_a_source(one):
    """What cannot be checked is not in the list."""
    assert one["country"] in phonenumbers.SUPPORTED_REGIONS
    assert one["source"].startswith("http")
    assert date(2010, 1, 1) < one["since"] < one["read"]
    assert one["what"]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_number_and_what_it_became(old, new):
    """The list leads from the old form to the new one and back."""
    assert may_be(old, new)
    assert old in [change.was(new) for change in changes()]
    assert not may_be(new, old)


@given(st.sampled_from(changes()), st.text("0123456789", min_size=11, max_size=11))
def test_there_and_back_again(change, digits):
    """Whatever the free digits are, they stay: a form and its successor are as many numbers."""
    filled = change.to_old
    for group in ("${1}", "${2}"):
        length = int(change.old.split("{")[int(group[2])].partition("}")[0]) if group in filled else 0
        filled, digits = filled.replace(group, digits[:length]), digits[length:]

    new = change.became(filled)

    assert new is not None
    assert change.was(new) == filled


@pytest.mark.parametrize("change", changes(), ids=[one.new for one in changes()])
def test_no_present_number_is_taken_for_an_old_one(change):
    """The library's valid examples of the country are not of a form that it gave up, but where it takes both, as Gabon's."""
    for kind in range(11):
        example = phonenumbers.example_number_for_type(change.country, kind)
        if example is None or change.country == "GA":
            continue
        number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        assert change.became(number) is None


def key(number):
    """Return the person key of *number*."""
    return keyed(SUBKEY, number)


def keys_of(*numbers):
    """Return the person keys of *numbers*, and the pairs of former and present keys."""
    regions = pl.Series([ask(number, home=None).country for number in numbers], dtype=pl.String)
    people, former = keyed_people(pl.Series(numbers, dtype=pl.String), regions, SUBKEY)
    return people.to_list(), set(former.select(PERSON, CURRENT).rows())


def test_people_are_known_under_the_present_number_and_found_under_the_old_ones():
    """A Mexican number has one old form, one of Abidjan has one; a British one has none."""
    people, former = keys_of("+522221234567", "+2250101234567", "+442071234567")

    assert people == [key("+522221234567"), key("+2250101234567"), key("+442071234567")]
    assert former == {
        (key("+5212221234567"), key("+522221234567")),
        (key("+22501234567"), key("+2250101234567")),
    }


def test_an_old_number_that_the_library_still_takes_is_the_present_person():
    """Gabon's old numbers are valid by the metadata: both are one person, under the present number."""
    people, former = keys_of("+24106031234", "+24166031234")

    assert people == [key("+24166031234")] * 2
    assert former == {(key("+24106031234"), key("+24166031234"))}


def test_where_no_country_changed_anything_nothing_is_looked_for():
    """Most audiences: the key is that of the number, and there is no further column."""
    people, former = keys_of("+442071234567", "+4915123456789")

    assert people == [key("+442071234567"), key("+4915123456789")]
    assert former == set()


def prepared(*rows):
    """Return the people of an audience with these numbers and names."""
    frame = pl.DataFrame(
        [(row, *cells) for row, cells in enumerate(rows, start=1)],
        schema={ROW: pl.UInt32, "phone": pl.String, "name": pl.String},
        orient="row",
    )
    rules = Rules(number="phone", reading=READING, types={}, subkey=SUBKEY, keep=("name",))
    return prepare(frame, rules)


def settled(*rows):
    """Return that audience after duplicates were settled."""
    return settle(
        prepared(*rows).people,
        suppressed=pl.DataFrame(schema={PERSON: pl.UInt128, "@list": pl.UInt32}),
        prefer=None,
        types={},
    )


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_both_forms_in_one_audience_are_one_person(order):
    """With the same content a duplicate, and it is the present number that is called whichever comes first."""
    rows = [("+24106031234", "Ann"), ("+24166031234", "Ann")]

    found = settled(*rows[order])

    assert found.people[NUMBER].to_list() == ["+24166031234"]
    assert found.dropped.height == 1
    assert not found.conflicts


def test_both_forms_with_different_content_contradict_each_other():
    """As any two rows of one number do."""
    assert settled(("+24106031234", "Ann"), ("+24166031234", "Bob")).conflicts


def test_a_number_of_before_is_told_from_one_that_never_was():
    """It cannot be called, as the library says, and the reason says why."""
    found = read_numbers(pl.Series(["+5212221234567", "+44207123456", "+522221234567"]), READING)

    assert found[REASON].to_list() == [
        "not valid since the country changed its numbers",
        "not a valid number",
        None,
    ]
    assert found[NUMBER].to_list() == [None, None, "+522221234567"]


def test_an_exclusion_list_with_numbers_of_before():
    """Somebody who opted out under an old number is taken out under it, and the row is not ignored."""
    rows = pl.DataFrame(
        {ROW: pl.Series([1, 2], dtype=pl.UInt32), "phone": ["+5212221234567", "+44207123456"]}
    )

    found = suppress(rows, number="phone", reading=READING, subkey=SUBKEY, position=0)

    assert found.people[PERSON].to_list() == [key("+5212221234567")]
    assert found.ignored.count == 1
    assert not found.unreadable


def test_the_regions_of_the_list():
    """Those whose change was read somewhere."""
    assert countries() == {"BJ", "BR", "CI", "CO", "GA", "MX", "VN"}


@given(st.sampled_from(changes()), st.text("0123456789", min_size=11, max_size=11), st.booleans())
def test_one_number_has_the_keys_that_it_has_in_bulk(change, digits, is_new):
    """Looked up one by one, a person is known under the same numbers as in an audience."""
    pattern = iter(digits)
    shape = change.to_old if not is_new else change.to_new
    number = re.sub(r"\$\{[0-9]\}", lambda _: "".join(next(pattern, "0") for _ in range(4)), shape)
    present, former = keyed_people(pl.Series([number]), pl.Series([change.country]), SUBKEY)

    found = [keyed(SUBKEY, one) for one in numbers_of(number, change.country)]

    assert found == [*present.to_list(), *former[PERSON].to_list()]


def test_countries_without_a_change_are_told_without_the_list():
    """A number of any other country, or of none, is known under itself alone; every country of the list is spelt in it."""
    assert numbers_of("+447700900001", "GB") == ("+447700900001",)
    assert numbers_of("+522221234567", None) == ("+522221234567",)
    assert all(
        len(numbers_of(new, one.country)) > 1
        for one in changes()
        for old, new in PAIRS
        if one.became(old) == new
    )
