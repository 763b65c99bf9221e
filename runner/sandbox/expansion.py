"""How the vendor puts a callee's variables into a text."""

import re
from collections.abc import Callable, Mapping
from typing import Final

SLOTS: Final = range(1, 11)
_PLACEHOLDER: Final = re.compile(r"\$\{text(10|[1-9])\}")
_PLACEHOLDER_OR_ESCAPE: Final = re.compile(r"\$\$\{|\$\{text(10|[1-9])\}")


def slots_in(template: str, *, dollar_escape: bool = False) -> frozenset[int]:
    """Return the numbers of the variables ``${text1}`` … ``${text10}`` that *template* uses.

    Anything else in braces is literal text; so is an escaped placeholder, where there are escapes.
    """
    pattern = _PLACEHOLDER_OR_ESCAPE if dollar_escape else _PLACEHOLDER
    return frozenset(int(match[1]) for match in pattern.finditer(template) if match[1])


def expand(
    template: str, values: Mapping[int, str | None], *, dollar_escape: bool = False, nested: bool = False
) -> str:
    """Return *template* with its variables replaced, in one pass from the left.

    Unknown placeholders, a bare ``$`` and a variable without a value stay as they are.

    Args:
        template: the task's text.
        values: the callee's variables by number, already cut.
        dollar_escape: ``$${`` gives a literal ``${`` whose content is not replaced.
        nested: placeholders inside a value are replaced once more.
    """
    pattern = _PLACEHOLDER_OR_ESCAPE if dollar_escape else _PLACEHOLDER
    inner: Callable[[str], str] = (lambda value: pattern.sub(replaced, value)) if nested else str

    def replaced(match: re.Match[str]) -> str:
        if not match[1]:
            return "${"
        value = values.get(int(match[1]))
        return match[0] if value is None else value

    def outer(match: re.Match[str]) -> str:
        text = replaced(match)
        return inner(text) if match[1] and text != match[0] else text

    return pattern.sub(outer, template)


def cut(value: str, limit: int) -> str:
    """Return the first *limit* UTF-16 units of *value*; 0 is no limit.

    The vendor says "30 characters" and nothing of units: UTF-16 is what its platform counts. Half of a
    pair at the cut becomes a question mark, as on that platform.
    """
    if not limit or units(value) <= limit:
        return value
    encoded = value.encode("utf-16-le", "surrogatepass")[: 2 * limit]
    return encoded.decode("utf-16-le", "replace").replace("\ufffd", "?")


def units(value: str) -> int:
    """Return the length of *value* in UTF-16 units."""
    return len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass")) // 2
