"""`runner who`: was this person called?"""

from typing import Annotated

import typer

MOST_CHARACTERS = 64


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
    import sys  # noqa: PLC0415

    from runner.audience.library import ask  # noqa: PLC0415
    from runner.cli.ledgers import key_of, reader_of, receipts_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.collect.person import handed, keys_of  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415
    from runner.errors import InvalidError, Problem  # noqa: PLC0415
    from runner.views.person_text import masked, person_lines  # noqa: PLC0415

    if sys.stdin.isatty():
        typer.echo("number: ", err=True, nl=False)
    asked = ask(sys.stdin.readline(MOST_CHARACTERS).strip(), home=region.upper() if region else None)
    number = asked.number
    if number is None:
        hint = "write it with + and the country's code, or say --region"
        message = "what was read from stdin is no phone number"
        raise InvalidError([Problem(code="not-a-number", message=message, hint=hint)])
    repository = Repository.open(None)
    reader = reader_of(repository)
    if reader is None:
        print_lines(
            [f"{masked(number)}: {repository.settings.environment} has no ledger, so nobody was called"]
        )
        return
    key = key_of(repository, reader).key
    keys = keys_of(number, asked.country, subkey=key.subkey(Label.PERSON))
    print_lines(person_lines(number, handed(reader, receipts_of(repository).all(), keys)))
