"""A lease that the kernel enforces: the process ends with it while a request is under way.

A check before a request leaves a gap between the check and the write, in which the process can be stopped for as long as
somebody likes. A timer whose signal kills by default has no such gap: it runs on while the process is stopped, and the
signal is delivered before the next instruction.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from runner.ledger.heartbeat import Heartbeat
from runner.model.lease import Lease
from runner.ports import Clock, Ledger

_LEAST_S = 0.001
"""Zero would disarm the timer."""


class Watchdog:
    """Holds the lease of one campaign; satisfies `runner.ports.Held`. Enter `beating` first."""

    def __init__(self, ledger: Ledger, lease: Lease, clock: Clock) -> None:
        self._heart = Heartbeat(ledger, lease, clock, on_renewal=self._rearm)
        self._armed = False

    @property
    def lease(self) -> Lease:
        """Return the lease as last renewed."""
        return self._heart.lease

    def is_held(self) -> bool:
        """Tell whether the lease is still ours and its term not over."""
        return not self._heart.lost

    @contextmanager
    def beating(self) -> Iterator["Watchdog"]:
        """Renew the lease in the background."""
        with self._heart:
            yield self

    @contextmanager
    def guarded(self) -> Iterator[bool]:
        """Arm the timer, then read lease and epoch once more, and yield whether they are ours. In this order."""
        before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._armed = True
        self._rearm()
        try:
            yield self._heart.renew()
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _rearm(self) -> None:
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, max(_LEAST_S, self._heart.left_s))
