"""`runner who`: was this person called?"""

from pathlib import Path
from typing import Annotated

import typer


def who(
    *,
    region: Annotated[
        str | None,
        typer.Option("--region", help="Two letters: how a national number is read.", show_default=False),
    ] = None,
    words: Annotated[
        bool,
        typer.Option(
            "--words",
            help="Also print what the person heard and got, rendered again from the commit: at a terminal only.",
        ),
    ] = False,
    audience: Annotated[
        Path | None,
        typer.Option(
            "--audience",
            help="With --words: the audience as it was when it was applied.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Read a phone number from stdin and say, by the ledger, in which campaigns that person is and what became of it.

    The number is never an argument, since those are kept in histories and shown in lists of processes.
    """
    if words != (audience is not None):
        raise typer.BadParameter("--words and --audience FILE go together")
    if audience is not None:
        from runner.cli.words import tell_words  # noqa: PLC0415

        tell_words(region, audience)
        return
    from runner.cli.asking import ask  # noqa: PLC0415

    ask(region)
