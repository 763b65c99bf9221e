"""The dashboard's page of single calls, with people by pseudonym."""

from collections.abc import Mapping, Sequence

from runner.counts import count, plural
from runner.model.outcome import Outcome
from runner.report.browse import BY_PUSH, BY_RECORD, CONTRADICTED, NO_KEY, CallPage, CallRow
from runner.views.charts_html import cards, square, text
from runner.views.dashboard_form import choice, field, form, hint, pager
from runner.views.dashboard_frame import Frame, inside, live, moment
from runner.views.report_text import OUTCOME_WORDS

_KNOWN_BY = {
    BY_RECORD: "a call record",
    BY_PUSH: "a report alone",
    CONTRADICTED: "a record, against a report",
}
_EXPLAINED = (
    '<p class="quiet">A person is shown by a pseudonym: the same on all pages until this dashboard ends, and worth nothing '
    "anywhere else. Times are UTC.</p>"
)
_ASKED = ("outcome", "known_by", "country", "key", "person")


def calls_page(page: CallPage, asked: Mapping[str, str], frame: Frame, *, name: str, edition: str) -> str:
    """Return one *page* of the calls of a campaign and edition."""
    title, address = f"{name} {edition}", f"/campaigns/{name}/{edition}"
    outcomes = {outcome.value: OUTCOME_WORDS[outcome] for outcome in reversed(Outcome)}
    keys = {NO_KEY: "none"} | dict(zip(page.keys, page.keys, strict=True))
    fields = [
        choice("outcome", "Outcome", {"": "any", **outcomes}, asked.get("outcome", "")),
        choice("known_by", "Known by", {"": "anything", **_KNOWN_BY}, asked.get("known_by", "")),
        choice(
            "country", "Country", {"": "any"} | {one: one for one in page.countries}, asked.get("country", "")
        ),
        choice("key", "Key", {"": "any", **keys}, asked.get("key", "")),
        field("person", "Person", asked.get("person", "")),
    ]
    more = {name: value for name, value in asked.items() if name in _ASKED and value}
    rows = [_row(row, f"{address}/calls") for row in page.rows]
    main = [
        f'<p class="crumb"><a id="back" href="{address}">{text(title)}</a></p>',
        f"<h1>Calls of {text(title)}</h1>",
        _EXPLAINED,
        form(f"{address}/calls", "Filter calls", fields),
        hint(f"{count(page.found)} of {plural(page.calls, 'call')}"),
        live("rows", [_table(rows), *pager(f"{address}/calls", more, page=page.number, pages=page.pages)]),
    ]
    return inside(f"Calls of {title}", main, frame)


def _table(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "<p>No such call.</p>"
    names = ("person", "called", "country", "outcome", "known by", "seconds", "key")
    return cards(names, rows, label="Calls", words=("outcome", "known by"))


def _row(row: CallRow, address: str) -> Sequence[str]:
    return [
        f'<a href="{address}?person={row.person}">{row.person}</a>',
        moment(row.called_at),
        text(row.country or ""),
        f"<span>{square(row.outcome)}{text(OUTCOME_WORDS[row.outcome])}</span>",
        text(_KNOWN_BY[row.known_by]),
        "" if row.duration_s is None else count(row.duration_s),
        text(row.key or ""),
    ]
