"""Results to stdout."""

import json
import sys
from collections.abc import Sequence


def print_lines(lines: Sequence[str]) -> None:
    """Print *lines* to stdout."""
    sys.stdout.write("\n".join(lines) + "\n")


def print_json(value: object) -> None:
    """Print *value* as indented JSON to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def say(message: str) -> None:
    """Print *message* to stderr."""
    sys.stderr.write(message + "\n")
