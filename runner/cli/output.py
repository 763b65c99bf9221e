"""Results to stdout, everything else to stderr. A reader that goes away (`runner apply | head`) changes nothing but what is printed."""

import io
import json
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from runner.errors import RunnerError
from runner.views.visible import escaped


def print_lines(lines: Sequence[str]) -> None:
    """Print *lines* to stdout."""
    write(sys.stdout, "\n".join(lines) + "\n")


def print_json(value: object) -> None:
    """Print *value* as indented JSON to stdout, with nothing in it that a terminal or a log would obey."""
    write(sys.stdout, escaped(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")


def say(message: str) -> None:
    """Print *message* to stderr."""
    write(sys.stderr, message + "\n")


def write(stream: TextIO, text: str) -> None:
    """Write *text* to *stream* at once.

    Where its reader has gone, this and what follows is dropped: an apply must not stop in the middle of its people
    because a pager was closed, and its exit code must be its own.

    Raises:
        RunnerError: results cannot be written for another reason, such as a full disk.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            message = f"the result cannot be written to stdout: {error.strerror}"
            raise RunnerError(message, code="output") from error


def prepare_streams() -> None:
    """Make sure that stdout and stderr exist, and take every character, whatever the locale says."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
