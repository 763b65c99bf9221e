"""Errors of TOML's grammar, told in our own words.

`tomllib` says what it expected and where, in the text of its exception (up to Python 3.13 nowhere else). The place is
taken from there; the words are not, since they repeat parts of the file.
"""

import re
import tomllib

from runner.config.positions import Lines
from runner.errors import Problem, Where

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")

_SENTENCES: tuple[tuple[str, str, str | None], ...] = (
    ("Cannot declare", "this table exists already", "keep one; an inline table cannot be extended"),
    ("Cannot overwrite a value", "this key is set twice", "keep one of them"),
    ("Duplicate inline table key", "this key is set twice", "keep one of them"),
    ("Cannot mutate immutable namespace", "an inline table or array cannot be extended later", None),
    ("Cannot redefine namespace", "this table exists already", "keep one of them"),
    ("Expected '='", "a key must be followed by `=` and its value", None),
    ("Expected ']'", "a table header must end with `]`", None),
    ("Expected ']]'", "a header of an array of tables must end with `]]`", None),
    ("Expected newline", "nothing but a comment may follow a value in its line", None),
    ("Expected", "this string does not end", "close the quotes"),
    ("Unterminated string", "this string does not end", "close the quotes"),
    ("Unclosed array", "this list does not end", "close it with `]`, and put commas between its values"),
    ("Unclosed inline table", "this inline table does not end in its line", "close it with `}`"),
    (
        "Unescaped",
        "a backslash in a string begins an escape that TOML does not have",
        "write `\\\\`, or use '…'",
    ),
    ("Invalid hex value", "this escape needs hexadecimal digits", None),
    ("Escaped character", "this escape is not a Unicode character", None),
    ("Illegal character", "a control character or line break may not stand here", "close the quotes"),
    ("Found invalid character", "a control character may not stand in a comment", None),
    ("Invalid date", "there is no such date or time", None),
    ("Invalid initial character", "a key is letters, digits, - and _, or stands in quotes", None),
    ("Invalid statement", "this is neither a key with a value nor a table header", None),
    ("Invalid value", "this is not a value", 'text stands in quotes: "…"'),
)

_WHOLE_LINE = ("Cannot declare", "Cannot overwrite", "Duplicate inline", "Cannot mutate", "Cannot redefine")


def syntax_problem(error: ValueError | RecursionError, lines: Lines) -> Problem:
    """Return the problem behind what `tomllib` raised for the document *lines*."""
    if isinstance(error, RecursionError):
        return _problem("lists and tables are nested too deeply", None, lines.where(1))
    if not isinstance(error, tomllib.TOMLDecodeError):
        # The one other thing that `tomllib` lets through: `int()` refuses thousands of digits.
        return _problem("a number has too many digits", None, lines.where(1))
    said = str(error)
    where = _place(said, lines)
    for beginning, sentence, hint in _SENTENCES:
        if said.startswith(beginning):
            return _problem(sentence, hint, where)
    return _problem("this is not TOML", None, where)


def _problem(sentence: str, hint: str | None, where: Where) -> Problem:
    return Problem(code="toml-syntax", message=f"not valid TOML: {sentence}", where=where, hint=hint)


def _place(said: str, lines: Lines) -> Where:
    found = _PLACE.search(said)
    if found is None:
        last = max((n for n, line in enumerate(lines.shown, 1) if line.strip()), default=1)
        return lines.where(last, len(lines.shown[last - 1]) + 1)
    line, column = int(found[1]), int(found[2])
    if said.startswith(_WHOLE_LINE):
        # It stops behind the statement; the statement is meant.
        shown = lines.shown[line - 1]
        return lines.where(line, len(shown) - len(shown.lstrip()) + 1, len(shown.strip()))
    return lines.where(line, column)
