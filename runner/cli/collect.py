"""`runner collect`: what became of the calls, from pushes, the vendor's list and its records."""

from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.finished import Finished
from runner.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from runner.collect.run import Collected
    from runner.errors import Exit


def collect(
    *,
    records: Annotated[
        bool, typer.Option("--records/--no-records", help="Read the vendor's call records, 100 a request.")
    ] = True,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Fold what was pushed into the ledger, look tasks up, read call records, and settle doubts by them.

    Sends nothing, and may run beside an apply. While calls are made run it every few minutes with --no-records; with records
    at least daily for two months, after which the vendor forgets them.
    """
    from runner.cli.ledgers import index_people, key_of, ledger_and_inbox, reader_of  # noqa: PLC0415
    from runner.cli.output import print_json, print_lines, say  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.collect.run import Tools, collect  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.errors import worst  # noqa: PLC0415
    from runner.views.collected_json import collected_value  # noqa: PLC0415
    from runner.views.collected_text import collected_lines  # noqa: PLC0415
    from runner.views.problems import problem_lines  # noqa: PLC0415

    repository = Repository.open(None)
    settings, environment = repository.settings, repository.settings.environment
    reader = reader_of(repository)
    if reader is None:
        print_lines([f"{environment}: no ledger yet, so nobody was called from here"])
        return
    key = key_of(repository, reader).key
    with ledger_and_inbox(repository, key) as (ledger, inbox):
        tools = Tools(
            ledger=ledger,
            vendor=vendor_of(repository),
            inbox=inbox,
            clock=repository.clock,
            progress=repository.progress,
            subkey=key.subkey(Label.PERSON),
            with_records=records,
            keep_days=settings.outcome_days,
        )
        collected = collect(tools)
        index_people(ledger, note=repository.progress.note)
    repository.progress.close()
    if collected.unavailable is not None:
        say("\n".join(problem_lines(collected.unavailable.problems)).rstrip("\n"))
    if format_ is Format.JSON:
        print_json({"environment": environment, **collected_value(collected)})
    else:
        print_lines(collected_lines(collected))
    code = worst(_exits(collected))
    if code:
        raise Finished(code)


def _exits(collected: "Collected") -> "list[Exit]":
    from runner.errors import Exit  # noqa: PLC0415

    return [
        *([Exit.UNAVAILABLE] if collected.unavailable is not None else []),
        *([Exit.IN_DOUBT] if collected.in_doubt else []),
    ]
