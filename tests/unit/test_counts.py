"""Counts and their words."""

import pytest

from runner.counts import people, plural, were


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 people were, 0 entries"),
        (1, "1 person was, 1 entry"),
        (2, "2 people were, 2 entries"),
        (12_431, "12,431 people were, 12,431 entries"),
    ],
)
def test_the_word_and_the_verb_follow_the_count(number: int, shown: str) -> None:
    """One of a kind has the singular, none and more the plural, with thousands apart."""
    assert f"{people(number)} {were(number)}, {plural(number, 'entry', 'entries')}" == shown
