"""Phone numbers from stdin, one a line; never from arguments, which are kept in histories and shown in lists of processes."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import typer

from runner.errors import InvalidError, Problem, Where

if TYPE_CHECKING:
    import polars as pl

MOST_LINES = 1_000_000
_MOST_CHARACTERS = 64


def read_people(region: str | None, *, subkey: str) -> "tuple[pl.Series, pl.Series]":
    """Return the person keys of the numbers on stdin, and those that these people had under numbers of before.

    Both are PERSON, ascending, each once. Blank lines are passed over.

    Args:
        region: two letters, how national numbers are read; None = all are international.
        subkey: of the ledger key.

    Raises:
        InvalidError: a line holds no valid number, or there is no number at all; lines are named, and not repeated.
    """
    import polars as pl  # noqa: PLC0415

    from runner.audience.bulk import COUNTRY  # noqa: PLC0415
    from runner.audience.numbers import Reading, read_numbers  # noqa: PLC0415
    from runner.audience.renumbered import keyed_people  # noqa: PLC0415
    from runner.frames import NUMBER, PERSON, REASON, ROW  # noqa: PLC0415

    if sys.stdin.isatty():
        typer.echo("numbers, one a line; end with Ctrl-D:", err=True)
    lines = _lines()
    rows = pl.DataFrame({ROW: [n for n, _ in lines], "spelling": [text for _, text in lines]})
    reading = Reading(region=region.upper() if region else None, countries=(), allow_fiction=True)
    # Somebody may give the number that she had before her country changed it.
    read = read_numbers(rows["spelling"].cast(pl.String), reading, keep_former=True)
    wrong = read.with_columns(rows[ROW]).filter(pl.col(NUMBER).is_null())
    problems = [
        Problem(
            code="not-a-number",
            message=f"this line is {reason}",
            where=Where(path="stdin", line=row),
            hint="write it with + and the country's code, or say --region"
            if reading.region is None
            else None,
        )
        for row, reason in wrong.select(ROW, REASON).rows()
    ]
    if not lines:
        problems = [Problem(code="no-number", message="there is no number on stdin", hint="one a line")]
    if problems:
        raise InvalidError(problems)
    persons, former = keyed_people(read[NUMBER], read[COUNTRY], subkey)
    return persons.unique().sort(), former[PERSON].unique().sort()


def _lines() -> list[tuple[int, str]]:
    """Return number and text of each line that is not blank; one that is too long for a number is no number."""
    found: list[tuple[int, str]] = []
    try:
        for number, line in enumerate(_bounded(sys.stdin), start=1):
            if number > MOST_LINES:
                message = f"more than {MOST_LINES:,} lines on stdin"
                raise InvalidError(
                    [Problem(code="too-many-lines", message=message, hint="give them in parts")]
                )
            text = line.strip().lstrip("\ufeff")
            if text:
                found.append((number, text))
    except UnicodeDecodeError as error:
        message = "what was read from stdin is no UTF-8 text"
        raise InvalidError([Problem(code="encoding", message=message)]) from error
    return found


def _bounded(stream: TextIO) -> Iterator[str]:
    """Yield the lines of *stream*, of those that are longer than any number no more than their beginning."""
    while line := stream.readline(_MOST_CHARACTERS):
        yield line
        while not line.endswith("\n") and (line := stream.readline(_MOST_CHARACTERS)):
            pass
