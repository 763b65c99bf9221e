"""A campaign that was renamed: its identity goes with it, and nobody goes on under the old name."""

from runner.errors import LedgerError
from runner.model.campaign import Campaign
from runner.ports import LedgerReader


def names_of(campaign: Campaign) -> tuple[str, ...]:
    """Return the name of *campaign* and its former names, sorted: the order in which their leases are taken."""
    return tuple(sorted({campaign.name, *campaign.formerly}))


def check_not_renamed(campaign: Campaign, ledger: LedgerReader) -> None:
    """Refuse to go on under a name that was given up, as from an old checkout.

    Raises:
        LedgerError: by this ledger, *campaign* has another name now.
    """
    now = ledger.renamed().get(campaign.name)
    if now is not None:
        message = f"{campaign.name} was applied as {now}, which names it under `formerly`: it goes on under that name only"
        hint = "is this an old checkout? Calling under the old name would call people twice"
        raise LedgerError(message, where=campaign.where("name"), hint=hint, code="campaign-renamed")
