"""The figures after the call, as text and as Markdown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from runner.counts import count, people, plural
from runner.model.outcome import Outcome
from runner.model.report import RoundsSeen
from runner.report.figures import Figures, Part
from runner.views.numbers import SMALL, blind
from runner.views.visible import visible

OUTCOME_WORDS: Mapping[Outcome, str] = {
    Outcome.ANSWERED: "answered",
    Outcome.VOICEMAIL: "voicemail",
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no answer",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
}
_BAR = 24
MOST_PARTS = 12
"""More countries or days than this are counted, not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A title and rows of cells, the first row being the head.

    Attributes:
        parts: what the rows after the head are made of, in their order; a last row that stands for many has none.
    """

    title: str
    rows: Sequence[Sequence[str]]
    parts: Sequence[Part] = ()


def report_lines(reports: Sequence[Figures], *, environment: str) -> list[str]:
    """Return *reports* as lines of text."""
    lines = []
    for report in reports:
        lines += [f"{head(report)}  {visible(environment)}", ""]
        lines += [f"  {line}".rstrip() for line in (*funnel(report), "", *_bars(report), "", *facts(report))]
        for table in tables(report):
            lines += ["", f"  {table.title}", *(f"  {line}" for line in _aligned(table.rows))]
        lines.append("")
    for table in comparisons(reports):
        lines += [table.title, *(f"  {line}" for line in _aligned(table.rows)), ""]
    return lines[:-1] or [f"{visible(environment)}: nothing was handed over"]


def report_markdown(reports: Sequence[Figures], *, environment: str) -> list[str]:
    """Return *reports* as lines of Markdown."""
    lines = []
    for report in reports:
        lines += [f"## {head(report)}", "", f"`{visible(environment)}`", ""]
        lines += [*(f"- {line}" for line in (*funnel(report), *facts(report))), ""]
        rows = [("", "people", "share"), *(row for row, _ in outcome_rows(report))]
        for table in (Table(title="Outcomes", rows=rows), *tables(report)):
            lines += [f"### {table.title}", "", *_markdown(table.rows), ""]
    for table in comparisons(reports):
        lines += [f"## {table.title}", "", *_markdown(table.rows), ""]
    return lines[:-1] or ["Nothing was handed over."]


def head(report: Figures) -> str:
    """Return campaign, edition and the stretch of time that was asked for."""
    since = f" since {report.since:%Y-%m-%d %H:%M %Z}" if report.since else ""
    until = f" until {report.until:%Y-%m-%d %H:%M %Z}" if report.until else ""
    return f"{visible(report.campaign)} {visible(report.edition)}{since}{until}"


def funnel(report: Figures) -> Iterable[str]:
    """Yield how many people came how far, and of how many something was heard."""
    steps = report.funnel
    planned = "" if steps.planned is None else f"planned {count(steps.planned)} > "
    sms = "" if steps.sms is None else f" > SMS triggered {count(steps.sms)}"
    yield (
        f"{planned}accepted {count(steps.accepted)} > rang {count(steps.rang)} > answered {count(steps.answered)}"
        f" > key {count(steps.key)}{sms}"
    )
    yield (
        f"heard of {people(heard(report))} in {plural(report.calls, 'call')}: {count(report.confirmed)} confirmed by call"
        f" records, {count(report.missing.unconfirmed)} only reported"
    )


def _bars(report: Figures) -> list[str]:
    every = heard(report)
    if not every:
        return ["nothing is known of any call so far"]
    width = len(count(every))
    lines = []
    for (name, number, share), people_in in outcome_rows(report):
        bar = "#" * round(_BAR * people_in / every)
        lines.append(f"{number:>{width}} {name:<9} {share:>6} {bar}".rstrip())
    return [*lines, "-" * width, f"{count(every):>{width}}"]


def outcome_rows(report: Figures) -> Iterable[tuple[tuple[str, str, str], int]]:
    """Yield outcome, people and share of each outcome that occurred, in words, and the people as a number."""
    for outcome, number in report.outcomes.items():
        if number:
            yield (OUTCOME_WORDS[outcome], count(number), share(number, heard(report))), number


def facts(report: Figures) -> Iterable[str]:
    """Yield keys, durations, cost and what is missing, a sentence each."""
    if report.keys:
        yield "keys pressed: " + ", ".join(
            f"{visible(key)} by {count(number)}" for key, number in report.keys.items()
        )
    yield from facts_but_keys(report)


def facts_but_keys(report: Figures) -> Iterable[str]:
    """Yield durations, cost and what is missing, a sentence each."""
    durations = report.durations
    if durations.median_s is not None and durations.calls >= SMALL:
        average = durations.seconds / durations.calls
        yield f"answered calls lasted {average:.1f} s on average, half of them over {durations.median_s:.0f} s"
    if durations.shares and durations.calls:
        parts = ", ".join(f"{name} {blind(number)}" for name, number in durations.shares.items() if number)
        silent = blind(durations.silent_to_the_end)
        yield f"they heard: {parts}; {silent} to the end without a key, which may be machines"
    yield from _cost(report)
    missing = report.missing
    if missing.silent:
        yield f"missing: nothing was heard of {people(missing.silent)} so far, which proves nothing"
    if missing.unknown:
        yield f"missing: how it ended for {people(missing.unknown)} is told by no record and no report"
    if missing.contradicted:
        yield f"contradicted: reports of {people(missing.contradicted)} say otherwise than the records, which stand"


def _cost(report: Figures) -> Iterable[str]:
    cost = report.cost
    if cost.by_currency:
        minutes = f"{cost.charged_s / 60:,.1f} charged minutes"
        yield f"cost: {_amounts(cost.by_currency)} for {minutes}"
    if cost.reported_only:
        yield f"cost, only reported: {_amounts(cost.reported_only)}"


def _amounts(amounts: Mapping[str, Decimal]) -> str:
    shown = ((currency or "of no stated currency", amount) for currency, amount in amounts.items())
    return " + ".join(f"{amount:,f} {visible(currency)}" for currency, amount in shown)


def tables(report: Figures) -> Iterable[Table]:
    """Yield the breakdowns of calls; one by days or rounds only where there are several; then recall rounds."""
    zone = visible(report.timezone)
    named = (
        ("By country", report.countries, 1),
        ("By round", report.rounds, 2),
        (f"By hour of the day ({zone})", report.hours, 1),
        (f"By day ({zone})", report.days, 2),
    )
    for title, parts, least in named:
        if len(parts) >= least:
            rows = _rows(parts)
            yield Table(title=title, rows=rows, parts=parts[: len(rows) - 1])
    if report.recalls:
        yield Table(title="Recall rounds at the vendor", rows=_recalls(report.recalls))


def _recalls(recalls: Sequence[RoundsSeen]) -> list[list[str]]:
    rows = [["", "state", "tasks", "people", "called"]]
    for one in recalls:
        numbers = (count(one.tasks), blind(one.people), blind(one.called))
        rows.append([f"{one.number} of {one.of}", one.status, *numbers])
    return rows


def _rows(parts: Sequence[Part]) -> list[list[str]]:
    occurred = [outcome for outcome in reversed(Outcome) if any(outcome in part.outcomes for part in parts)]
    rows = [["", "calls", *(OUTCOME_WORDS[outcome] for outcome in occurred)]]
    most = len(parts) if len(parts) <= 2 * MOST_PARTS else MOST_PARTS
    for part in parts[:most]:
        cells = (blind(part.outcomes.get(outcome, 0)) for outcome in occurred)
        rows.append([visible(part.name), blind(part.total), *cells])
    if most < len(parts):
        rows.append([f"and {len(parts) - most} more", *[""] * (len(occurred) + 1)])
    return rows


def comparisons(reports: Sequence[Figures]) -> Iterable[Table]:
    """Yield a table for each campaign of which several editions are shown."""
    for name, number in Counter(report.campaign for report in reports).items():
        if number > 1:
            shown = [report for report in reports if report.campaign == name]
            head = ("", "accepted", "heard of", "answered", "voicemail", "no answer", "busy", "failed", "key")
            yield Table(title=f"{visible(name)}: editions", rows=[head, *map(_compared, shown)])


def _compared(report: Figures) -> list[str]:
    every = heard(report)
    shown = (Outcome.ANSWERED, Outcome.VOICEMAIL, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED)
    shares = (share(report.outcomes[outcome], every) for outcome in shown)
    key = share(report.funnel.key, every)
    return [visible(report.edition), count(report.funnel.accepted), count(every), *shares, key]


def heard(report: Figures) -> int:
    """Return of how many people anything is known."""
    return sum(report.outcomes.values())


def share(number: int, of: int) -> str:
    """Return which share *number* is; a dash of nothing."""
    return f"{100 * number / of:.1f} %" if of else "-"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)
    line = "|".join([" --- ", *[" ---: "] * (len(rows[0]) - 1)])
    return [head, f"|{line}|", *body]
