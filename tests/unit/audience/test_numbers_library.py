"""The bulk path against `phonenumbers` itself."""

import random

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from runner.audience.bulk import DIGITS, INDEX, accept, plain
from runner.audience.numbers import Reading, read_numbers

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = range(11)
OURS = {"exported by a spreadsheet", "reserved for fiction"}
"""Reasons by which we refuse what the library may take."""


def verdict(spelling: str, region: str | None) -> tuple[str | None, str | None]:
    """Return what the library makes of a spelling: E.164 and region, or twice None."""
    try:
        number = phonenumbers.parse(spelling, region)
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_valid_number(number):
        return None, None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), phonenumbers.region_code_for_number(
        number
    )


def check(spellings: list[str], region: str | None) -> None:
    """Assert that every spelling gets the library's verdict."""
    reading = Reading(region=region, countries=(), allow_fiction=False)
    found = read_numbers(pl.Series(spellings, dtype=pl.String), reading)
    for spelling, (number, reason, country) in zip(spellings, found.rows(), strict=True):
        if reason in OURS:
            continue
        expected = verdict(spelling, region)
        assert (number, country if number else None) == expected, (spelling, region)


def examples(region: str) -> list[phonenumbers.PhoneNumber]:
    """Return the library's own examples of a region, of every kind, and its invalid one."""
    found = [phonenumbers.example_number_for_type(region, kind) for kind in KINDS]
    return [number for number in [*found, phonenumbers.invalid_example_number(region)] if number is not None]


def spellings_of(number: phonenumbers.PhoneNumber) -> list[str]:
    """Return ways in which people write a number."""
    code, national = str(number.country_code), phonenumbers.national_significant_number(number)
    forms = (
        PhoneNumberFormat.E164,
        PhoneNumberFormat.INTERNATIONAL,
        PhoneNumberFormat.NATIONAL,
        PhoneNumberFormat.RFC3966,
    )
    written = [phonenumbers.format_number(number, form) for form in forms]
    return [
        *written,
        national,
        "0" + national,
        "1" + national,
        "8" + national,
        code + national,
        "00" + code + national,
        "011" + code + national,
        f"+{code}0{national}",
        f"+{code} (0) {national}",
        national[:-1],
        national + "1",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("region", REGIONS)
def test_examples_of_a_region_get_the_librarys_verdict(region):
    """Every spelling of every example, valid or not, read in its own region and without any."""
    spellings = [spelling for number in examples(region) for spelling in spellings_of(number)]

    check(spellings, region)
    check(spellings, None)


@pytest.mark.parametrize("region", [None, "GB", "US", "IN", "AR", "BR", "JP", "AU", "IT", "KZ", "JE", "CI"])
def test_international_spellings_of_all_examples_get_the_librarys_verdict(region):
    """The examples of all regions, valid and invalid, read in a region of any habit."""
    numbers = [number for one in REGIONS for number in examples(one)]

    check([phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in numbers], region)


def test_most_valid_examples_need_not_be_asked_about():
    """Speed is the point of the bulk path: it accepts nearly all valid examples in international form by itself."""
    numbers = [number for one in REGIONS for number in examples(one) if phonenumbers.is_valid_number(number)]
    rows = pl.DataFrame(
        {DIGITS: [phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in numbers]}
    ).with_row_index(INDEX)

    accepted = accept(rows.filter(plain()), home=None)

    assert accepted.height > 0.98 * len(numbers)


@pytest.mark.parametrize(
    "region", ["GB", "IN", "US", "DE", "FR", "BR", "JP", "AU", "MX", "NG", "PH", "ID", "ZA", "AR", "IT"]
)
def test_national_examples_need_not_be_asked_about(region):
    """Mobile numbers in the form in which the country writes them are accepted in bulk."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    code, national = str(number.country_code), phonenumbers.national_significant_number(number)
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    spellings = [national, code + national] if region == "AR" else [national, code + national, written]
    rows = pl.DataFrame({DIGITS: spellings}).with_row_index(INDEX)

    accepted = accept(rows.filter(plain()), home=region)

    assert accepted.height == len(spellings)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str | None]:
    """Draw something like a number, from examples with digits changed to mere noise, and a region to read it in."""
    region = draw(st.sampled_from(REGIONS))
    number = draw(st.sampled_from(examples(region)))
    text = list(draw(st.sampled_from(spellings_of(number))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(text)))
        text[place : place + draw(st.integers(0, 1))] = draw(
            st.sampled_from(list("0123456789 -.()+/x,;#ext*９٣ ")) | st.just("")
        )
    home = draw(st.sampled_from([region, region, None, draw(st.sampled_from(REGIONS))]))
    return "".join(text), home


@given(st.lists(spelled(), min_size=1, max_size=20))
def test_noise_gets_the_librarys_verdict(cases):
    """Random digits, separators and other scripts: row by row the verdict is the library's."""
    for region in {home for _, home in cases}:
        check([spelling for spelling, home in cases if home == region], region)


@given(
    st.lists(st.from_regex(r"[+]?[0-9]{4,16}", fullmatch=True), min_size=1, max_size=30),
    st.sampled_from(
        [
            None,
            "GB",
            "US",
            "CA",
            "BS",
            "IN",
            "RU",
            "KZ",
            "IT",
            "HU",
            "BR",
            "CO",
            "JP",
            "KR",
            "AU",
            "CC",
            "FI",
            "AX",
            "JE",
            "MX",
        ]
    ),
)
def test_digits_get_the_librarys_verdict(spellings, region):
    """Digits with and without plus, of any length, in regions with all habits of dialling."""
    check(spellings, region)


@pytest.mark.slow
@pytest.mark.parametrize("region", ["GB", "US", "IN", "BR", "DE", "IT", "RU", "JE", "AU", "FI", "NZ", "CR"])
def test_many_random_numbers_get_the_librarys_verdict(region):
    """Three thousand numbers near the examples of a region."""
    chance = random.Random(7)
    seeds = [spelling for number in examples(region) for spelling in spellings_of(number)]
    spellings = []
    for _ in range(3_000):
        text = list(chance.choice(seeds))
        for _ in range(chance.randrange(4)):
            text[chance.randrange(len(text))] = chance.choice("0123456789")
        spellings.append("".join(text))

    check(spellings, region)
