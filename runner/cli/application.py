"""The command line as Typer knows it: the commands, their options and their help."""

from typing import Annotated

import typer

from runner.cli import commands

EXIT_CODES = (
    "Exit codes: 0 done, 2 there are people to call (only with --detailed-exitcode), 3 files invalid, 4 credentials, "
    "5 vendor unavailable, 6 refused by a limit or not acknowledged, 7 the reviewed plan no longer matches, 8 ledger, "
    "9 applied in part, 10 outcomes unknown, 11 an expectation failed, 64 wrong usage, 130 interrupted, 1 a bug."
)

app = typer.Typer(
    name="runner",
    help="Campaign-as-config for outbound voice calls: validate, plan, review, apply once.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands.register(app)


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        from runner import __version__  # noqa: PLC0415

        typer.echo(f"runner {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            is_eager=True,
            callback=lambda value: _print_version(is_asked=value),
        ),
    ] = False,
) -> None:
    """Let every command have these options."""
