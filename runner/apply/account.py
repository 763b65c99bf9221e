"""A ledger belongs to one vendor account: bound at its first apply, another one refused ever after."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from runner.apply.desk import Desk
from runner.apply.lookup import list_tasks
from runner.errors import CredentialsError
from runner.model.ledger_fact import Renamed
from runner.model.ledger_identity import LedgerIdentity
from runner.planning.history import SENT, TaskHistory, fold


class Bindable(Protocol):
    """As much of a `SqlLedger` as binding needs."""

    @property
    def place(self) -> str:
        """Return how messages name it."""
        ...

    @property
    def identity(self) -> LedgerIdentity:
        """Return what it belongs to."""
        ...

    def bind(self, account: str, *, seen: str | None, now: datetime) -> bool:
        """Append that it belongs to *account*, if it still belongs to *seen*; return whether it did."""
        ...


def bind(
    ledger: Bindable, account: str, *, now: datetime, is_same_account: Callable[[], bool]
) -> LedgerIdentity:
    """Return the identity of *ledger* once it belongs to *account*, which its first apply makes it.

    Args:
        ledger: to be applied with.
        account: of the vendor, as the adapter names it.
        now: aware.
        is_same_account: asked where the ledger belongs to another id: whether it is the same account under a new API
            key, that is, whether the newest accepted task is visible under it with its id.

    Raises:
        CredentialsError: the ledger belongs to another account.
    """
    while (bound := ledger.identity.account) != account:
        if bound is not None and not is_same_account():
            raise CredentialsError(
                f"the ledger {ledger.place} belongs to vendor account {bound}, these credentials are of {account}",
                hint="Use the credentials of that account, or another environment with a ledger of its own.",
                code="other-account",
            )
        ledger.bind(account, seen=bound, now=now)
    return ledger.identity


def note_former_names(desk: Desk) -> None:
    """Record the former names of the campaign, so that nobody goes on under them."""
    known = desk.ledger.renamed()
    for name in desk.campaign.formerly:
        if name not in known:
            desk.record(Renamed(name=desk.campaign.name, formerly=name))


def bind_account(desk: Desk) -> None:
    """Bind the ledger of *desk* to the vendor account at hand.

    A new API key of the same account passes where the newest task that the vendor took is listed under it with its id.

    Raises:
        CredentialsError: the ledger belongs to another account.
    """

    def is_same_account() -> bool:
        newest = _newest_taken(desk)
        if newest is None:
            return False
        listing = list_tasks(desk, newest.task.name)
        return any(seen.name == newest.task.name and seen.job_id == newest.job_id for seen in listing.tasks)

    bind(desk.ledger, desk.vendor.account, now=desk.clock.now(), is_same_account=is_same_account)


def _newest_taken(desk: Desk) -> TaskHistory | None:
    """Return the newest task of any campaign that the vendor took and gave an id."""
    taken = [
        task
        for campaign, edition in desk.ledger.editions()
        for task in fold(desk.ledger.entries(campaigns=(campaign,), edition=edition)).in_standing(SENT)
        if task.job_id is not None
    ]
    return max(taken, key=lambda task: task.block, default=None)
