"""`runner suppress`: these people are called by nothing any more."""

from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.options import Format, FormatOption, checked_reason

if TYPE_CHECKING:
    from runner.cli.repository import Repository


def suppress(
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger.")],
    region: Annotated[
        str | None,
        typer.Option("--region", help="Two letters: how national numbers are read.", show_default=False),
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Let campaigns call them again instead.")] = False,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Read phone numbers from stdin, one a line; no campaign and no edition calls these people any more.

    An apply that is under way, on any machine, leaves them out of its next request. What is at the vendor already is
    listed, with what takes it back. Exit code 9 where `runner apply` has to do that.
    """
    import polars as pl  # noqa: PLC0415

    from runner.cli.finished import Finished  # noqa: PLC0415
    from runner.cli.ledgers import halt_now, key_of, reader_of, writer_of  # noqa: PLC0415
    from runner.cli.numbers import read_people  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.collect.holding import holding, is_to_be_applied  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.errors import Exit  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.views.suppressed_json import suppressed_value  # noqa: PLC0415
    from runner.views.suppressed_text import Recorded, suppressed_lines  # noqa: PLC0415

    reason = checked_reason(reason)
    repository = Repository.open(None)
    key = key_of(repository, reader_of(repository))
    people, former = read_people(region, subkey=key.key.subkey(Label.PERSON))
    key.keep(repository)
    ledger = writer_of(repository, key.key)
    now = repository.clock.now()
    new = ledger.suppress(people, reason=reason, by=this_process().person, now=now, lift=lift)
    # Read after the commit: whatever was begun before it is in here, and nothing is begun after it.
    held = () if lift else holding(ledger, pl.concat([people, former]), now=now)
    is_left = any(map(is_to_be_applied, held))
    recorded = Recorded(
        environment=repository.settings.environment,
        lifted=lift,
        asked=people.len(),
        new=new,
        suppressed=ledger.suppressed().height,
        held=held,
        in_files=_editions(repository) if is_left else frozenset(),
        halt=halt_now(repository, ledger) if is_left else None,
    )
    repository.progress.close()
    if format_ is Format.JSON:
        print_json(suppressed_value(recorded))
    else:
        print_lines(suppressed_lines(recorded))
    if is_left:
        raise Finished(Exit.PARTIAL)


def _editions(repository: "Repository") -> frozenset[tuple[str, str]]:
    """Return name and edition of every campaign that an apply would take up here, under its former names too."""
    from runner.cli.status import readable_campaigns  # noqa: PLC0415
    from runner.errors import ExpectationError  # noqa: PLC0415

    try:
        campaigns = readable_campaigns(repository, None)
    except ExpectationError:
        return frozenset()
    return frozenset((name, one.edition) for one in campaigns for name in (one.name, *one.formerly))
