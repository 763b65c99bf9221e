"""Calls that count for a cap, by key range: those in the ledger, and those that campaigns before in the plan are to make."""

from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from runner.errors import Where
from runner.frames import PERSON, TASK
from runner.model.policy import Caps
from runner.preview.asked import Asked
from runner.preview.caps import read_calls
from runner.preview.former import Former
from runner.sources.scratch import Scratch

TOP = 2**127
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CAPS = Caps(calls=2, days=7, where=Where(path="campaigns/policy.toml", line=1))


def campaign(*, rings=1, caps=CAPS):
    """Return as much of a campaign as is asked for."""
    return SimpleNamespace(caps=caps, rings=rings)


def planned(*frames, rings=1, replaces=()):
    """Return as much of a campaign that is planned already."""
    tasks = tuple(SimpleNamespace(name=name) for name in replaces)
    return SimpleNamespace(
        campaign=campaign(rings=rings), plan=SimpleNamespace(replaces=tasks), ranges=lambda: iter(frames)
    )


def people(*keys, again=None):
    """Return callees with these keys; *again*: in which block of a task in doubt each of them is."""
    frame = pl.DataFrame({PERSON: keys}, schema={PERSON: pl.UInt128})
    return frame if again is None else frame.with_columns(pl.Series(TASK, again, dtype=pl.Int64))


@pytest.fixture(name="scratch")
def _scratch(tmp_path):
    with Scratch(tmp_path, repository=tmp_path / "repository") as scratch:
        yield scratch


def read(one, scratch, *before, ranges=1):
    """Return the calls that count for the cap of campaign *one*, without any ledger."""
    former = Former(scratch=scratch, prefix="f", ranges=ranges)
    asked = Asked(campaign=one, ledger=None, former=former, scratch=scratch, prefix="c", now=NOON)
    return read_calls(asked, before=before)


def at_cap(calls, number, *keys):
    """Return who of *keys* is at the cap in a key range."""
    return sorted(calls.at_cap(people(*keys), number)[PERSON].to_list())


def test_calls_of_campaigns_before_count(scratch):
    """Without any ledger, what two campaigns before are to make adds up, in the key range of each person."""
    calls = read(campaign(), scratch, planned(people(1, 2, TOP)), planned(people(2, TOP)), ranges=2)

    assert at_cap(calls, 0, 1, 2) == [2]
    assert at_cap(calls, 1, TOP) == [TOP]


def test_recall_rounds_of_a_campaign_before_count(scratch):
    """A campaign that may ring twice takes two calls."""
    calls = read(campaign(), scratch, planned(people(1), rings=2))

    assert at_cap(calls, 0, 1, 2) == [1]


def test_who_is_sent_again_counts_by_the_task_in_doubt(scratch):
    """A second attempt of a task that the ledger counts already is no further call."""
    calls = read(campaign(), scratch, planned(people(1, 2, again=[7, None]), rings=2))

    assert at_cap(calls, 0, 1, 2) == [2]


def test_without_a_cap_nothing_is_read(scratch):
    """Where there is no cap nobody is at it."""
    calls = read(campaign(caps=None), scratch, planned(people(1), rings=9))

    assert at_cap(calls, 0, 1) == []


def test_a_campaign_over_the_cap_by_itself_calls_nobody(scratch):
    """With more rings than calls allowed everybody is at the cap, also who was never called."""
    calls = read(campaign(rings=3), scratch)

    assert at_cap(calls, 0, 1, 2) == [1, 2]
