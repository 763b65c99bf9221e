"""How a count and the word for what is counted are written, in whatever is said to people."""


def count(number: int) -> str:
    """Return *number* with thousands apart."""
    return f"{number:,}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return *number* and the word for it: ``1 entry``, ``1,200 entries``; *many* is *one* with an s where it is None."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """Return ``1 person`` or ``n people``."""
    return plural(number, "person", "people")


def were(number: int) -> str:
    """Return the verb that follows so many: ``was`` or ``were``."""
    return "was" if number == 1 else "were"
