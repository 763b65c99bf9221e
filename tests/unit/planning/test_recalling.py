"""Whom an edition calls again: by records alone, as of the block and today, and nobody of whom anything is open."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import (
    BUCKET,
    CALL,
    CERTAINTY,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    OUTCOMES,
    PERSON,
    REASON,
    SOURCE,
)
from runner.model.campaign import Again, Missed
from runner.model.entry import Entry
from runner.model.outcome_fact import OutcomesErased, TaskRound
from runner.model.plan import Bucket
from runner.model.task_fact import TaskAccepted, TaskConfirmed, TaskDoubtful, TaskFailed, TaskUnknown
from runner.planning.history import fold
from runner.planning.recalling import (
    CHOICE_SCHEMA,
    CHOSEN,
    RINGS,
    Kept,
    choices,
    kept,
    not_recalled,
    open_blocks,
    with_choice,
)
from runner.preview.recalling import known_people
from runner.report.confirmed import records_of
from tests.unit.planning.conftest import NOON, task

NAMES = (PERSON, CALL, KEY, OUTCOME, CERTAINTY, SOURCE)
SCHEMA = pl.Schema({name: OUTCOME_SCHEMA[name] for name in NAMES} | {"sequence": pl.Int64()})
NOBODY = pl.DataFrame(schema={PERSON: pl.UInt128, RINGS: pl.UInt32})
PIN = 5

SAID = st.lists(
    st.tuples(
        st.integers(0, 7),  # person
        st.integers(0, 2),  # her call
        st.sampled_from([None, "6"]),
        st.sampled_from(OUTCOMES),
        st.integers(0, 2),  # certainty
        st.sampled_from(["push", "record"]),
        st.integers(1, 9),  # entry
    ),
    max_size=25,
)


def again(*outcomes: Missed) -> Again:
    """Return a block of these outcomes."""
    return Again(of="e", outcomes=outcomes, sequence=PIN, lineage="0123abcd", people=0)


def kind(rows, outcomes, until):
    """Return what is confirmed of a person by *rows*, walking them one by one; None where nothing is."""
    calls: dict[int, tuple[int, int]] = {}
    pressed = False
    for _, call, key, outcome, certainty, source, sequence in rows:
        if source == "record" and sequence <= until:
            calls[call] = max(calls.get(call, (-1, -1)), (certainty, OUTCOMES.index(outcome)))
            pressed = pressed or key is not None
    if not calls:
        return None
    best = OUTCOMES[max(rank for _, rank in calls.values())]
    return "no_key" if best == "answered" and not pressed and Missed.NO_KEY in outcomes else best


@given(
    said=SAID,
    outcomes=st.sets(st.sampled_from(list(Missed)), min_size=1),
    doubtful=st.sets(st.integers(0, 9), max_size=3),
)
def test_exactly_the_confirmed_ones_are_chosen(said, outcomes, doubtful):
    """Whatever was said, pushed or recorded, before and after the block: as a loop over every person finds them."""
    frame = pl.DataFrame([(p, f"{p}-{c}", *rest) for p, c, *rest in said], schema=SCHEMA, orient="row")
    open_ = pl.DataFrame([(p, None) for p in sorted(doubtful)], schema=NOBODY.schema, orient="row")

    known = known_people(records_of(frame), again(*outcomes))
    found = choices(known, outcomes, open_=open_)

    wanted = {one.value for one in outcomes}
    expected = {
        person
        for person in range(8)
        if kind([row for row in said if row[0] == person], outcomes, PIN) in wanted
        and kind([row for row in said if row[0] == person], outcomes, 9) in wanted
    }
    assert set(found.filter(pl.col(REASON) == CHOSEN)[PERSON].to_list()) == expected - doubtful
    assert found[PERSON].n_unique() == found.height


@given(said=SAID, forged=SAID, outcomes=st.sets(st.sampled_from(list(Missed)), min_size=1))
def test_what_is_pushed_changes_nothing(said, forged, outcomes):
    """With any number of pushes beside the records, the same people are chosen for the same reasons."""

    def found(rows):
        frame = pl.DataFrame([(p, f"{p}-{c}", *rest) for p, c, *rest in rows], schema=SCHEMA, orient="row")
        return choices(known_people(records_of(frame), again(*outcomes)), outcomes, open_=NOBODY).sort(PERSON)

    pushes = [(*row[:5], "push", row[6]) for row in forged]

    assert found([*said, *pushes]).equals(found(said))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], None),
        ([TaskUnknown(task=task("t"), reason="lost")], None),
        ([TaskDoubtful(task=task("t"), job_id=1, reason="short")], None),
        ([TaskAccepted(task=task("t"), job_id=1, looked_up=False)], "done"),
        ([TaskConfirmed(task=task("t"), job_id=1, people=3)], "done"),
        (
            [TaskAccepted(task=task("t"), job_id=1, looked_up=False), TaskFailed(task=task("t"), job_id=1)],
            "done",
        ),
    ],
)
def test_who_is_in_doubt(book, facts, expected):
    """People of a task in doubt are, whatever a record says of them; of a task that was taken or failed nobody is."""
    book.sending("t")
    for fact in facts:
        book.add(fact)

    found = open_blocks(fold(book.entries), now=NOON + timedelta(days=1))

    assert found.rings == ({} if expected == "done" else {1: None})


@pytest.mark.parametrize(
    ("rings", "days", "is_open"), [(1, 0, False), (3, 0, True), (3, 2, True), (3, 3, False)]
)
def test_rounds_may_still_ring(book, rings, days, is_open):
    """With recall rounds somebody may be called by the earlier edition for three days."""
    book.sending("t", rings=rings).add(TaskConfirmed(task=task("t"), job_id=1, people=3))

    found = open_blocks(fold(book.entries), now=NOON + timedelta(days=days))

    assert found.rings == ({1: rings} if is_open else {})


def test_what_waits_is_still_to_ring(book):
    """Who waits for the hour of the earlier edition is not called by another one before."""
    book.sending("t", send_at=NOON + timedelta(days=1)).add(TaskConfirmed(task=task("t"), job_id=1, people=3))

    assert open_blocks(fold(book.entries), now=NOON).rings == {1: 1}


def test_buckets():
    """Only who would be called is set aside, by reason; who is to be sent again under a name in doubt stays in doubt."""
    kinds = pl.Enum([one.value for one in Bucket])
    frame = pl.DataFrame(
        [
            (1, "new"),
            (2, "new"),
            (3, "replaced"),
            (4, "again"),
            (5, "called_same"),
            (6, "waiting"),
            (7, "new"),
        ],
        schema={PERSON: pl.UInt128, BUCKET: kinds},
        orient="row",
    )
    said = pl.DataFrame([(1, CHOSEN), (2, "answered"), (5, "answered")], schema=CHOICE_SCHEMA, orient="row")

    found = with_choice(frame, said)

    assert found[BUCKET].to_list() == [
        *("new", "not_recalled", "not_recalled", "in_doubt"),
        *("called_same", "waiting", "not_recalled"),
    ]
    assert not_recalled(found) == {"answered": 1, None: 2}
    assert with_choice(frame, None).equals(frame)


def seen(number, status, of=2):
    """Return a recall round of the task as it was seen."""
    return TaskRound(
        task=task("t"), number=number, of=of, status=status, job_id=None, people=None, called=None
    )


@pytest.mark.parametrize(
    ("rounds", "is_open"),
    [
        ([seen(1, "done")], True),
        ([seen(2, "done")], True),
        ([seen(1, "done"), seen(2, "pending")], True),
        ([seen(1, "done"), seen(2, "running"), seen(2, "done")], False),
        ([seen(1, "cancelled"), seen(2, "failed")], False),
        ([seen(1, "done"), seen(2, "done"), seen(1, "running")], True),
        ([seen(1, "done"), seen(2, "done"), seen(1, "pending", of=3)], True),
        ([seen(1, "done"), seen(2, "other")], True),
    ],
)
def test_rounds_that_were_seen_to_be_over(book, rounds, is_open):
    """Once each round was seen done, cancelled or failed, last of all, nobody of the task may still ring."""
    book.sending("t", rings=3).add(TaskConfirmed(task=task("t"), job_id=1, people=3))
    for one in rounds:
        book.add(one)

    assert bool(open_blocks(fold(book.entries), now=NOON).rings) is is_open


def test_a_round_says_nothing_of_the_task(book):
    """Standing, people and generation stay what they were, and a round of a task that nobody knows is passed over."""
    book.sending("t", rings=3).add(TaskConfirmed(task=task("t"), job_id=1, people=3))
    before = fold(book.entries).tasks[0]

    (after,) = fold(book.add(seen(1, "running")).entries).tasks

    assert after == replace(before, rounds=(seen(1, "running"),))
    assert fold(book.entries[2:]).tasks == ()


def test_what_is_left_of_entries():
    """Expired outcomes are gone; what is left of a thinned entry counts as said when that was, however often it was thinned."""
    book = make_erasures(
        (4, "retention"),  # entry 11
        (5, "forgotten"),  # entry 12, its rest is 13
        None,
        (13, "forgotten"),  # entry 14, its rest is 15
        None,
        (6, "forgotten"),  # entry 16: nobody was left
        (99, "retention"),  # of another edition
    )

    assert kept(frozenset({3, 4, 5, 6, 13, 15}), book) == Kept(
        expired=frozenset({4}), thinned=frozenset({5, 13, 6}), origin={13: 5, 15: 5}
    )
    assert kept(frozenset({3}), book) == Kept(expired=frozenset(), thinned=frozenset(), origin={})


def make_erasures(*erased):
    """Return entries from 11 on that say of which entries outcomes are erased, and why; None is another entry."""
    return [
        Entry(
            sequence=11 + at,
            at=NOON,
            fact=OutcomesErased(entry=one[0], reason=one[1]),
            payload_sha256=None,
            previous="",
            hash="",
        )
        for at, one in enumerate(erased)
        if one is not None
    ]
