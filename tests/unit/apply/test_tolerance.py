"""How long a signature lives: found by a few questions, and what follows for a request that was held up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.apply.tolerance import Limit, find_limit, signature_lives
from runner.model.entry import Entry
from runner.model.ledger_fact import ToleranceMeasured

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@given(st.integers(0, 86_399))
def test_a_limit_is_found_closely_and_by_few_questions(limit):
    """Whatever the vendor tolerates up to a day, it lies between the two answers, which are close, after at most 20 questions."""
    asked = []

    def takes(offset_s):
        asked.append(offset_s)
        return offset_s <= limit

    found = find_limit(takes)

    assert found.refused_s is not None
    assert found.taken_s <= limit < found.refused_s
    assert found.refused_s - found.taken_s <= max(5, found.taken_s // 20)
    assert len(asked) <= 20


def test_a_vendor_without_a_limit():
    """Up to a day is asked, and no further."""
    assert find_limit(lambda _: True) == Limit(taken_s=86_400, refused_s=None)


def measured(taken_s, refused_s, *, days_ago=1):
    """Return the entry of a measurement."""
    fact = ToleranceMeasured(account="a", taken_s=taken_s, refused_s=refused_s)
    at = NOW - timedelta(days=days_ago)
    return Entry(sequence=2, at=at, fact=fact, payload_sha256=None, previous="0" * 64, hash="1" * 64)


@pytest.mark.parametrize(
    ("entry", "minutes"),
    [
        (None, 15),
        (measured(295, 300), 6),
        (measured(295, 300, days_ago=31), 15),
        (measured(3600, 3600 + 180), 64),
        (measured(3600, 3600 + 180, days_ago=400), 64),
        (measured(86_400, None), 1440),
        (measured(10, None), 15),
    ],
    ids=["never measured", "shorter", "shorter, long ago", "longer", "longer, long ago", "no limit", "odd"],
)
def test_a_measurement_counts_but_does_not_shorten_for_ever(entry, minutes):
    """A minute is added; without a measurement, or with one that is too old to shorten, it is 15 minutes."""
    assert signature_lives(entry, now=NOW) == timedelta(minutes=minutes)
