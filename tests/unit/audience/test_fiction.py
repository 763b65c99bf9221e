"""The list of numbers for fiction."""

import re
import tomllib
from importlib.resources import files

import phonenumbers
import pytest

from runner.audience import fiction

LISTED = tomllib.loads(files("runner.audience").joinpath("fiction.toml").read_text(encoding="utf-8"))["range"]


@pytest.mark.parametrize(
    "number", ["+447700900000", "+447700900999", "+442079460123", "+12125550199", "+61491570156"]
)
def test_numbers_in_the_list(number):
    """Both ends of a range belong to it."""
    assert re.fullmatch(fiction.pattern(), number)


@pytest.mark.parametrize(
    "number",
    [
        "+447700901000",
        "+4477009000000",
        "+44770090000",
        "447700900000",
        "+12125550200",
        "+12125551212",
        "+61491570155",
    ],
)
def test_numbers_beside_the_list(number):
    """A neighbour of a range, one digit more or less, and directory assistance are real numbers."""
    assert not re.fullmatch(fiction.pattern(), number)


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["country"])
def test_every_range_has_a_country_a_source_and_a_date(entry):
    """Who reserves it, and when that was read."""
    assert set(entry) == {"country", "source", "read", "numbers"}
    code = f"+{phonenumbers.country_code_for_region(entry['country'])}"
    assert all(number.replace(" ", "").startswith(code) for number in entry["numbers"])
