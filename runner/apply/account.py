"""A ledger belongs to one vendor account: bound at its first apply, another one refused ever after."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from runner.apply.desk import Desk
from runner.errors import CredentialsError
from runner.model.ledger import LedgerIdentity
from runner.model.task import Listing
from runner.planning.history import SENT


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


def bind_account(desk: Desk, listing: Listing) -> None:
    """Bind the ledger of *desk* to the vendor account that *listing* was read from.

    A new API key of the same account passes where the newest task that the vendor took is listed under it with its id.

    Raises:
        CredentialsError: the ledger belongs to another account.
    """

    def is_same_account() -> bool:
        taken = [task for task in desk.history().in_standing(SENT) if task.job_id is not None]
        return bool(taken) and any(
            seen.name == taken[-1].task.name and seen.job_id == taken[-1].job_id for seen in listing.tasks
        )

    bind(desk.ledger, desk.vendor.account, now=desk.clock.now(), is_same_account=is_same_account)
