"""`runner status`: what the ledger says of campaigns, doubts first."""

from typing import TYPE_CHECKING

from runner.cli.finished import Finished
from runner.cli.options import Format, FormatOption, Paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign
    from runner.ports import LedgerReader
    from runner.views.standing_text import CampaignStanding


def status(paths: Paths = None, *, format_: FormatOption = Format.TEXT) -> None:
    """Show what was handed over and what is in doubt, by the ledger. Asks nobody and changes nothing.

    Exit code 9 where people were taken back to be sent again, and were not yet.
    """
    from runner.cli.ledgers import halt_now, reader_of  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.errors import Exit  # noqa: PLC0415
    from runner.planning.history import Standing  # noqa: PLC0415
    from runner.views.halt_text import halt_lines, halt_value  # noqa: PLC0415
    from runner.views.standing_json import standing_value  # noqa: PLC0415
    from runner.views.standing_text import standing_lines  # noqa: PLC0415
    from runner.views.suppressed_text import suppressed_status  # noqa: PLC0415

    repository = Repository.open(paths)
    environment = repository.settings.environment
    reader = reader_of(repository)
    campaigns = readable_campaigns(repository, paths)
    found = list(standings(campaigns, reader, everything=not paths)) if reader is not None else []
    suppressed = reader.suppressed().height if reader is not None else 0
    halt = halt_now(repository, reader)
    if format_ is Format.JSON:
        value = standing_value(found, environment=environment, suppressed=suppressed)
        print_json({**value, "halt": halt_value(halt)})
    elif reader is None:
        nothing = f"{environment}: no ledger yet, so nothing was ever handed over from here"
        print_lines([*halt_lines(halt), nothing])
    else:
        lines = standing_lines(found, environment=environment, now=repository.clock.now())
        print_lines([*halt_lines(halt), *lines, *suppressed_status(suppressed)])
    if any(one.history.in_standing({Standing.CANCELLED}) for one in found):
        # Nothing calls these people until somebody applies again, which must not wait until somebody reads it.
        raise Finished(Exit.PARTIAL)


def readable_campaigns(repository: "Repository", paths: "Sequence[Path] | None") -> "tuple[Campaign, ...]":
    """Return the campaigns of *paths*; without paths, none where files are invalid: the ledger speaks all the same."""
    from runner.counts import plural  # noqa: PLC0415
    from runner.errors import InvalidError  # noqa: PLC0415

    try:
        return repository.campaigns(paths, need_audience=False)
    except InvalidError as error:
        if paths:
            raise
        problems = plural(len(error.problems), "problem")
        repository.progress.note(
            f"warning: {problems} in campaign files, see `runner validate`; this is the ledger alone"
        )
        return ()


def standings(
    campaigns: "Sequence[Campaign]", reader: "LedgerReader", *, everything: bool
) -> "Iterator[CampaignStanding]":
    """Yield the standing of each of *campaigns*; with *everything* also of what the ledger knows besides them."""
    known = {(name, one.edition): one for one in campaigns for name in (one.name, *one.formerly)}
    for campaign in campaigns:
        names = (campaign.name, *campaign.formerly)
        yield _standing(reader, names, campaign.edition)
    if everything:
        for name, edition in reader.editions():
            if (name, edition) not in known:
                yield _standing(reader, (name,), edition)


def _standing(reader: "LedgerReader", names: tuple[str, ...], edition: str) -> "CampaignStanding":
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.views.standing_text import CampaignStanding  # noqa: PLC0415

    history = fold(reader.entries(campaigns=names, edition=edition))
    return CampaignStanding(name=names[0], edition=edition, history=history, holder=reader.holder(names[0]))
