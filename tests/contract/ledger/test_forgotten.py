"""Forgetting: outcomes of people are erased and taken in no more, and the chain holds."""

from contextlib import closing
from datetime import timedelta

import polars as pl
import pytest

from runner.frames import CALL, PERSON
from runner.ledger.export import export_lines
from runner.ledger.imports import import_lines
from runner.ledger.open import open_writer
from runner.ledger.rebuild import Rebuilding, rebuild
from runner.model.ledger_fact import Genesis
from runner.model.outcome_fact import TaskOutcomes
from runner.model.people_fact import Forgotten
from runner.model.task_id import TaskId
from tests.contract.ledger.conftest import KEY_ID, LINEAGE, NOW
from tests.contract.ledger.test_outcomes import ONE, TASK, TWO, calls
from tests.contract.ledger.test_postgresql import documented, role

HIGH = 2**127 + 5
LATER = NOW + timedelta(days=3)


def told(frame):
    """Return the fact that *frame* is of the task."""
    return TaskOutcomes(task=TASK, rows=frame.height, confirmed=frame.height)


def forget(ledger, *people, now=LATER):
    """Forget *people*; return for how many it is news, and how many reports were erased."""
    news = ledger.forget(pl.Series(PERSON, people, dtype=pl.UInt128), reason="asked", by="ann@desk", now=now)
    return news, ledger.erase_people(people, reason="forgotten", now=now)


def known(ledger):
    """Return person and call of all outcomes."""
    return ledger.outcomes(range(1, ledger.head().sequence + 1)).select(PERSON, CALL).rows()


@pytest.fixture(name="written")
def _written(place, ledger):
    """A ledger with a task of 7 and another, and two entries of outcomes: 3 of both, 4 of 7 alone."""
    lease = ledger.acquire("overdue", now=NOW)
    place.intend(ledger, lease, 7, HIGH)
    ledger.record_outcomes([(told(TWO), TWO), (told(ONE), ONE)], now=NOW)
    ledger.release(lease)
    return ledger


def test_what_is_known_of_them_goes_and_of_others_stays(written):
    """Of 7 two reports are erased; the other's is appended again; every entry is verified."""
    assert forget(written, 7) == (1, 2)

    assert known(written) == [(HIGH, "22")]
    assert written.verify() == 8
    assert written.blocks([2])[PERSON].to_list() == [7, HIGH]


def test_the_rest_is_kept_no_longer_than_it_would_have_been(written):
    """What is appended again has the time of the entry before, so that it expires as that."""
    forget(written, 7)

    written.erase_outcomes_before(NOW + timedelta(days=1), reason="retention", now=LATER)

    assert known(written) == []
    assert written.verify() == 9


def test_twice_is_once(written):
    """Repeating it appends nothing, until something was sent again."""
    forget(written, 7)
    head = written.head()

    assert forget(written, 7) == (0, 0)

    assert written.head() == head


def test_strangers_are_recorded_and_nothing_is_erased(written):
    """Of whom nothing is known nothing is erased; that they are to be forgotten is kept all the same."""
    assert forget(written, 5) == (1, 0)
    assert len(known(written)) == 3


def test_reports_that_come_later_are_left_out(written):
    """What is appended of her afterwards is dropped, an entry that says nothing then too; others come in."""
    forget(written, 7)
    more = calls((7, "44", "busy"), (HIGH, "55", "busy"))

    entries = written.record_outcomes([(told(more), more), (told(ONE), ONE)], now=LATER)

    assert [(e.fact.rows, e.fact.confirmed) for e in entries] == [(1, 1)]
    assert known(written) == [(HIGH, "22"), (HIGH, "55")]
    assert written.verify() == 9


def test_of_a_task_sent_later_everything_is_known(place, written):
    """Called again after that, what becomes of it is taken in; and then she can be forgotten once more."""
    forget(written, 7)
    lease = written.acquire("overdue", now=LATER)
    place.intend(written, lease, 7, task="c.e.two", planned_at=written.head().sequence)
    two = TaskOutcomes(
        task=TaskId(campaign="overdue", edition="2026-11", name="c.e.two"), rows=1, confirmed=1
    )

    written.record_outcomes([(two, ONE)], now=LATER)

    assert known(written) == [(HIGH, "22"), (7, "33")]
    assert forget(written, 7) == (1, 1)
    assert known(written) == [(HIGH, "22")]


def test_it_is_taken_along(written, other_place, tmp_path):
    """Exported and imported, nothing of her comes along, and nothing comes in."""
    forget(written, 7)
    head = export_lines(written, tmp_path / "ledger.jsonl")

    with closing(
        import_lines(
            other_place.url, tmp_path / "ledger.jsonl", environment="sandbox", key_id=KEY_ID, now=NOW
        )
    ) as there:
        assert there.head() == head
        assert known(there) == [(HIGH, "22")]
        assert there.record_outcomes([(told(ONE), ONE)], now=LATER) == ()


def test_a_rebuilt_ledger_takes_it_over(place, other_place, written):
    """Made anew from the ledger at hand, the new one knows whom it must not take in."""
    forget(written, 7)
    genesis = Genesis(lineage=LINEAGE[::-1], environment="sandbox", key_id=KEY_ID)
    with place.reader() as old:
        what = Rebuilding(genesis=genesis, first=(), old=old, more=())
        made, _ = rebuild(other_place.url, what, aside="old", now=NOW)

    with closing(made):
        assert known(made) == [(HIGH, "22")]
        assert made.record_outcomes([(told(ONE), ONE)], now=LATER) == ()


def test_it_is_no_bare_evidence(ledger):
    """Without its people it is refused."""
    with pytest.raises(ValueError, match="no evidence"):
        ledger.record(Forgotten(people=1, reason="r", by="b"), now=NOW)


@pytest.mark.postgres
def test_the_documented_role_forgets(postgres_place):
    """In PostgreSQL the documented rights are enough, and no more can be sent under them."""
    with postgres_place.create() as ledger:
        lease = ledger.acquire("overdue", now=NOW)
        postgres_place.intend(ledger, lease, 7, HIGH)
        ledger.record_outcomes([(told(TWO), TWO)], now=NOW)
    with (
        role(postgres_place, *documented("runner_forget")) as url,
        open_writer(url, environment="sandbox", key_id=KEY_ID) as writer,
    ):
        assert forget(writer, 7) == (1, 1)
        assert writer.verify() == 6
