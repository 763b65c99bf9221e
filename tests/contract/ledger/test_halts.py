"""A stop: recorded by anybody, read in the transaction of every intent, lifted by anybody."""

from datetime import timedelta

import pytest

from runner.errors import HaltedError
from runner.model.halt import Halt
from runner.model.ledger_fact import Halted, Lifted
from runner.model.task_fact import TaskAccepted

HALTED = Halted(reason="wrong amounts", by="ann@desk")
LIFTED = Lifted(reason="mended", by="bob@desk")


def test_nothing_is_stopped_at_first(ledger):
    """A new ledger has no stop."""
    assert ledger.halt() is None


def test_stop_is_read_back(place, ledger):
    """A stop tells its reason, who said so and when, to whoever reads the ledger."""
    with place.rival() as other:
        other.record(HALTED, now=place.now)

    with place.reader() as reader:
        assert reader.halt() == Halt(
            reason="wrong amounts", by="ann@desk", since=place.now, lift="`runner stop --lift` ends it"
        )


def test_intent_is_refused_while_everything_is_stopped(place, ledger):
    """An intent after a stop appends nothing, whoever said the stop, and needs no plan of its own to be refused."""
    lease = ledger.acquire("overdue", now=place.now)
    place.intend(ledger, lease, 1, 2, 3)
    with place.rival() as other:
        other.record(HALTED, now=place.now)

    with pytest.raises(HaltedError, match="stopped by ann@desk at 2026-11-24 09:00 UTC: wrong amounts"):
        place.intend(ledger, lease, 4, 5, 6, task="c.e.two")

    assert ledger.head().sequence == 3
    assert ledger.verify() == 3


def test_evidence_is_kept_while_everything_is_stopped(place, ledger):
    """What the vendor answered is appended after a stop, too."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1)
    ledger.record(HALTED, now=place.now)

    entry = ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=place.now)

    assert entry.sequence == 4


def test_lifted_stop_holds_nobody_up(place, ledger):
    """After it is lifted intents go on."""
    lease = ledger.acquire("overdue", now=place.now)
    ledger.record(HALTED, now=place.now)
    ledger.record(LIFTED, now=place.now)

    assert ledger.halt() is None
    assert place.intend(ledger, lease, 1, 2, 3).sequence == 4


def test_newest_word_counts(place, ledger):
    """Stopped, lifted and stopped again is stopped, whatever the clocks said."""
    later = place.now + timedelta(hours=1)
    ledger.record(HALTED, now=later)
    ledger.record(LIFTED, now=later)
    ledger.record(Halted(reason="again", by="cem@desk"), now=place.now)

    found = ledger.halt()

    assert found is not None
    assert (found.reason, found.by) == ("again", "cem@desk")
