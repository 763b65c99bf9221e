"""Who holds a campaign, and who takes it over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runner.errors import LedgerError
from runner.ledger.lease import HELD, LOST


def test_lease_of_a_live_process_is_refused_to_another(place, ledger, now):
    """A second operator is told who holds the campaign, since when, how long silent, and what to do."""
    with place.rival() as other:
        other.acquire("overdue", now=now)
    with place.writer(gone=False) as mine, pytest.raises(LedgerError) as caught:
        mine.acquire("overdue", now=now + timedelta(seconds=75))

    problem = caught.value.problems[0]
    assert problem.code == HELD
    assert problem.message.startswith("campaign overdue is held by anna@")
    assert problem.message.endswith(
        ", process 4000001: runner apply, since 2026-11-24T09:00:00 UTC; it said so last 75 s ago by its own clock"
    )
    assert problem.hint == "Wait until process 4000001 ends, or end it; then repeat the command."


def test_holder_that_cannot_be_seen_is_said_to_be_elsewhere(place, ledger, now):
    """A holder on another machine is not called dead, and the message says where to look."""
    with place.rival(host="db-2", boot="b2") as other:
        other.acquire("overdue", now=now)

    with pytest.raises(LedgerError, match="anna@db-2") as caught:
        ledger.acquire("overdue", now=now)

    assert "another machine or in another container" in (caught.value.problems[0].hint or "")


def test_lease_of_a_gone_process_is_taken_over_at_once(place, ledger, now):
    """A process that is provably gone holds nothing, and its epoch is passed."""
    with place.rival() as other:
        theirs = other.acquire("overdue", now=now)

    mine = ledger.acquire("overdue", now=now)

    assert (theirs.epoch, mine.epoch) == (1, 2)
    assert ledger.holder("overdue") == mine


def test_epoch_grows_over_a_release(ledger, now):
    """No two takings of a campaign have one epoch, even when nobody held it in between."""
    first = ledger.acquire("overdue", now=now)
    ledger.release(first)

    assert ledger.holder("overdue") is None
    assert ledger.acquire("overdue", now=now).epoch == 2


def test_lease_is_not_taken_twice_by_one_process(ledger, now):
    """Two applies inside one process are rivals like any others."""
    ledger.acquire("overdue", now=now)

    with pytest.raises(LedgerError, match="is held by") as caught:
        ledger.acquire("overdue", now=now)

    assert caught.value.problems[0].hint == "It is this very process: let its other part end first."


def test_campaigns_are_held_one_by_one(place, ledger, now):
    """Holding one campaign keeps nobody from another."""
    ledger.acquire("overdue", now=now)

    with place.rival(gone=False) as other:
        assert other.acquire("reminder", now=now).epoch == 1


def test_renewal_is_seen_by_others(place, ledger, now):
    """A renewed lease has the same epoch and a later time."""
    lease = ledger.acquire("overdue", now=now)
    later = now + timedelta(seconds=20)

    renewed = ledger.renew(lease, now=later)

    with place.reader() as reader:
        assert reader.holder("overdue") == renewed == replace(lease, renewed_at=later)


def test_lost_lease_is_neither_renewed_nor_given_back(place, ledger, now):
    """Who lost a campaign can neither renew nor release what is now somebody else's."""
    lease = ledger.acquire("overdue", now=now)
    with place.rival(gone=True) as other:
        theirs = other.acquire("overdue", now=now)

    with pytest.raises(LedgerError) as caught:
        ledger.renew(lease, now=now)
    ledger.release(lease)

    assert caught.value.problems[0].code == LOST
    assert ledger.holder("overdue") == theirs


def test_leases_are_no_entries(ledger, now):
    """Taking, renewing and giving back a campaign changes no entry and no head."""
    head = ledger.head()

    ledger.release(ledger.renew(ledger.acquire("overdue", now=now), now=now))

    assert ledger.head() == head
