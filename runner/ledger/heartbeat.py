"""A thread that keeps a lease alive while the process works, and knows when it no longer is."""

import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from runner.errors import LedgerError
from runner.ledger.lease import LOST
from runner.model.lease import Lease
from runner.ports import Clock

_RENEWALS_PER_TERM = 3


class Renewing(Protocol):
    """As much of a `runner.ports.Ledger` as a heartbeat needs."""

    def renew(self, lease: Lease, *, now: datetime) -> Lease:
        """Return the lease, renewed; raise `LedgerError` where it was taken over or the database failed."""
        ...


class Heartbeat:
    """Renews *lease* three times a term between entering and leaving; use it with ``with``.

    A renewal that fails because the database does (busy, a full disk) is tried again at the next beat: what counts is
    that the term has not passed since the last one that succeeded.

    Args:
        ledger: where the lease was taken; used from a second thread.
        lease: as taken.
        clock: for the time that is written, and for the seconds since the last renewal, suspend included.
        interval_s: between two renewals; a third of the term by default.
        on_renewal: called after each renewal, in the thread that renewed.
    """

    def __init__(
        self,
        ledger: Renewing,
        lease: Lease,
        clock: Clock,
        *,
        interval_s: float | None = None,
        on_renewal: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._lease = lease
        self._clock = clock
        self._interval_s = interval_s or lease.term_s / _RENEWALS_PER_TERM
        self._renewed_s = clock.elapsed_s()
        self._on_renewal = on_renewal
        self._taken_over = False
        self._beating = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease of {lease.campaign}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Return whether the lease was taken over, or may have been: its term has passed without renewal."""
        return self._taken_over or self.left_s < 0

    @property
    def lease(self) -> Lease:
        """Return the lease as last renewed."""
        return self._lease

    @property
    def left_s(self) -> float:
        """Return for how many seconds the lease still runs without another renewal; negative when it is over."""
        return self._lease.term_s - (self._clock.elapsed_s() - self._renewed_s)

    def renew(self) -> bool:
        """Read lease and epoch from the ledger, renew them, and tell whether the lease is ours."""
        with self._beating:
            asked_s = self._clock.elapsed_s()
            try:
                self._lease = self._ledger.renew(self._lease, now=self._clock.now())
            except LedgerError as error:
                self._taken_over = error.problems[0].code == LOST
                return False
            self._renewed_s = asked_s
        self._on_renewal()
        return True

    def _beat(self) -> None:
        while not self._taken_over and not self._stop.wait(self._interval_s):
            self.renew()
