"""Cutting cohorts into chunks."""

from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import COHORT, PERSON, TASK
from runner.planning.cut import cut, split_tasks, without_split


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


def again_frame(*rows: tuple[int, int, int | None]) -> pl.DataFrame:
    """Return callees as (person, cohort, block of the task in doubt)."""
    schema = {PERSON: pl.UInt128, COHORT: pl.UInt32, TASK: pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_who_is_sent_again_has_a_request_of_their_own():
    """People of a task in doubt are not mixed with others, over all ranges, and come last."""
    ranges = [again_frame((1, 0, None), (2, 0, 7), (3, 1, 9)), again_frame((4, 0, 7), (5, 0, None))]

    chunks = [(c.again, c.frame[PERSON].to_list()) for c in cut(ranges, per_task=10)]

    assert chunks == [(None, [1, 5]), (7, [2, 4]), (9, [3])]


def test_what_would_be_several_requests_is_left_in_doubt():
    """Two cohorts, or more people than a request may hold now: one name cannot be several requests."""
    ranges = [again_frame((1, 0, 7), (2, 1, 7), (3, 0, 8), (4, 0, 8), (5, 0, 8), (6, 0, 9), (7, 0, None))]

    split = split_tasks(ranges, per_task=2)

    assert split == {7: 2, 8: 3}
    assert without_split(ranges[0], split)[PERSON].to_list() == [6, 7]
    assert without_split(ranges[0], {})[PERSON].to_list() == [1, 2, 3, 4, 5, 6, 7]
