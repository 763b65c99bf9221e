"""Who holds a campaign, and who takes it over."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
    hint = problem.hint or ""
    assert problem.code == HELD
    assert problem.message.startswith("campaign overdue is held by anna@")
    assert hint.startswith("Wait until process 4000001 ends, or end it; then repeat the command.")
    if place.has_clock:
        assert re.search(r"it said so last \d s ago by the database's clock$", problem.message)
        assert re.search(r" If it says nothing more, it can be taken over in (60|5\d) s\.$", hint)
    else:
        assert problem.message.endswith(
            ", process 4000001: runner apply, since 2026-11-24T09:00:00 UTC; it said so last 75 s ago by its own clock"
        )


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

    assert (caught.value.problems[0].hint or "").startswith(
        "It is this very process: let its other part end first."
    )


def test_campaigns_are_held_one_by_one(place, ledger, now):
    """Holding one campaign keeps nobody from another."""
    ledger.acquire("overdue", now=now)

    with place.rival(gone=False) as other:
        assert other.acquire("reminder", now=now).epoch == 1


def test_renewal_is_seen_by_others(place, ledger, now):
    """A renewed lease has the same epoch and a later time: the database's, where it has none the holder's."""
    lease = ledger.acquire("overdue", now=now)
    later = now + timedelta(seconds=20)

    renewed = ledger.renew(lease, now=later)

    with place.reader() as reader:
        assert reader.holder("overdue") == renewed == replace(lease, renewed_at=renewed.renewed_at)
    if place.has_clock:
        assert abs(renewed.renewed_at - datetime.now(UTC)) < timedelta(seconds=30)
        assert renewed.renewed_at > lease.renewed_at
    else:
        assert renewed.renewed_at == later


def test_silent_holder_is_taken_over_by_the_clock_of_the_database(postgres_place):
    """Where the database has a clock, a holder that cannot be seen is taken over after its own full term, and not before."""
    postgres_place.create().close()
    with postgres_place.rival(host="db-2", boot="b2", term_s=2) as other:
        theirs = other.acquire("overdue", now=postgres_place.now)
    far_ahead = postgres_place.now + timedelta(days=900)
    with postgres_place.writer(term_s=60) as mine:
        with pytest.raises(LedgerError, match="is held by anna@db-2"):
            mine.acquire("overdue", now=far_ahead)
        time.sleep(2.1)

        assert mine.acquire("overdue", now=far_ahead).epoch == theirs.epoch + 1

    with (
        pytest.raises(LedgerError, match="its lease was taken over"),
        postgres_place.rival(host="db-2") as other,
    ):
        other.renew(theirs, now=postgres_place.now)


def test_renewing_holder_is_not_taken_over(postgres_place):
    """A holder that renews its lease keeps it, however long ago it took it."""
    postgres_place.create().close()
    with postgres_place.rival(host="db-2", boot="b2", term_s=2) as other, postgres_place.writer() as mine:
        theirs = other.acquire("overdue", now=postgres_place.now)
        for _ in range(3):
            time.sleep(1)
            theirs = other.renew(theirs, now=postgres_place.now)
            with pytest.raises(LedgerError, match="is held by anna@db-2"):
                mine.acquire("overdue", now=postgres_place.now)


def test_holder_that_was_not_heard_is_taken_over(place, ledger, now):
    """Who watched a lease for a full term and saw no renewal may take it over, whatever the clocks say."""
    with place.rival(host="db-2", boot="b2") as other:
        theirs = other.acquire("overdue", now=now)

    mine = ledger.acquire("overdue", now=now, unheard=theirs)

    assert (theirs.epoch, mine.epoch) == (1, 2)


def test_holder_that_was_heard_is_not_taken_over(place, ledger, now):
    """A renewal, or another taking, since the watch began keeps the lease where it is."""
    with place.rival(host="db-2", boot="b2") as other:
        first = other.acquire("overdue", now=now)
        renewed = other.renew(first, now=now + timedelta(seconds=1))
        with pytest.raises(LedgerError, match="is held by"):
            ledger.acquire("overdue", now=now, unheard=first)
        other.release(renewed)
        other.acquire("overdue", now=now)

    with pytest.raises(LedgerError, match="is held by"):
        ledger.acquire("overdue", now=now, unheard=renewed)


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
