"""What an apply, and whoever takes a campaign back, begins with: the leases, what the vendor has, and what was left open."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Protocol

from runner.apply.account import bind_account, note_former_names
from runner.apply.boundary import AtBoundary, Boundary
from runner.apply.cancel import go_on_cancelling
from runner.apply.desk import Desk
from runner.apply.reconcile import reconcile
from runner.apply.settle import settle_all
from runner.apply.withdraw import go_on_withdrawing
from runner.errors import CredentialsError, UnavailableError
from runner.model.campaign import Campaign
from runner.model.halt import Halt
from runner.planning.renaming import check_not_renamed, names_of
from runner.ports import Clock, Held, Ledger, Progress, Vendor

SYSTEMIC = (CredentialsError, UnavailableError)
"""What concerns the account or the line: no other campaign would fare better."""


class Opens(Protocol):
    """As much of a command's tools as is needed here; see `runner.apply.run.Tools`."""

    @property
    def ledger(self) -> Ledger:
        """Return the ledger."""
        ...

    @property
    def vendor(self) -> Vendor:
        """Return the vendor."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def progress(self) -> Progress:
        """Return where it is said how far this is."""
        ...

    @property
    def hold(self) -> Callable[[str], AbstractContextManager[Held]]:
        """Return what takes a campaign's lease and keeps it renewed."""
        ...

    @property
    def settle_time(self) -> timedelta:
        """Return how long a lost answer is looked up."""
        ...

    @property
    def stopping(self) -> Callable[[], bool]:
        """Return what tells whether the operator asked to stop."""
        ...

    @property
    def at(self) -> AtBoundary:
        """Return what is called at each boundary."""
        ...

    @property
    def halt_file(self) -> Callable[[], Halt | None]:
        """Return what reads the file that stops everything."""
        ...


def desk_of(tools: Opens, campaign: Campaign, leases: ExitStack) -> Desk:
    """Return the desk of *campaign*, with the leases of all its names taken until *leases* ends.

    Raises:
        LedgerError: somebody else holds one of them, or the campaign has another name now.
    """
    holds = {name: leases.enter_context(tools.hold(name)) for name in names_of(campaign)}
    held = holds[campaign.name]
    tools.at(Boundary.LEASE_TAKEN)
    check_not_renamed(campaign, tools.ledger)
    return Desk(
        campaign=campaign,
        ledger=tools.ledger,
        vendor=tools.vendor,
        clock=tools.clock,
        progress=tools.progress,
        lease=lambda: held.lease,
        holds_lease=lambda: all(one.is_held() for one in holds.values()),
        guarded=held.guarded,
        settle_time=tools.settle_time,
        at=tools.at,
        stopping=tools.stopping,
        halt_file=tools.halt_file,
    )


def settle_open(desk: Desk) -> None:
    """Compare the ledger with what the vendor lists, and settle what earlier commands left open.

    Raises:
        LedgerError: the vendor has a task that the ledger does not know.
        CredentialsError: the ledger belongs to another account.
        UnavailableError: the vendor did not answer.
    """
    desk.progress.note(f"{desk.campaign.name}: asking the vendor for its tasks")
    listing = reconcile(desk)
    bind_account(desk)
    note_former_names(desk)
    desk.at(Boundary.RECONCILED)
    settle_all(desk, listing)
    go_on_cancelling(desk, listing)
    go_on_withdrawing(desk)
