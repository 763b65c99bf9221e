"""`runner who`: was this person called?"""

from typing import Annotated

import typer


def who(
    *,
    region: Annotated[
        str | None,
        typer.Option("--region", help="Two letters: how a national number is read.", show_default=False),
    ] = None,
) -> None:
    """Read a phone number from stdin and say, by the ledger, in which campaigns that person is and what became of it.

    The number is never an argument, since those are kept in histories and shown in lists of processes.
    """
    from runner.cli.asking import ask  # noqa: PLC0415

    ask(region)
