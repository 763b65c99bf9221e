"""Before anything is sent: does the ledger know every task that the vendor has of this campaign and edition?

A ledger that is lost, old, a copy, or under another key cannot; receipts alone would not show it, as on a CI machine
that starts fresh.
"""

from runner.apply.desk import Desk
from runner.apply.lookup import list_tasks, prefixes, strangers
from runner.counts import people, plural
from runner.errors import LedgerError, UnavailableError
from runner.model.task import Listing


def reconcile(desk: Desk) -> Listing:
    """Return all listed tasks of the campaign and edition, after making sure that the ledger knows each of them.

    Raises:
        LedgerError: the vendor has a task that the ledger does not know.
        UnavailableError: the vendor did not answer, or its list could not be read whole.
    """
    listings = [list_tasks(desk, prefix) for prefix in prefixes(desk.campaign)]
    unknown = strangers(desk.campaign, desk.history(), listings)
    if unknown:
        number = sum(seen.people for seen in unknown)
        message = (
            f"{desk.campaign.name}: the vendor has {plural(len(unknown), 'task')} of edition {desk.campaign.edition} "
            f"with {people(number)} that this ledger does not know, such as {unknown[0].name}"
        )
        hint = (
            "the right ledger is lost, or this one is older than the last apply, a copy, or under another key: find the "
            "right one, for calling now would call people twice. Where it is lost for good, "
            f"`runner ledger rebuild --replace {desk.ledger.identity.lineage[:8]}` makes a new one (docs/ledger.md)"
        )
        raise LedgerError(message, hint=hint, code="unknown-task")
    if not all(listing.complete for listing in listings):
        message = f"{desk.campaign.name}: the vendor's list of tasks changed while it was read"
        raise UnavailableError(message, hint="nothing was sent; try again", code="list-incomplete")
    return Listing(
        tasks=tuple(task for listing in listings for task in listing.tasks),
        complete=True,
        server_time=listings[0].server_time,
    )
