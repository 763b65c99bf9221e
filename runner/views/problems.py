"""Problems, as a compiler prints them: what, where, the line with a caret, and the next step."""

import unicodedata
from collections.abc import Sequence

from runner.errors import Problem, Where
from runner.views.visible import visible

MOST = 50
"""More problems than this are counted, not shown."""

_TAB = "    "


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
    lines.append(f"  {margin} | {visible(where.text.replace(chr(9), _TAB))}")
    if where.column is not None:
        before, under = where.text[: where.column - 1], where.text[where.column - 1 :][: where.length]
        carets = "^" * max(1, _width(under))
        lines.append(f"  {' ' * len(margin)} | {' ' * _width(before)}{carets}")
    return lines


def _width(text: str) -> int:
    """Return how many columns of a terminal the visible form of *text* takes."""
    shown = visible(text.replace("\t", _TAB))
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in shown
    )
