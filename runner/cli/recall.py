"""`runner recall`: write into a campaign file that those whom an edition missed are to be called again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.cli.repository import Repository
    from runner.model.campaign import Again, Campaign, Missed
    from runner.ports import LedgerReader
    from runner.views.recalled_text import Recalled


def recall(
    path: Annotated[Path, typer.Argument(help="The campaign file, which is changed.", metavar="PATH")],
    *,
    edition: Annotated[
        str, typer.Option("--edition", help="The edition that calls again; nobody was called in it yet.")
    ],
    outcomes: Annotated[
        str,
        typer.Option(
            "--outcomes",
            help="Whom it calls: no_answer, busy, failed, voicemail, no_key; several with commas.",
            metavar="LIST",
        ),
    ],
    of: Annotated[
        str | None,
        typer.Option("--of", help="The edition that missed them; default: the file's.", show_default=False),
    ] = None,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew", help="Write it again where the file has it for this edition with other values."
        ),
    ] = False,
    format_: FormatOption = Format.TEXT,
) -> None:
    r"""Give a campaign an edition of those whom an earlier one missed, as call records confirm: a change to be reviewed.

    Writes `edition` and `\[again]` into the file; calls nobody and asks nobody. `runner collect` reads the call records.
    """
    from runner.cli.ledgers import reader_of  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.model.campaign import Again  # noqa: PLC0415
    from runner.preview.recalling import LINEAGE_DIGITS, earlier_edition  # noqa: PLC0415
    from runner.views.recalled_json import recalled_value  # noqa: PLC0415
    from runner.views.recalled_text import recalled_lines  # noqa: PLC0415

    repository = Repository.open([path])
    campaign = _campaign(repository, path)
    wanted = _outcomes(outcomes, campaign)
    of = of if of is not None else _of(campaign, edition)
    _check_editions(campaign, of=of, edition=edition)
    reader = reader_of(repository)
    earlier_edition(campaign, reader, of=of)
    assert reader is not None
    again = Again(
        of=of,
        outcomes=wanted,
        sequence=reader.head().sequence,
        lineage=reader.identity.lineage[:LINEAGE_DIGITS],
        people=0,
    )
    is_there = not renew and _is_there(repository, campaign, reader, edition=edition, again=again)
    recalled = _told(repository, campaign, reader, again)
    if not is_there:
        _write(path, campaign, recalled, edition=edition)
    repository.progress.close()
    warnings = list(_warnings(repository, campaign, reader, of=of, edition=edition))
    view = recalled_value if format_ is Format.JSON else recalled_lines
    shown = view(recalled, campaign=campaign, edition=edition, is_written=not is_there, warnings=warnings)
    print_json(shown) if isinstance(shown, dict) else print_lines(shown)


def _warnings(
    repository: "Repository", campaign: "Campaign", reader: "LedgerReader", *, of: str, edition: str
) -> "Iterator[str]":
    """Yield what an operator may not have thought of."""
    from runner.planning.timing import is_over  # noqa: PLC0415

    names = {campaign.name, *campaign.formerly}
    editions = [other for name, other in reader.editions() if name in names]
    for later in dict.fromkeys(editions[editions.index(of) + 1 :]):
        if later not in {of, edition}:
            yield (
                f"{later} was handed over after {of}: whom that reached is called again all the same; --of {later} "
                "recalls whom it missed"
            )
    if is_over(campaign, now=repository.clock.now()):
        yield "`[schedule] not_after` is past: the edition calls nobody until it is moved, in the same change"


def _campaign(repository: "Repository", path: Path) -> "Campaign":
    campaigns = repository.campaigns([path], need_audience=False)
    if len(campaigns) != 1 or not path.is_file():
        raise typer.BadParameter("it is one campaign file", param_hint="PATH")
    return campaigns[0]


def _of(campaign: "Campaign", edition: str) -> str:
    """Return the edition that is meant where none is said: the file's, or where that is the new one already, its `[again]`."""
    if campaign.edition == edition and campaign.again is not None:
        return campaign.again.of
    return campaign.edition


def _outcomes(text: str, campaign: "Campaign") -> "tuple[Missed, ...]":
    from runner.model.campaign import Missed  # noqa: PLC0415

    known = {one.value: one for one in Missed}
    names = [name.strip().replace("-", "_") for name in text.split(",") if name.strip()]
    if not names or any(name not in known for name in names):
        raise typer.BadParameter(f"one or more of {', '.join(known)}, with commas", param_hint="--outcomes")
    if "no_key" in names and not campaign.asks_for_key:
        message = "no_key says nothing: this campaign does nothing with keys"
        raise typer.BadParameter(message, param_hint="--outcomes")
    return tuple(one for one in Missed if one.value in names)


def _check_editions(campaign: "Campaign", *, of: str, edition: str) -> None:
    import re  # noqa: PLC0415

    from runner.config.schema import EDITION_PATTERN  # noqa: PLC0415

    if not re.fullmatch(EDITION_PATTERN, edition):
        message = "1 to 16 letters, digits, '.', '_' and '-', beginning with a letter or digit"
        raise typer.BadParameter(message, param_hint="--edition")
    if of == edition:
        message = f"{campaign.name} {of}: nobody is called twice in one edition; name another one"
        raise typer.BadParameter(message, param_hint="--edition")


def _told(
    repository: "Repository", campaign: "Campaign", reader: "LedgerReader", again: "Again"
) -> "Recalled":
    """Return *again* with its number of people, and what is to be said of them."""
    from collections import Counter  # noqa: PLC0415
    from dataclasses import replace  # noqa: PLC0415

    from runner.cli.previews import MEMORY  # noqa: PLC0415
    from runner.frames import REASON  # noqa: PLC0415
    from runner.preview.recalling import tell  # noqa: PLC0415
    from runner.sources.scratch import Scratch  # noqa: PLC0415
    from runner.views.recalled_text import Recalled  # noqa: PLC0415

    pinned = 0
    kinds: Counter[Missed] = Counter()
    said: Counter[str] = Counter()
    with Scratch(repository.settings.scratch, repository=repository.root, memory=MEMORY) as scratch:
        for told in tell(
            campaign,
            again,
            reader,
            scratch=scratch,
            prefix="recall",
            ranges=None,
            now=repository.clock.now(),
            progress=repository.progress,
        ):
            pinned += told.pinned
            kinds.update(told.kinds)
            said.update(dict(told.said.group_by(REASON).len().rows()))
    return Recalled(again=replace(again, people=pinned), kinds=kinds, said=said)


def _is_there(
    repository: "Repository",
    campaign: "Campaign",
    reader: "LedgerReader",
    *,
    edition: str,
    again: "Again",
) -> bool:
    """Tell whether the file has this edition with these people already.

    Raises:
        RefusedError: it, or the ledger, says something else of this edition; or an edition in the file would be lost.
    """
    from runner.errors import RefusedError  # noqa: PLC0415
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.planning.recalling import LATER, MOVED  # noqa: PLC0415

    def sent(name: str) -> bool:
        return bool(fold(reader.entries(campaigns=(campaign.name, *campaign.formerly), edition=name)).tasks)

    there = campaign.again
    if campaign.edition == edition and there is None:
        message = f"{campaign.name} is {edition} already, and that calls its whole audience"
        hint = "name an edition that nobody was called in"
        raise RefusedError(message, where=campaign.where("edition"), hint=hint, code="again-edition")
    if campaign.edition != edition and sent(edition):
        message = f"{campaign.name} was applied as {edition} before: who was called then is not called again"
        hint = "name an edition that nobody was called in"
        raise RefusedError(message, hint=hint, code="again-edition")
    if there is None or (campaign.edition != edition and sent(campaign.edition)):
        return False
    if campaign.edition == edition and (there.of, there.outcomes) == (again.of, again.outcomes):
        before = _told(repository, campaign, reader, there)
        if before.again == there and not before.said[LATER] and not before.said[MOVED]:
            return True
    message = (
        f"the file has {campaign.edition} already, for those of {there.of} with {', '.join(there.outcomes)} "
        f"as of {there.as_of}"
    )
    hint = "look at it; --renew writes over it"
    raise RefusedError(message, where=campaign.where("again"), hint=hint, code="again-there")


def _write(path: Path, campaign: "Campaign", recalled: "Recalled", *, edition: str) -> None:
    """Write edition and block into the file.

    Raises:
        RefusedError: nobody is to be called.
        InvalidError: the file cannot be changed.
    """
    from runner.config.document import read_document  # noqa: PLC0415
    from runner.config.rewrite import replace_file, with_again  # noqa: PLC0415
    from runner.errors import RefusedError  # noqa: PLC0415
    from runner.views.recalled_text import not_recalled_text  # noqa: PLC0415

    if not recalled.calls:
        message = f"nobody of {campaign.name} {recalled.again.of} is to be called again: {not_recalled_text(recalled)}"
        hint = "`runner collect` reads the vendor's call records: what was only pushed does not count"
        raise RefusedError(message, hint=hint, code="again-nobody")
    document = read_document(path.resolve(), shown=campaign.path)
    new = with_again(document, edition=edition, again=recalled.again)
    replace_file(path, old=document.lines.text, new=new, shown=campaign.path)
