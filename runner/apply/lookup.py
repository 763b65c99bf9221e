"""Read the vendor's list: what it says about one of our tasks, and which tasks there are that we do not know."""

from collections.abc import Sequence
from datetime import timedelta

from runner.apply.desk import Desk
from runner.model.campaign import Campaign
from runner.model.task import Listing, SeenTask
from runner.planning.history import History
from runner.planning.names import is_ours, name_prefix
from runner.planning.sight import Failed, Fine, Missing, Odd, Sight, Submitting, sight_of

__all__ = [
    "AHEAD",
    "BACK",
    "Failed",
    "Fine",
    "Missing",
    "Odd",
    "Sight",
    "Submitting",
    "list_tasks",
    "prefixes",
    "sight_of",
    "strangers",
]

BACK = timedelta(days=62)
"""How far the vendor's list is read: longer than it keeps call records, design section 8."""

AHEAD = timedelta(days=2)
"""The list is asked for times past now, since neither clocks nor zones can be trusted."""


def list_tasks(desk: Desk, prefix: str) -> Listing:
    """Return the vendor's tasks whose name begins with *prefix*."""
    now = desk.clock.now()
    return desk.vendor.tasks(prefix=prefix, since=now - BACK, until=now + AHEAD)


def strangers(campaign: Campaign, history: History, listings: Sequence[Listing]) -> tuple[SeenTask, ...]:
    """Return the listed tasks that bear our form of name, under this or a former name, but are not in *history*."""
    known = history.names
    names = (campaign.name, *campaign.formerly)
    return tuple(
        seen
        for listing in listings
        for seen in listing.tasks
        if seen.name not in known and any(is_ours(seen.name, name, campaign.edition) for name in names)
    )


def prefixes(campaign: Campaign) -> tuple[str, ...]:
    """Return the beginnings of all task names of *campaign* and its edition."""
    return tuple(name_prefix(name, campaign.edition) for name in (campaign.name, *campaign.formerly))
