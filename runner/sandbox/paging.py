"""Lists by pages, as every query of the vendor gives them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from runner.sandbox.fields import Fields
from runner.sandbox.refusal import Code, RefusedError

_DEFAULT_SIZE = 25
_LARGEST_SIZE = 100
_LARGEST_PAGE = 2**31 - 1

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which page of a list is wanted, counted from 1, and how long pages are."""

    current: int
    size: int


def read_page(fields: Fields) -> Page:
    """Return the wanted page: ``current`` from 1, default 1; ``size`` 1 to 100, default 25.

    Both may be left out but not be sent empty. Source: the vendor's file and record query pages; its task
    list is taken to be alike.
    """
    for name in ("current", "size"):
        if fields.has(name) and fields.raw(name) in (None, ""):
            raise RefusedError(Code.PARAMETER, f"{name} must not be sent empty")
    current = fields.integer("current", 1, _LARGEST_PAGE) or 1
    return Page(current=current, size=fields.integer("size", 1, _LARGEST_SIZE) or _DEFAULT_SIZE)


def page_of(rows: Sequence[Row], page: Page, render: Callable[[Row], dict[str, object]]) -> dict[str, object]:
    """Return the ``data`` of a list answer: total, size, current, pages and the rendered rows of the page."""
    begin = (page.current - 1) * page.size
    return listing([render(row) for row in rows[begin : begin + page.size]], page, total=len(rows))


def listing(records: list[dict[str, object]], page: Page, *, total: int) -> dict[str, object]:
    """Return the ``data`` of a list answer around the *records* of one page."""
    return {
        "records": records,
        "total": total,
        "size": page.size,
        "current": page.current,
        "searchCount": True,
        "pages": -(-total // page.size),
    }
