"""How counts, shares and breakdowns are written."""

SMALL = 10
"""A count below this could point at somebody, and is written as ``<10`` in a breakdown."""


def count(number: int) -> str:
    """Return *number* with thousands apart."""
    return f"{number:,}"


def blind(number: int) -> str:
    """Return a count of a breakdown: exact from ten on, ``<10`` below, ``0`` for none."""
    return count(number) if number >= SMALL or number == 0 else f"<{SMALL}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return *number* and the word for it: ``1 person``, ``1,200 people``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """Return ``1 person`` or ``n people``."""
    return plural(number, "person", "people")
