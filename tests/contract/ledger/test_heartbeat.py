"""The thread that keeps a lease alive."""

import threading
from datetime import UTC, datetime, timedelta

from runner.errors import LedgerError
from runner.ledger.heartbeat import Heartbeat


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def elapsed_s(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Beats:
    """A ledger seen from a heartbeat: each renewal is counted, and fails while `failure` is set."""

    def __init__(self, ledger) -> None:
        self.ledger = ledger
        self.beat = threading.Semaphore(0)
        self.failure: LedgerError | None = None

    def renew(self, lease, *, now):
        try:
            if self.failure:
                raise self.failure
            return self.ledger.renew(lease, now=now)
        finally:
            self.beat.release()

    def wait(self) -> None:
        """Return when a renewal that began after this call has ended, and the one after it has too."""
        for _ in range(3):
            assert self.beat.acquire(timeout=10)


def test_heartbeat_renews_from_a_thread_of_its_own(ledger, place, now):
    """While it runs, others see the lease renewed: by the database's clock, where it has none by the holder's."""
    clock, beats = Clock(), Beats(ledger)
    lease = ledger.acquire("overdue", now=now)

    with Heartbeat(beats, lease, clock, interval_s=0.01) as beating:
        clock.sleep(50)
        beats.wait()
        assert not beating.lost

    assert beating.lease.renewed_at > lease.renewed_at
    if not place.has_clock:
        assert beating.lease.renewed_at == now + timedelta(seconds=50)
    assert place.reader().holder("overdue") == beating.lease


def test_heartbeat_stops_with_its_block(ledger, now):
    """Nothing is renewed after leaving, and no thread is left."""
    before = threading.active_count()

    with Heartbeat(ledger, ledger.acquire("overdue", now=now), Clock()):
        assert threading.active_count() == before + 1

    assert threading.active_count() == before


def test_takeover_is_noticed(place, ledger, now):
    """An owner whose campaign was taken over learns of it at its next beat."""
    beats = Beats(ledger)
    with Heartbeat(beats, ledger.acquire("overdue", now=now), Clock(), interval_s=0.01) as beating:
        with place.rival(gone=True) as other:
            other.acquire("overdue", now=now)
        beating._thread.join(timeout=10)

        assert beating.lost


def test_failing_database_loses_the_lease_after_its_term(ledger, now):
    """A renewal that fails is tried again; the lease counts as lost once its term has passed since the last success."""
    clock, beats = Clock(), Beats(ledger)
    beats.failure = LedgerError("the ledger is busy")

    with Heartbeat(beats, ledger.acquire("overdue", now=now), clock, interval_s=0.01) as beating:
        clock.sleep(60)
        beats.wait()
        after_a_term = beating.lost
        clock.sleep(1)
        after_more = beating.lost
        beats.failure = None
        beats.wait()
        after_success = beating.lost

    assert (after_a_term, after_more, after_success) == (False, True, False)
