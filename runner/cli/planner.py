"""Planning inside an apply."""

from collections.abc import Mapping, Sequence

from runner.cli.previews import Bench
from runner.model.campaign import Campaign
from runner.planning.saved import ReviewedCampaign, SavedPlan
from runner.ports import Ledger
from runner.preview.prepared import Preview


class Planner:
    """Plans for an apply. Before the first ledger is made it plans once, so that bad input leaves no ledger behind.

    That plan is used again once the ledger is made and the leases are held, if nothing was handed over in between.
    """

    def __init__(self, bench: Bench, campaigns: Sequence[Campaign], saved: SavedPlan | None) -> None:
        self._bench = bench
        self._reviewed = saved is not None
        self._first: Preview | None = None
        if bench.reader is None:
            ordered = sorted(campaigns, key=lambda campaign: campaign.name)
            if saved is None:
                self._first = bench.preview(ordered, ledger=None)
            else:
                found = [(one, saved.campaign(one.name, one.edition)) for one in ordered]
                # What was not reviewed is refused by the apply itself, which tells why.
                reviewed = {one.name: its for one, its in found if its is not None}
                known = [one for one, its in found if its is not None]
                self._first = bench.preview(known, ledger=None, reviewed=reviewed)

    def plan(
        self, campaigns: Sequence[Campaign], reviewed: Mapping[str, ReviewedCampaign], ledger: Ledger
    ) -> Preview:
        """Return the preview of *campaigns* against *ledger*."""
        if self._first is not None and self._is_still_good(campaigns, ledger):
            return self._first
        return self._bench.preview(campaigns, ledger=ledger, reviewed=reviewed if self._reviewed else None)

    def _is_still_good(self, campaigns: Sequence[Campaign], ledger: Ledger) -> bool:
        first = [one.campaign for one in self._first.prepared] if self._first is not None else []
        if first != list(campaigns):
            return False
        return not any(
            ledger.entries(campaigns=(campaign.name, *campaign.formerly), edition=campaign.edition)
            for campaign in campaigns
        )
