"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Campaign files or folders. Without any: every campaign of the root you stand in.",
        metavar="PATH",
        show_default=False,
    ),
]


class Format(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written to stdout.")]

_MOST_REASON = 500


def checked_reason(reason: str) -> str:
    """Return the value of ``--reason`` without blanks around it.

    Raises:
        typer.BadParameter: it is empty, or too long to be kept and shown.
    """
    reason = reason.strip()
    if not reason or len(reason) > _MOST_REASON:
        raise typer.BadParameter(f"--reason is 1 to {_MOST_REASON} characters")
    return reason
