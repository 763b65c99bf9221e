"""The figures after the call as one HTML document: no script, nothing loaded, every text escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from runner.counts import count
from runner.model.outcome import Outcome
from runner.report.figures import Figures, Part
from runner.views.charts_html import DRAWN, FIGURES_STYLE, bar, drawn, square, stacked, table, text
from runner.views.report_text import (
    OUTCOME_WORDS,
    Table,
    comparisons,
    facts_but_keys,
    funnel,
    head,
    heard,
    share,
    tables,
)

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for this document: nothing. Styles stand in it; scripts are refused."""


def report_html(reports: Sequence[Figures], *, environment: str) -> str:
    """Return *reports* as an HTML document."""
    body = []
    for report in reports:
        body += [f"<h2>{text(head(report))}</h2>", *figures_html(report, level=3)]
    for compared in comparisons(reports):
        names, *rows = compared.rows
        body.append(f"<h2>{text(compared.title)}</h2>")
        body.append(table(names, [[text(cell) for cell in row] for row in rows], label=compared.title))
    title = f"Report, {text(environment)}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>\n{FIGURES_STYLE}</style>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{title}</h1>",
            *(body or ["<p>Nothing was handed over.</p>"]),
            "</main>",
            "</body>",
            "</html>",
        ]
    )


def figures_html(report: Figures, *, level: int) -> Iterable[str]:
    """Yield the lines of one report, its headings of this *level*."""
    _, known = funnel(report)
    yield f"<p>{text(known[0].upper() + known[1:])}</p>"
    yield f"<h{level}>How far they came</h{level}>"
    yield _funnel(report)
    yield f"<h{level}>Outcomes</h{level}>"
    yield _outcomes(report) if heard(report) else "<p>Nothing is known of any call so far.</p>"
    if report.keys:
        yield f"<h{level}>Keys</h{level}>"
        yield _keys(report)
    lines = [f"<li>{text(line)}</li>" for line in facts_but_keys(report)]
    if lines:
        yield f"<ul>{''.join(lines)}</ul>"
    for one in tables(report):
        yield f"<h{level}>{text(one.title)}</h{level}>"
        yield _breakdown(one, label=f"{one.title}, {head(report)}")


def _funnel(report: Figures) -> str:
    steps = report.funnel
    named = (
        ("planned", steps.planned),
        ("accepted", steps.accepted),
        ("rang", steps.rang),
        ("answered", steps.answered),
        ("key pressed", steps.key),
        ("SMS triggered", steps.sms),
    )
    known = [(name, number) for name, number in named if number is not None]
    most = max(1, *(number for _, number in known))
    rows = [
        [
            name,
            bar(100 * number / most),
            count(number),
            "" if name == "planned" else share(number, steps.accepted),
        ]
        for name, number in known
    ]
    names, caption = ("step", DRAWN, "people", "share"), "people; shares of those accepted"
    return table(names, rows, label=f"How far they came, {head(report)}", caption=caption)


def _outcomes(report: Figures) -> str:
    """Return the outcomes with a bar each, which is also the key to the colours of all others."""
    every = heard(report)
    rows = [
        [
            f"{square(outcome)}{text(OUTCOME_WORDS[outcome])}",
            bar(100 * number / every, outcome=outcome),
            count(number),
            share(number, every),
        ]
        for outcome, number in report.outcomes.items()
        if number
    ]
    caption = "people by the best of their calls"
    names = ("outcome", DRAWN, "people", "share")
    return table(names, rows, label=f"Outcomes, {head(report)}", caption=caption)


def _keys(report: Figures) -> str:
    most = max(report.keys.values())
    rows = [[text(key), bar(100 * number / most), count(number)] for key, number in report.keys.items()]
    caption = "people by the key that they pressed last"
    return table(("key", DRAWN, "people"), rows, label=f"Keys, {head(report)}", caption=caption)


def _breakdown(one: Table, *, label: str) -> str:
    """Return a breakdown of calls with a bar for each part, as long as it has calls."""
    (first, *names), *rows = one.rows
    if not one.parts:
        plain = [[text(name), *map(text, cells)] for name, *cells in rows]
        return table((first, *names), plain, label=label, words=("state",))
    most = max(1, *(_length(part) for part in one.parts))
    bars = [stacked(part.outcomes, most=most) for part in one.parts]
    bars += [""] * (len(rows) - len(bars))
    cells = [
        [text(name), drawing, *map(text, numbers)]
        for (name, *numbers), drawing in zip(rows, bars, strict=True)
    ]
    return table((first, DRAWN, *names), cells, label=label)


def _length(part: Part) -> int:
    return sum(drawn(part.outcomes.get(outcome, 0)) for outcome in Outcome)
