"""`runner forget`: erase what is known of people, and keep what prevents another call."""

from typing import Annotated

import typer

from runner.cli.options import Format, FormatOption, checked_reason


def forget(
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger.")],
    region: Annotated[
        str | None,
        typer.Option("--region", help="Two letters: how national numbers are read.", show_default=False),
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Read phone numbers from stdin, one a line, and erase what became of calls to these people, for good.

    That they were called stays, as keyed hashes: no edition that has called them calls them again, and caps count them.
    """
    from runner.cli.ledgers import key_of, ledger_and_inbox, reader_of  # noqa: PLC0415
    from runner.cli.numbers import read_people  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.collect.forget import Tools  # noqa: PLC0415
    from runner.collect.forget import forget as forget_people  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.laaffic.reports import read_pushes  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415
    from runner.views.forgotten_json import forgotten_value  # noqa: PLC0415
    from runner.views.forgotten_text import forgotten_lines  # noqa: PLC0415

    reason = checked_reason(reason)
    repository = Repository.open(None)
    environment = repository.settings.environment
    reader = reader_of(repository)
    key = key_of(repository, reader).key
    subkey = key.subkey(Label.PERSON)
    people, former = read_people(region, subkey=subkey)
    if reader is None:
        print_lines([f"{environment}: no ledger yet, so nothing is known of anybody"])
        return
    with ledger_and_inbox(repository, key) as (ledger, inbox):
        tools = Tools(
            ledger=ledger,
            inbox=inbox,
            clock=repository.clock,
            read_pushes=read_pushes,
            subkey=subkey,
        )
        forgot = forget_people(tools, people, former, reason=reason, by=this_process().person)
    repository.progress.close()
    if format_ is Format.JSON:
        print_json(forgotten_value(forgot, environment=environment))
    else:
        print_lines(forgotten_lines(forgot, environment=environment))
