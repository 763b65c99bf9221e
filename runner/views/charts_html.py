"""Tables and bars for a browser.

A bar says nothing that the cells beside it do not, and needs neither script nor style attribute, so that a document's policy
can forbid both.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Final

from runner.model.outcome import Outcome
from runner.views.numbers import SMALL
from runner.views.visible import visible

FIGURES_STYLE: Final = files("runner.views").joinpath("figures.css").read_text(encoding="utf-8")
"""Light and dark by the reader's own setting, and tables that scroll by themselves where the window is narrow."""

DRAWN: Final = ""
"""The head of a column that holds bars."""


def text(foreign: str) -> str:
    """Return *foreign* text as HTML."""
    return escape(visible(foreign))


def anchor(*words: str) -> str:
    """Return an ``id`` made of *words*."""
    return re.sub(r"[^A-Za-z0-9]+", "-", "-".join(words)).strip("-").lower()


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    label: str,
    caption: str = "",
    words: Sequence[str] = (),
) -> str:
    """Return a table that scrolls by itself, also by keyboard.

    Args:
        head: names of columns, `DRAWN` for bars.
        rows: cells as HTML, the first of each being its name.
        label: tells this table from the others of the page.
        caption: what its numbers are.
        words: names of the columns that hold words, not numbers.
    """
    lines = [
        f'<div class="wide" id="{anchor(label)}" tabindex="0" role="region" aria-label="{text(label)}"><table>'
    ]
    lines += [f"<caption>{text(caption)}</caption>"] if caption else []
    lines += [f"<thead><tr>{''.join(_head(name, words) for name in head)}</tr></thead>", "<tbody>"]
    for first, *cells in rows:
        named = zip(head[1:], cells, strict=True)
        beside = "".join(f"<td{_kind(name, words)}>{cell}</td>" for name, cell in named)
        lines.append(f'<tr><th scope="row">{first}</th>{beside}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def cards(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, words: Sequence[str] = ()
) -> str:
    """Return a table, as `table` does, whose rows are cards where the window is narrow.

    Roles are written out: a browser may forget them where a style makes something else of a row.
    """
    heads = "".join(_head(name, words, role="columnheader") for name in head)
    lines = [
        f'<div class="wide" id="{anchor(label)}" tabindex="0" role="region" aria-label="{text(label)}">',
        '<table class="cards" role="table"><thead role="rowgroup">',
        f'<tr role="row">{heads}</tr></thead>',
        '<tbody role="rowgroup">',
    ]
    for first, *cells in rows:
        named = zip(head[1:], cells, strict=True)
        beside = "".join(
            f'<td role="cell" data-column="{text(name)}"{_kind(name, words)}>{cell}</td>'
            for name, cell in named
        )
        lines.append(f'<tr role="row"><th scope="row" role="rowheader">{first}</th>{beside}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def _head(name: str, words: Sequence[str], *, role: str = "") -> str:
    if name == DRAWN:
        return '<td role="cell"></td>' if role else "<td></td>"
    role_of = f' role="{role}"' if role else ""
    return f'<th scope="col"{role_of}{_kind(name, words)}>{text(name)}</th>'


def _kind(name: str, words: Sequence[str]) -> str:
    if name == DRAWN:
        return ' class="drawn"'
    return ' class="text"' if name in words else ""


def bar(percent: float, *, outcome: Outcome | None = None) -> str:
    """Return a bar of so much of its width."""
    kind = f' class="{outcome.value}"' if outcome is not None else ""
    return f'<svg class="bar" aria-hidden="true"><rect width="{percent:.1f}%" height="100%"{kind}/></svg>'


def stacked(outcomes: Mapping[Outcome, int], *, most: int) -> str:
    """Return a bar of several outcomes, as long as their sum is to *most*; both as `drawn`."""
    left, rects = 0.0, []
    for outcome in reversed(Outcome):
        width = 100 * drawn(outcomes.get(outcome, 0)) / most
        if width:
            place = f'x="{left:.1f}%" width="{width:.1f}%" height="100%"'
            rects.append(f'<rect class="{outcome.value}" {place}/>')
        left += width
    return f'<svg class="bar" aria-hidden="true">{"".join(rects)}</svg>'


def drawn(number: int) -> int:
    """Return how long *number* of a breakdown is drawn: a length may tell no more than the ``<10`` beside it."""
    return number if number >= SMALL or number == 0 else SMALL // 2


def square(outcome: Outcome) -> str:
    """Return a patch of the colour of *outcome*."""
    return f'<svg class="square" aria-hidden="true"><rect width="100%" height="100%" class="{outcome.value}"/></svg>'
