"""The first line of an audience: names of columns, or an error that does not repeat what may be somebody's data."""

import csv
import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from runner.errors import InvalidError, Problem, Where
from runner.frames import OWN_PREFIX

MOST_COLUMNS = 500

_LOOKS_LIKE_A_NUMBER = re.compile(
    r"\+?[\d ().-]*\d{5}[\d ().-]*|\+?\d[\d ().-]{6,}|[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?"
)
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")


def parse_header(line: bytes, where: Where) -> tuple[str, ...]:
    """Return the names of the columns in *line*, the first of a CSV file, UTF-8 without byte order mark, with its end.

    Raises:
        InvalidError: as `check_columns`, or a quote out of place.
    """
    text = line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    try:
        names = next(iter(csv.reader([text], strict=True)), [])
    except csv.Error:
        names = None
    if names is None or _stray(text):
        raise InvalidError(
            [
                Problem(
                    code="header-quote", message="a quote is out of place in the header", where=_first(where)
                )
            ]
        )
    for separator, word in _OTHER_SEPARATORS.items():
        if len(names) == 1 and separator in names[0]:
            message = f"the cells seem to be separated by {word}, not by commas"
            raise InvalidError([Problem(code="not-commas", message=message, where=_first(where))])
    check_columns(names, where)
    return tuple(names)


def check_columns(names: Sequence[str], where: Where) -> None:
    """Raise `InvalidError` with all that is wrong with the *names* of columns."""
    place = _first(where)
    found: list[Problem] = []

    def wrong(code: str, message: str, hint: str | None = None) -> None:
        found.append(Problem(code=code, message=message, where=place, hint=hint))

    if any(_LOOKS_LIKE_A_NUMBER.fullmatch(name) for name in names):
        # What looks like people is not repeated, so this stands alone.
        wrong(
            "header-missing",
            "the first line looks like a row of people, not like names of columns",
            "Add a header.",
        )
        raise InvalidError(found)
    if len(names) > MOST_COLUMNS:
        wrong("too-many-columns", f"{len(names):,} columns; at most {MOST_COLUMNS} are read")
    empty = [str(number) for number, name in enumerate(names, start=1) if not name.strip()] or (
        [] if names else ["1"]
    )
    if empty:
        wrong("header-empty", f"no name for column {', '.join(empty[:20])}")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1 and name.strip())
    if repeated:
        wrong(
            "header-repeated",
            f"repeated columns: {_quoted(repeated)}",
            "Give every column a name of its own.",
        )
    reserved = [name for name in names if name.startswith(OWN_PREFIX)]
    if reserved:
        wrong("header-reserved", f"names of columns may not begin with {OWN_PREFIX!r}: {_quoted(reserved)}")
    hidden = [number for number, name in enumerate(names, start=1) if name.strip() and _hides(name)]
    if hidden:
        wrong(
            "header-invisible",
            f"blanks at an end or invisible characters in the name of column {', '.join(map(str, hidden[:20]))}",
            "Write the name again.",
        )
    if found:
        raise InvalidError(found)


def missing_column(name: str, names: Sequence[str], where: Where) -> InvalidError:
    """Return the error that says that there is no column *name* among *names*, with the nearest one."""
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else None
    return InvalidError(
        [
            Problem(
                code="missing-column", message=f"there is no column {name!r}", where=_first(where), hint=hint
            )
        ]
    )


def _first(where: Where) -> Where:
    return Where(path=where.path, line=1)


def _stray(text: str) -> bool:
    """Return whether a quote neither begins nor ends a cell nor is doubled inside one; the csv module is lenient there."""
    return bool(re.sub(r'(?:^|(?<=,))"(?:[^"]|"")*"(?=,|$)', "", text).count('"'))


def _hides(name: str) -> bool:
    return name != name.strip() or any(unicodedata.category(character) in _INVISIBLE for character in name)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:20])
