"""Which waiting tasks are stale, and what becomes of their people."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from runner.frames import BUCKET, CONTENT, PERSON, VARIANT
from runner.model.campaign import Schedule
from runner.model.plan import Bucket
from runner.model.task_fact import TaskConfirmed
from runner.planning.history import fold
from runner.planning.prior import prior_from, ranking_of, with_bucket
from runner.planning.replacing import called_again, replacements, stale_tasks, unchanged_people
from runner.planning.variants import variants_of
from tests.unit.apply.conftest import campaign
from tests.unit.planning.conftest import NOON, task

AT = NOON + timedelta(days=1)
SCHEDULE = Schedule(at=AT, timezone="UTC", windows=(), not_after=None)
TODAY = replace(campaign(), schedule=SCHEDULE)
VARIANTS = variants_of(TODAY, {()})


@pytest.fixture(name="history")
def _history(book):
    """Persons 1, 2 and 3 wait in one task, 4 and 5 in another."""
    settings = VARIANTS[0].settings.digest
    book.sending("t1", people=3, settings=settings, send_at=AT)
    book.add(TaskConfirmed(task=task("t1"), job_id=1, people=3))
    book.sending("t2", people=2, settings=settings, send_at=AT)
    book.add(TaskConfirmed(task=task("t2"), job_id=2, people=2))
    return fold(book.entries)


def planned(history, today, *, stale=()):
    """Return today's people (person, content) with their buckets, and what is known of them."""
    blocks = pl.DataFrame(
        [(1, 10, 1), (2, 20, 1), (3, 30, 1), (4, 40, 3), (5, 50, 3)],
        schema={PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64},
        orient="row",
    )
    ranking = ranking_of(history, now=NOON)
    prior = prior_from(ranking.label(blocks), ranking.settings)
    frame = pl.DataFrame(
        [(person, content, 0) for person, content in today],
        schema={PERSON: pl.UInt128, CONTENT: pl.UInt128, VARIANT: pl.UInt32},
        orient="row",
    )
    replacing = [one.block for one in stale]
    return with_bucket(frame, prior, VARIANTS, over=False, replacing=replacing), prior


def stale_of(history, today, one=TODAY):
    """Return the stale tasks where *today* (person, content) is the audience."""
    frame, prior = planned(history, today)
    return stale_tasks(history, unchanged_people(frame, prior, VARIANTS), one, now=NOON)


ALL = [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)]


@pytest.mark.parametrize(
    ("today", "names"),
    [
        (ALL, []),
        ([*ALL, (6, 60)], []),
        (ALL[1:], ["t1"]),
        ([(1, 11), *ALL[1:]], ["t1"]),
        (ALL[:4], ["t2"]),
        ([], ["t1", "t2"]),
    ],
    ids=["nothing changed", "somebody came", "somebody gone", "other words", "another gone", "nobody left"],
)
def test_a_task_is_stale_where_anybody_of_it_is(history, today, names):
    """A person gone or with other words makes their task stale, and no other; a person who came makes none."""
    assert [one.task.name for one in stale_of(history, today)] == names


def test_other_settings_make_everything_stale(history):
    """Another caller id is not what was sent."""
    variants = variants_of(replace(TODAY, caller_id="123"), {()})
    frame, prior = planned(history, ALL)

    unchanged = unchanged_people(frame, prior, variants)

    assert len(stale_tasks(history, unchanged, TODAY, now=NOON)) == 2


def test_another_start_makes_everything_stale(history):
    """So does another hour, no schedule at all, and an end before the start."""
    for schedule in (
        replace(SCHEDULE, at=AT + timedelta(hours=1)),
        replace(SCHEDULE, not_after=AT - timedelta(hours=1)),
        None,
    ):
        assert len(stale_of(history, ALL, replace(TODAY, schedule=schedule))) == 2


def test_what_rings_within_a_quarter_of_an_hour_is_not_replaced(history):
    """Fourteen minutes before, nothing is stale any more."""
    unchanged = dict.fromkeys((1, 3), 0)

    assert stale_tasks(history, unchanged, TODAY, now=AT - timedelta(minutes=14)) == ()
    assert len(stale_tasks(history, unchanged, TODAY, now=AT - timedelta(minutes=16))) == 2


def test_people_of_a_stale_task_are_called_again(history):
    """Of three one is gone, one has other words and one is the same: two are called again, one of them changed."""
    today = [(1, 10), (2, 21), (4, 40), (5, 50)]
    stale = stale_of(history, today)
    frame, prior = planned(history, today, stale=stale)

    (made,) = replacements(stale, called_again(frame, prior, VARIANTS))

    assert (made.name, made.people, made.again, made.changed, made.dropped) == ("t1", 3, 2, 1, 1)
    assert frame[BUCKET].to_list() == [Bucket.REPLACED, Bucket.REPLACED, Bucket.WAITING, Bucket.WAITING]
