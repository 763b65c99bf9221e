"""Hours: never sent by omission, never past the end, and recall rounds that fit."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from runner.errors import RefusedError
from runner.model.campaign import Recall, RecallWho, Schedule, Window
from runner.model.plan import Hours
from runner.planning.timing import check_recall, hours_of, is_over, shrunk, timing_of
from tests.unit.apply.conftest import campaign

ZONE = "Asia/Kolkata"
MORNING = Window(start=time(9), end=time(12))
AFTERNOON = Window(start=time(14), end=time(18))


def local(hour, minute=0, day=25):
    """Return a moment of November 2026 in the campaign's zone."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(ZONE))


def scheduled(*, at=None, windows=(), not_after=None, rounds=None, every=30):
    """Return a campaign with a schedule, and recall where *rounds* are given."""
    schedule = Schedule(at=at, timezone=ZONE, windows=windows, not_after=not_after)
    recall = Recall(rounds=rounds, every_min=every, who=RecallWho.FAILED, overrides=()) if rounds else None
    return replace(campaign(), schedule=schedule, recall=recall)


def test_a_start_in_the_past_becomes_two_minutes_from_now():
    """The vendor's treatment of past times is unknown, and none at all would mean *now*."""
    now = local(10).astimezone(UTC)

    assert timing_of(scheduled(at=local(9)), now=now).send_at == local(10, 2)
    assert timing_of(scheduled(at=local(11)), now=now).send_at == local(11)
    assert timing_of(scheduled(windows=(MORNING,)), now=now).send_at is None


@pytest.mark.parametrize(
    ("now", "over"),
    [(local(17, 57), False), (local(17, 59), True), (local(20), True)],
    ids=["before", "lead", "after"],
)
def test_nobody_is_handed_over_past_the_end(now, over):
    """The two minutes of lead count: what would start past `not_after` is over."""
    assert is_over(scheduled(at=local(9), not_after=local(18)), now=now) is over


@pytest.mark.parametrize(
    ("at", "windows", "rounds", "every", "fits"),
    [
        (local(9), (MORNING,), 3, 60, True),
        (local(9), (MORNING,), 3, 61, False),
        (local(6), (MORNING,), 3, 90, False),
        (local(12, 30), (MORNING, AFTERNOON), 3, 100, False),
        (local(12, 30), (MORNING, AFTERNOON), 2, 100, True),
        (local(19), (MORNING,), 1, 60, True),
    ],
    ids=["fits", "a minute late", "counted from the window", "gap between windows", "gap, fits", "next day"],
)
def test_recall_rounds_must_end_inside_the_day(at, windows, rounds, every, fits):
    """Rounds are counted from the first open moment, since before it nobody is called."""
    one = scheduled(at=at, windows=windows, rounds=rounds, every=every)
    now = local(5).astimezone(UTC)

    if fits:
        check_recall(one, now=now)
    else:
        with pytest.raises(RefusedError, match="recall rounds"):
            check_recall(one, now=now)


REVIEWED = Hours(timezone=ZONE, at=local(9), not_after=local(18), windows=(MORNING, AFTERNOON))


@pytest.mark.parametrize(
    ("change", "is_shrunk"),
    [
        ({}, True),
        ({"at": local(10)}, True),
        ({"at": local(8)}, False),
        ({"at": None}, False),
        ({"not_after": local(17)}, True),
        ({"not_after": local(19)}, False),
        ({"not_after": None}, False),
        ({"windows": (Window(start=time(10), end=time(11)),)}, True),
        ({"windows": (Window(start=time(8), end=time(12)),)}, False),
        ({"windows": (Window(start=time(12), end=time(14)),)}, False),
        ({"windows": ()}, False),
        ({"timezone": "Asia/Dhaka"}, False),
    ],
    ids=str,
)
def test_hours_may_shrink_and_never_grow(change, is_shrunk):
    """At apply today's hours lie within the reviewed ones, or nothing is sent."""
    assert shrunk(REVIEWED, replace(REVIEWED, **change)) is is_shrunk


def test_the_hours_of_a_campaign_without_a_schedule_are_empty():
    """Then it is called as soon as it is applied."""
    assert hours_of(campaign()) == Hours(timezone=None, at=None, not_after=None, windows=())
    assert not is_over(campaign(), now=local(10) + timedelta(days=900))
