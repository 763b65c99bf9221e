"""`runner status`: what the ledger says of campaigns, doubts first."""

from typing import TYPE_CHECKING

from runner.cli.options import Format, FormatOption, Paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runner.model.campaign import Campaign
    from runner.ports import LedgerReader
    from runner.views.standing_text import CampaignStanding


def status(paths: Paths = None, *, format_: FormatOption = Format.TEXT) -> None:
    """Show what was handed over and what is in doubt, by the ledger. Asks nobody and changes nothing."""
    from runner.cli.ledgers import reader_of  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.views.standing_json import standing_value  # noqa: PLC0415
    from runner.views.standing_text import standing_lines  # noqa: PLC0415

    repository = Repository.open(paths)
    environment = repository.settings.environment
    campaigns = repository.campaigns(paths, need_audience=False)
    reader = reader_of(repository)
    standings = list(_standings(campaigns, reader)) if reader is not None else []
    if format_ is Format.JSON:
        print_json(standing_value(standings, environment=environment))
    elif reader is None:
        print_lines([f"{environment}: no ledger yet, so nothing was ever handed over from here"])
    else:
        print_lines(standing_lines(standings, environment=environment, now=repository.clock.now()))


def _standings(campaigns: "Sequence[Campaign]", reader: "LedgerReader") -> "Iterator[CampaignStanding]":
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.views.standing_text import CampaignStanding  # noqa: PLC0415

    for campaign in campaigns:
        entries = reader.entries(campaigns=(campaign.name, *campaign.formerly), edition=campaign.edition)
        yield CampaignStanding(
            name=campaign.name,
            edition=campaign.edition,
            history=fold(entries),
            holder=reader.holder(campaign.name),
        )
