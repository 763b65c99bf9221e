"""Filters and page numbers. All of it is a plain form or link, so it works without the script."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from runner.counts import count
from runner.views.charts_html import text


def form(address: str, label: str, fields: Sequence[str]) -> str:
    """Return a filter that asks for *address* again with what is in its *fields*."""
    inner = "".join(fields)
    return f'<form class="filter" role="search" aria-label="{text(label)}" method="get" action="{address}">{inner}<button>Filter</button></form>'


def field(name: str, label: str, value: str) -> str:
    """Return a field for words."""
    return f'<label>{text(label)}<input id="{name}" name="{name}" value="{text(value)}" maxlength="64" autocomplete="off"></label>'


def choice(name: str, label: str, choices: Mapping[str, str], value: str) -> str:
    """Return a field for one of *choices*, their values with words for each."""
    options = "".join(
        f'<option value="{text(one)}"{" selected" if one == value else ""}>{text(words)}</option>'
        for one, words in choices.items()
    )
    return f'<label>{text(label)}<select id="{name}" name="{name}">{options}</select></label>'


def hint(words: str) -> str:
    """Return how much was found, which is read out when it changes."""
    return f'<p id="found" class="quiet" role="status" data-live>{text(words)}</p>'


def pager(address: str, asked: Mapping[str, str], *, page: int, pages: int) -> Iterable[str]:
    """Yield links to the page before and after this one; nothing where there is one page."""
    if pages == 1:
        return
    yield '<nav class="pages" aria-label="Pages">'
    if page > 1:
        yield f'<a id="before" href="{_to(address, asked, page - 1)}">Previous</a>'
    yield f"<span>page {count(page)} of {count(pages)}</span>"
    if page < pages:
        yield f'<a id="after" href="{_to(address, asked, page + 1)}">Next</a>'
    yield "</nav>"


def _to(address: str, asked: Mapping[str, str], page: int) -> str:
    return text(f"{address}?{urlencode({**asked, 'page': page})}")
