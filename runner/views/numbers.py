"""How the counts of a breakdown are written."""

from runner.counts import count

SMALL = 10
"""A count below this could point at somebody, and is written as ``<10`` in a breakdown."""


def blind(number: int) -> str:
    """Return a count of a breakdown: exact from ten on, ``<10`` below, ``0`` for none."""
    return count(number) if number >= SMALL or number == 0 else f"<{SMALL}"
