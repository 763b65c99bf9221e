"""Cutting cohorts into chunks."""

from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import COHORT, PERSON
from runner.planning.cut import cut


def frame(pairs):
    """Return a frame of (person, cohort) pairs, sorted."""
    schema = {PERSON: pl.UInt128, COHORT: pl.UInt32}
    return pl.DataFrame(sorted(pairs), schema=schema, orient="row")


def key(value):
    """Return *value* as a literal of the keys' type."""
    return pl.lit(value, dtype=pl.UInt128)


PEOPLE = st.dictionaries(st.integers(0, 2**128 - 1), st.integers(0, 2), max_size=40)


@given(PEOPLE, st.integers(1, 7), st.lists(st.integers(0, 2**128 - 1), max_size=4))
def test_ranges_do_not_matter(people, per_task, borders):
    """However the key space is cut into ranges, the chunks are the same, and everybody is in exactly one."""
    whole = frame(people.items())
    edges = [0, *sorted(borders), 2**128]
    ranges = [
        whole.filter(pl.col(PERSON).is_between(key(low), key(high - 1)))
        for low, high in pairwise(edges)
        if low < high
    ]

    chunks = {(c.cohort, c.index): c.frame[PERSON].to_list() for c in cut(ranges, per_task=per_task)}

    expected = {}
    for cohort in sorted(set(people.values())):
        members = sorted(p for p, c in people.items() if c == cohort)
        for index, start in enumerate(range(0, len(members), per_task)):
            expected[cohort, index] = members[start : start + per_task]
    assert chunks == expected
