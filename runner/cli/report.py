"""`runner report`: what became of the calls, by the ledger's outcomes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import Paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from runner.cli.repository import Repository
    from runner.digest.keys import LedgerKey
    from runner.model.campaign import Campaign
    from runner.planning.history import History
    from runner.ports import LedgerReader
    from runner.report.figures import Expected, Figures

    Wanted = tuple[tuple[str, ...], str, Campaign | None]


Span = tuple[datetime | None, datetime | None]


class ReportFormat(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


def report(
    paths: Paths = None,
    *,
    edition: Annotated[
        list[str] | None,
        typer.Option(
            "--edition",
            help="Show this edition instead of the campaign file's; several are compared.",
            metavar="EDITION",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", help="Only calls from then on, ISO 8601; UTC without an offset.", show_default=False
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="Only calls before then, ISO 8601; UTC without an offset.", show_default=False
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            help="Also write every call, people by pseudonym, to this new .csv or .parquet file.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    numbers: Annotated[
        bool,
        typer.Option(
            "--numbers",
            help="Join the numbers of people into the export, out of the audience; its file lies outside of git.",
        ),
    ] = False,
    audience: Annotated[
        Path | None,
        typer.Option(
            "--audience",
            help="With --numbers: this file instead of the audience that the campaign names.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="How the result is written to stdout.")
    ] = ReportFormat.TEXT,
) -> None:
    """Show what became of the calls, as far as `runner collect` has learned it. Asks nobody and changes nothing."""
    from runner.cli.export import check_place  # noqa: PLC0415
    from runner.cli.ledgers import reader_of  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.status import readable_campaigns  # noqa: PLC0415

    if (numbers and export is None) or (audience is not None and not numbers):
        raise typer.BadParameter("--audience goes with --numbers, and --numbers with --export FILE")
    if export is not None:
        check_place(export, with_numbers=numbers)
    span = (_moment(since, "--since"), _moment(until, "--until"))
    repository = Repository.open(paths)
    environment = repository.settings.environment
    reader = reader_of(repository)
    campaigns = readable_campaigns(repository, paths)
    wanted = [] if reader is None else list(_wanted(campaigns, reader, edition, everything=not paths))
    found = [] if reader is None else [*_reports(reader, wanted, span)]
    if export is not None and reader is not None:
        _export(export, repository, reader, wanted, join=_Join(audience) if numbers else None)
    match format_:
        case ReportFormat.JSON:
            from runner.views.report_json import report_value  # noqa: PLC0415

            print_json(report_value(found, environment=environment))
        case ReportFormat.HTML:
            from runner.views.report_html import report_html  # noqa: PLC0415

            print_lines([report_html(found, environment=environment)])
        case ReportFormat.MARKDOWN:
            from runner.views.report_text import report_markdown  # noqa: PLC0415

            print_lines(report_markdown(found, environment=environment))
        case ReportFormat.TEXT:
            from runner.views.report_text import report_lines  # noqa: PLC0415

            print_lines(report_lines(found, environment=environment))


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = "a date or time in ISO 8601, such as 2026-11-25 or 2026-11-25T09:00:00+05:30"
        raise typer.BadParameter(message, param_hint=option) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _wanted(
    campaigns: "Sequence[Campaign]",
    reader: "LedgerReader",
    editions: "Sequence[str] | None",
    *,
    everything: bool,
) -> "Iterator[Wanted]":
    """Yield names, edition and campaign of what is asked for; with *everything* also of campaigns without a file."""
    known = set()
    for one in campaigns:
        names = (one.name, *one.formerly)
        for edition in editions or (one.edition,):
            known |= {(name, edition) for name in names}
            yield names, edition, one
    for name, edition in reader.editions() if everything else ():
        if (name, edition) not in known and (not editions or edition in editions):
            yield (name,), edition, None


def _reports(reader: "LedgerReader", wanted: "Sequence[Wanted]", span: Span) -> "Iterator[Figures]":
    for names, edition, campaign in wanted:
        figures = figures_of(reader, names=names, edition=edition, campaign=campaign, span=span)
        if figures is not None:
            yield figures


@dataclass(frozen=True, slots=True)
class _Join:
    """That numbers are joined into an export: out of *audience*, or out of what each campaign names."""

    audience: Path | None


def _export(
    path: Path,
    repository: "Repository",
    reader: "LedgerReader",
    wanted: "Sequence[Wanted]",
    *,
    join: _Join | None,
) -> None:
    import polars as pl  # noqa: PLC0415

    from runner.cli.export import write_table  # noqa: PLC0415
    from runner.cli.ledgers import key_of  # noqa: PLC0415
    from runner.counts import people, plural  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.report.export import exported  # noqa: PLC0415

    if join is not None and join.audience is not None and len({names for names, _, _ in wanted}) > 1:
        raise typer.BadParameter("--audience is of one campaign: name its file")
    key = key_of(repository, reader).key
    subkey = key.subkey(Label.PSEUDONYM)
    tables = []
    for names, edition, campaign in wanted:
        outcomes = outcomes_of(reader, fold(reader.entries(campaigns=names, edition=edition)))
        numbers = (
            None
            if join is None
            else _numbers(repository, join, campaign=campaign, outcomes=outcomes, key=key)
        )
        tables.append(exported(outcomes, campaign=names[0], edition=edition, subkey=subkey, numbers=numbers))
    if not tables:
        return
    table = pl.concat(tables)
    write_table(path, table)
    repository.progress.note(f"{plural(table.height, 'call')} written to {path}")
    if join is not None:
        missing = table.filter(pl.col("number").is_null())["person"].n_unique()
        repository.progress.note(
            "it holds numbers of people: delete it when it is not needed any more. Without their number, for they are not in "
            f"the audience as it is now: {people(missing)}"
        )


def _numbers(
    repository: "Repository",
    join: _Join,
    *,
    campaign: "Campaign | None",
    outcomes: "pl.DataFrame",
    key: "LedgerKey",
) -> "pl.DataFrame":
    """Return PERSON and NUMBER of the people of *outcomes* who are in the audience; nobody where there is none."""
    import polars as pl  # noqa: PLC0415

    from runner.frames import NUMBER, PERSON  # noqa: PLC0415
    from runner.preview.joined import numbers_of  # noqa: PLC0415
    from runner.preview.places import audience_place  # noqa: PLC0415

    path = join.audience or (campaign.audience.file if campaign is not None else None)
    if campaign is None or path is None:
        return pl.DataFrame(schema={PERSON: pl.UInt128, NUMBER: pl.String})
    return numbers_of(
        campaign,
        path.resolve(),
        outcomes[PERSON],
        shown=str(join.audience) if join.audience is not None else audience_place(campaign),
        key=key,
        allow_fiction=repository.settings.environment != "production",
    )


def outcomes_of(reader: "LedgerReader", history: "History") -> "pl.DataFrame":
    """Return *outcomes* of `runner.frames` of all tasks of *history*."""
    from runner.frames import OUTCOME_SCHEMA  # noqa: PLC0415

    sequences = [sequence for task in history.tasks for sequence in task.outcomes]
    return reader.outcomes(sequences).select(*OUTCOME_SCHEMA)


def figures_of(
    reader: "LedgerReader",
    *,
    names: tuple[str, ...],
    edition: str,
    campaign: "Campaign | None",
    span: Span,
) -> "Figures | None":
    """Return the figures of one edition by the ledger; None where nothing was handed over for it."""
    from runner.planning.history import fold  # noqa: PLC0415
    from runner.report.tally import figures  # noqa: PLC0415

    history = fold(reader.entries(campaigns=names, edition=edition))
    if not history.tasks:
        return None
    return figures(
        outcomes_of(reader, history),
        _expected(history, campaign),
        campaign=names[0],
        edition=edition,
        since=span[0],
        until=span[1],
    )


def _expected(history: "History", campaign: "Campaign | None") -> "Expected":
    """Return what the ledger and, as far as it still says the same, the campaign file tell besides outcomes."""
    from runner.model.campaign import AudioVoice  # noqa: PLC0415
    from runner.planning.history import FREED, SENT, Standing  # noqa: PLC0415
    from runner.planning.rounds import rounds_of  # noqa: PLC0415
    from runner.report.figures import Expected  # noqa: PLC0415

    # People who are new again, and those sent again in another task, are planned once at most.
    planned = (t for t in history.tasks if t.standing not in FREED | {Standing.REPLACED})
    people = sum(task.sending.people for task in history.in_standing(SENT))
    intended = sum(task.sending.people for task in planned)
    recalls = rounds_of(history)
    if campaign is None:
        return Expected(planned=intended, accepted=people, recalls=recalls)
    voice = campaign.voice
    return Expected(
        planned=intended,
        accepted=people,
        listening_s=voice.duration_s * campaign.loops if isinstance(voice, AudioVoice) else None,
        triggers=campaign.sms.triggers if campaign.sms is not None else None,
        timezone=campaign.schedule.timezone if campaign.schedule is not None else "UTC",
        recalls=recalls,
    )
