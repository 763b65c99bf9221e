"""The figures after the call as one HTML document: no script, nothing loaded, every text escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from runner.report.figures import Figures
from runner.views.report_text import Table, comparisons, facts, funnel, head, heard, outcome_rows, tables
from runner.views.visible import visible

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for this document: nothing. Styles stand in it; scripts are refused."""

STYLE = """\
:root{color-scheme:light dark;--line:#c9ced6;--bar:#2f6fba;--quiet:#59616d}
@media (prefers-color-scheme:dark){:root{--line:#4a525e;--bar:#6ea8e6;--quiet:#a7b0bd}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem}
h1,h2,h3{line-height:1.25}
.quiet{color:var(--quiet)}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .75rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}
caption{text-align:left}
.bar{display:block;width:16rem;height:.75rem;fill:var(--bar)}"""
"""Light and dark by the reader's own setting, and tables that scroll by themselves where the window is narrow."""


def report_html(reports: Sequence[Figures], *, environment: str) -> str:
    """Return *reports* as an HTML document."""
    body = [line for report in reports for line in report_section(report)]
    body += [line for table in comparisons(reports) for line in _table(table, level=2, about="compared")]
    title = f"Report, {escape(visible(environment))}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>\n{STYLE}\n</style>",
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


def report_section(report: Figures) -> Iterable[str]:
    """Yield the lines of one report, below a heading of the second level."""
    yield f"<h2>{escape(head(report))}</h2>"
    first, *rest = funnel(report)
    yield f"<p>{escape(first)}</p>"
    yield from (f'<p class="quiet">{escape(line)}</p>' for line in rest)
    yield from _outcomes(report)
    lines = list(facts(report))
    if lines:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
    for table in tables(report):
        yield from _table(table, level=3, about=head(report))


def _outcomes(report: Figures) -> Iterable[str]:
    """Yield the outcomes with a bar each; the bar says nothing that the cells beside it do not."""
    yield f"<h3>Outcomes</h3>{scrolling(f'Outcomes, {head(report)}')}<table>"
    yield '<caption class="quiet">people by the best of their calls</caption>'
    yield '<tr><th scope="col">outcome</th><th scope="col">people</th><th scope="col">share</th><td></td></tr>'
    for (name, number, share), count in outcome_rows(report):
        width = 100 * count / heard(report)
        yield (
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(number)}</td><td>{escape(share)}</td>'
            f"<td>{bar(width)}</td></tr>"
        )
    yield "</table></div>"


def scrolling(label: str) -> str:
    """Return the beginning of a part that scrolls by itself, also by keyboard; *label* tells it from the others."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{escape(label)}">'


def bar(percent: float) -> str:
    """Return a bar as a drawing: unlike a style it may stand in a document whose policy forbids inline styles."""
    return f'<svg class="bar" aria-hidden="true"><rect width="{percent:.1f}%" height="100%"/></svg>'


def _table(table: Table, *, level: int, about: str) -> Iterable[str]:
    yield f"<h{level}>{escape(table.title)}</h{level}>{scrolling(f'{table.title}, {about}')}<table>"
    names, *rows = table.rows
    yield "".join(["<tr>", *(f'<th scope="col">{escape(name)}</th>' for name in names), "</tr>"])
    for first, *cells in rows:
        row = [f'<th scope="row">{escape(first)}</th>', *(f"<td>{escape(cell)}</td>" for cell in cells)]
        yield "".join(["<tr>", *row, "</tr>"])
    yield "</table></div>"
