"""Taking a campaign, also from a holder of whom nothing can be seen but whether it renews its lease.

Where the database has no clock that all share, silence is measured by our own: a lease that did not change during a full
term of watching was not renewed for a full term, whatever the clocks of two machines say.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from runner.errors import LedgerError
from runner.ledger.lease import HELD
from runner.ledger.owner import described, is_running
from runner.model.lease import Lease, Owner
from runner.ports import Clock

_LOOK_EVERY_S = 1.0


class Taking(Protocol):
    """As much of a ledger as taking a campaign needs."""

    @property
    def has_clock(self) -> bool:
        """Return whether the database's own clock tells how long a lease was not renewed."""
        ...

    def acquire(self, campaign: str, *, now: datetime, unheard: Lease | None = None) -> Lease:
        """Take the lease; see `runner.ledger.store.SqlLedger`."""
        ...

    def holder(self, campaign: str) -> Lease | None:
        """Return who holds *campaign*; None where nobody does."""
        ...


def acquire(
    ledger: Taking,
    campaign: str,
    clock: Clock,
    *,
    note: Callable[[str], None],
    is_running: Callable[[Owner], bool] = is_running,
) -> Lease:
    """Take the lease of *campaign* for this process, watching a holder that cannot be seen for up to a full term.

    A holder that certainly runs, or whose silence the database itself can measure, is not watched: the answer is at once.

    Args:
        ledger: where.
        campaign: its name.
        clock: for the time that is written, and for the seconds of watching.
        note: is told, once, whom and how long we watch.
        is_running: whether another owner certainly runs.

    Raises:
        LedgerError: somebody holds it, and is not provably gone or silent; the message says who and what to do.
    """
    try:
        return ledger.acquire(campaign, now=clock.now())
    except LedgerError as error:
        if error.problems[0].code != HELD or ledger.has_clock:
            raise
        seen = ledger.holder(campaign)
        if seen is not None and is_running(seen.owner):
            raise
    if seen is None:
        return ledger.acquire(campaign, now=clock.now())
    note(
        f"campaign {campaign} is held by {described(seen.owner)}, which cannot be seen at work from here: "
        f"watching for up to {seen.term_s} s for a sign of life"
    )
    silent = _is_silent(ledger, seen, clock)
    return ledger.acquire(campaign, now=clock.now(), unheard=seen if silent else None)


def _is_silent(ledger: Taking, seen: Lease, clock: Clock) -> bool:
    """Return whether *seen* stays exactly as it is for a full term; False as soon as it changes."""
    watched_s, looked_s = 0.0, clock.elapsed_s()
    while watched_s <= seen.term_s:
        clock.sleep(_LOOK_EVERY_S)
        now_s = clock.elapsed_s()
        # Time in which this machine was suspended does not count: the holder may have been suspended with it.
        watched_s += min(now_s - looked_s, 2 * _LOOK_EVERY_S)
        looked_s = now_s
        if ledger.holder(seen.campaign) != seen:
            return False
    return True
