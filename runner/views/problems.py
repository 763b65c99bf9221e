"""Problems, as a compiler prints them: what, where, the line with a caret, and the next step."""

import unicodedata
from collections.abc import Sequence

from runner.errors import Problem, Where
from runner.views.visible import visible

MOST = 50
"""More problems than this are counted, not shown."""

_TAB = "    "

_ROOM, _BEFORE = 120, 60
"""Of a longer line so many characters are shown, and so many of them before the caret."""


def problem_lines(problems: Sequence[Problem], *, severity: str = "error") -> list[str]:
    """Return *problems* as lines of text, a blank line after each, and a last line that counts them where there are several."""
    lines: list[str] = []
    for problem in problems[:MOST]:
        lines += [*_one(problem, severity), ""]
    if len(problems) > 1:
        rest = f", {len(problems) - MOST} of them not shown" if len(problems) > MOST else ""
        lines.append(f"{len(problems)} {severity}s{rest}")
    return lines


def _one(problem: Problem, severity: str) -> list[str]:
    lines = [f"{severity}[{problem.code}]: {visible(problem.message)}"]
    if problem.where is not None:
        lines += _place(problem.where)
    if problem.hint:
        lines.append(f"  help: {visible(problem.hint)}")
    return lines


def _place(where: Where) -> list[str]:
    lines = [f"  --> {visible(str(where))}"]
    if where.text is None or where.line is None:
        return lines
    margin = str(where.line)
    if where.column is None:
        return [*lines, f"  {margin} | {_shown(where.text[:_ROOM])}{'…' if len(where.text) > _ROOM else ''}"]
    at = where.column - 1
    start = max(0, at - _BEFORE) if len(where.text) > _ROOM else 0
    left, right = "…" if start else "", "…" if len(where.text) > start + _ROOM else ""
    before, after = where.text[start:at], where.text[at : start + _ROOM]
    carets = "^" * max(1, _width(after[: where.length]))
    return [
        *lines,
        f"  {margin} | {left}{_shown(before)}{_shown(after)}{right}",
        f"  {' ' * len(margin)} | {' ' * (len(left) + _width(before))}{carets}",
    ]


def _shown(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def _width(text: str) -> int:
    """Return how many columns of a terminal the visible form of *text* takes."""
    return sum(_columns(char) for char in _shown(text))


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
