"""Numbering plans as patterns."""

import re

import phonenumbers
import polars as pl
import pytest

from runner.audience.metadata import calling_code_of, region, regions_of

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize("code", REGIONS)
def test_patterns_mean_the_same_in_both_engines(code):
    """Each pattern compiles in Rust and has none of what Rust lacks or reads otherwise."""
    rules = region(code)

    assert rules is not None
    patterns = [rules.general, *rules.valid.values(), rules.leading_digits, rules.trunk, rules.exit]
    for pattern in filter(None, patterns):
        assert not re.search(r"\(\?[^:]|\\[^0-9.]", pattern)
        pl.Series(["1"]).str.contains(pattern)


@pytest.mark.parametrize(
    ("digits", "code"),
    [("12015550123", 1), ("447700900123", 44), ("35812", 358), ("0044", None), ("", None), ("999", None)],
)
def test_calling_codes_are_prefix_free(digits, code):
    """The first digits tell the calling code."""
    assert calling_code_of(digits) == code


def test_regions_that_share_a_code_come_in_the_librarys_order():
    """The main region is the first; the order decides to whom a number belongs."""
    assert [one.code for one in regions_of(44)] == ["GB", "GG", "IM", "JE"]
    assert regions_of(800) == ()
    assert region("QQ") is None
