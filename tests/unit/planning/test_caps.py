"""Caps: what counts as a call, and that columns count as a loop does."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Where
from runner.frames import BUCKET, CONTENT, PERSON
from runner.model.plan import Bucket
from runner.model.policy import Caps
from runner.model.task_fact import (
    TaskAbsent,
    TaskAccepted,
    TaskConfirmed,
    TaskDoubtful,
    TaskFact,
    TaskFailed,
    TaskNotSent,
    TaskRejected,
    TaskResolved,
    TaskUnknown,
)
from runner.planning.caps import CALLS_SCHEMA, RINGS, at_cap, counting, with_cap
from runner.planning.history import fold
from tests.unit.planning.conftest import NOON, task

WHERE = Where(path="campaigns/policy.toml", line=1)
T = task("t")

ENDINGS: dict[str, tuple[list[TaskFact], bool]] = {
    "nothing": ([], True),
    "accepted": ([TaskAccepted(task=T, job_id=1, looked_up=False)], True),
    "confirmed": ([TaskConfirmed(task=T, job_id=1, people=3)], True),
    "unknown": ([TaskUnknown(task=T, reason="no answer")], True),
    "absent": ([TaskUnknown(task=T, reason="no answer"), TaskAbsent(task=T, passes=2)], True),
    "doubtful": ([TaskDoubtful(task=T, job_id=1, reason="short")], True),
    "rejected": ([TaskRejected(task=T, code="-22", reason="parameter", account=False)], False),
    "refused": ([TaskRejected(task=T, code="-1", reason="account", account=True)], False),
    "not sent": ([TaskNotSent(task=T, reason="dns")], False),
    "failed": ([TaskAccepted(task=T, job_id=1, looked_up=False), TaskFailed(task=T, job_id=1)], False),
    "stated sent": ([TaskResolved(task=T, accepted=True, people=3, reason="asked", by="ann")], True),
    "stated absent": ([TaskResolved(task=T, accepted=False, people=3, reason="asked", by="ann")], False),
}


@pytest.mark.parametrize(("facts", "counts"), ENDINGS.values(), ids=ENDINGS.keys())
def test_what_may_have_rung_is_a_call(book, facts, counts):
    """Taken, or in doubt: a call. Certainly not taken: none."""
    book.sending("t")
    for fact in facts:
        book.add(fact)

    assert bool(counting(fold(book.entries).tasks, since=NOON).sequences) is counts


@pytest.mark.parametrize(
    ("send_at", "since", "counts"),
    [
        (None, timedelta(0), True),
        (None, timedelta(microseconds=1), False),
        (timedelta(days=30), timedelta(days=29), True),
        (timedelta(days=-1), timedelta(0), False),
    ],
)
def test_a_call_is_when_it_rings(book, send_at, since, counts):
    """The moment of a call is that of its schedule, else of its signing; one that is still to come counts."""
    book.sending("t", send_at=None if send_at is None else NOON + send_at)

    assert bool(counting(fold(book.entries).tasks, since=NOON + since).sequences) is counts


@given(
    blocks=st.lists(
        st.tuples(
            st.sets(st.integers(0, 9), min_size=1),  # people
            st.integers(1, 4),  # rings
            st.sampled_from(list(ENDINGS)),
            st.integers(-20, 20),  # days from noon
        ),
        max_size=12,
    ),
    calls=st.integers(1, 8),
    days=st.integers(1, 20),
    rings=st.integers(1, 4),
)
def test_count_is_that_of_a_loop(make_book, blocks, calls, days, rings):
    """Over any history, those at the cap are whom a plain loop over every block finds."""
    caps = Caps(calls=calls, days=days, where=WHERE)
    tasks, frames = [], []
    counts: Counter[int] = Counter()
    for number, (people, each, ending, day) in enumerate(blocks):
        facts, is_call = ENDINGS[ending]
        book = make_book().sending("t", send_at=NOON + timedelta(days=day), rings=each)
        for fact in facts:
            book.add(fact)
        (one,) = fold(book.entries).tasks
        tasks.append(replace(one, block=number + 1))
        frames += [(person, 0, number + 1) for person in sorted(people)]
        if is_call and day >= -days:
            for person in people:
                counts[person] += each
    schema = {PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64}
    stored = pl.DataFrame(frames, schema=schema, orient="row")

    found = counting(tasks, since=NOON - timedelta(days=days))
    wanted = stored.filter(pl.col("sequence").is_in(list(found.sequences)))

    capped = at_cap(found.label(wanted), caps, rings=rings)
    assert sorted(capped[PERSON].to_list()) == sorted(p for p, n in counts.items() if n + rings > calls)


def test_many_rows_of_a_person_add_up_beyond_a_small_type():
    """Sums are not cut at the width of one row's number."""
    calls = pl.DataFrame({PERSON: [7] * 3, RINGS: [2**31] * 3}, schema=CALLS_SCHEMA)

    assert at_cap(calls, Caps(calls=1000, days=1, where=WHERE), rings=1)[PERSON].to_list() == [7]


def test_only_who_is_new_is_left_out():
    """The cap moves people from *new* to *outside* and touches no other bucket, nor the order of rows."""
    kinds = [Bucket.NEW, Bucket.IN_DOUBT, Bucket.NEW, Bucket.CALLED_SAME]
    frame = pl.DataFrame(
        {PERSON: [1, 2, 3, 4], BUCKET: [kind.value for kind in kinds]},
        schema={PERSON: pl.UInt128, BUCKET: pl.Enum([b.value for b in Bucket])},
    )
    capped = pl.DataFrame({PERSON: [4, 3, 2, 9]}, schema={PERSON: pl.UInt128})

    after = with_cap(frame, capped)

    assert after.schema == frame.schema
    assert after[PERSON].to_list() == [1, 2, 3, 4]
    assert after[BUCKET].to_list() == ["new", "in_doubt", "outside", "called_same"]
    assert with_cap(frame, capped.clear()) is frame
