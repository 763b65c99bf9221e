"""A plan as text, at most about forty lines a campaign whatever the size of its audience."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from runner.counts import count, people, plural
from runner.model.plan import Bucket, CampaignPlan, Hours, Plan, Reason, Replacement
from runner.views.numbers import blind
from runner.views.visible import visible, visible_lines

_SIGNS: Mapping[Bucket, tuple[str, str]] = {
    Bucket.NEW: ("+", "to call"),
    Bucket.CALLED_SAME: ("=", "already called"),
    Bucket.CALLED_CHANGED: ("~", "already called, with other words or settings; not called again"),
    Bucket.REPLACED: ("~", "taken back before it rings, and to call as they are now"),
    Bucket.WAITING: ("=", "handed over, waiting for their hour"),
    Bucket.AGAIN: ("+", "in doubt, not in the vendor's list: to send again under the same name"),
    Bucket.IN_DOUBT: ("?", "in doubt: nobody knows whether they will be called; excluded"),
    Bucket.REJECTED: ("!", "rejected by the vendor as they are"),
    Bucket.WITHDRAWN: ("-", "withdrawn"),
    Bucket.NOT_RECALLED: ("-", "not to be recalled"),
    Bucket.OUTSIDE: ("-", "outside policy"),
    Bucket.SUPPRESSED: ("-", "suppressed"),
    Bucket.DUPLICATE: ("-", "duplicates"),
    Bucket.INVALID: ("!", "invalid"),
}

MOST_COUNTRIES = 8
"""More countries than this are counted, not shown."""

MOST_LINES, ROOM_FOR_TEXTS, MOST_UNREACHED = 6, 16, 4
"""Lines of one text, lines of all texts, and forms that the sample lacks, as far as they are shown without ``--detail``."""


def plan_lines(plan: Plan, *, detail: bool = False, arguments: Sequence[str] | None = ()) -> list[str]:
    """Return *plan* as lines of text.

    Args:
        plan: the plan.
        detail: show templates and every task, too.
        arguments: of the `runner apply` that applies it, for the last line; None = there is no such line.
    """
    ledger = (
        f"ledger {plan.ledger.lineage[:8]} at {plan.ledger.head.sequence}"
        if plan.ledger.lineage
        else "no ledger yet"
    )
    lines = [
        f"Plan {plan.digest[:8]}  {plan.environment}  {plan.created_at:%Y-%m-%d %H:%M} UTC  {ledger}",
        "",
    ]
    for campaign in plan.campaigns:
        lines += [*_campaign(campaign, detail=detail), ""]
    return [*lines, *(_next_step(plan, arguments) if arguments is not None else [])]


def _campaign(plan: CampaignPlan, *, detail: bool) -> list[str]:
    head = f"{plan.name} {plan.edition}  ({visible(plan.path)})"
    if plan.over:
        lines = [f"{head}: {_over(plan.hours)}, calls nobody; {plural(plan.rows, 'row')} in the audience"]
        return [*lines, *([f"  replaced  {_replaced(plan.replaces)}"] if plan.replaces else [])]
    lines = [head, "", *_closing(plan), *_buckets(plan), ""]
    lines += [f"  {name:<9} {text}" for name, text in _facts(plan)]
    lines += [f"  warning: {visible(warning)}" for warning in plan.warnings]
    lines += _texts(plan, detail=detail)
    if detail:
        lines += [
            "",
            *(
                f"  task {task.name}  {blind(task.people)} people  {visible(task.variant)}"
                for task in plan.tasks
            ),
        ]
    return lines


def _closing(plan: CampaignPlan) -> list[str]:
    if plan.closing is None:
        return []
    tasks, number = plan.closing.tasks, plan.closing.people
    return [
        f"  ? closed: nobody knows who is in {plural(tasks, 'task')} of {people(number)} that a lost ledger knew,",
        "    so nobody is called who is not known to be in none. docs/ledger.md says what to do",
        "",
    ]


def _buckets(plan: CampaignPlan) -> list[str]:
    shown = {b: n for b in _SIGNS if (n := plan.buckets.get(b, 0)) or b is Bucket.NEW}
    width = max(len(count(n)) for n in (*shown.values(), plan.rows))
    lines = []
    for bucket, number in shown.items():
        sign, words = _SIGNS[bucket]
        reasons = _reasons(r for r in plan.reasons if r.bucket is bucket)
        lines.append(f"  {sign} {count(number):>{width}} {words}{reasons}")
    total = sum(plan.buckets.values())
    lines.append(f"    {'-' * width}")
    lines.append(f"    {count(total):>{width}} accounted for of {plural(plan.rows, 'row')}")
    return lines


def _reasons(reasons: Iterable[Reason]) -> str:
    parts = []
    for reason in reasons:
        rows = f" (row {_rows(reason)})" if reason.rows else ""
        parts.append(f"{visible(reason.text)} {blind(reason.count)}{rows}")
    return f": {', '.join(parts)}" if parts else ""


def _rows(reason: Reason) -> str:
    shown = ", ".join(str(row) for row in reason.rows[:3])
    return f"{shown}, …" if reason.count > len(reason.rows[:3]) else shown


def _facts(plan: CampaignPlan) -> Iterable[tuple[str, str]]:
    if plan.countries:
        parts = [
            f"{visible(code)} {blind(n)}"
            for code, n in sorted(plan.countries.items(), key=lambda p: (-p[1], p[0]))
        ]
        rest = len(parts) - MOST_COUNTRIES
        yield "countries", "  ".join(parts[:MOST_COUNTRIES]) + (f"  and {rest} more" if rest > 0 else "")
    yield "hours", hours_text(plan.hours)
    if plan.tasks:
        largest = max(task.people for task in plan.tasks)
        most = people(largest) if len(plan.tasks) == 1 else f"{blind(largest)} people"
        cohorts = len({task.cohort for task in plan.tasks})
        yield (
            "requests",
            f"{plural(len(plan.tasks), 'request')} of at most {most}, {plural(cohorts, 'cohort')}",
        )
    if plan.replaces:
        yield "replaced", _replaced(plan.replaces)
    for segments in plan.segments:
        parts = [f"{plural(k, 'part')} {blind(n)}" for k, n in sorted(segments.histogram.items())]
        chars = f" because of {visible(' '.join(sorted(segments.forcing)))}" if segments.forcing else ""
        ucs2 = f"; {blind(segments.ucs2)} not in the GSM alphabet{chars}" if segments.ucs2 else ""
        yield segments.title, ", ".join(parts) + ucs2
    for guard in plan.guards:
        state = "ok" if guard.passed else f"REFUSED ({visible(str(guard.where))})"
        yield "guard", f"{guard.name} {count(guard.value)} of {count(guard.limit)} {state}"
    for line in plan.settings_lines:
        yield "settings", visible(line)


def _replaced(replaces: Sequence[Replacement]) -> str:
    """Return in words which waiting requests are cancelled, and what becomes of their people."""
    waiting = sum(one.people for one in replaces)
    parts = [
        f"{words} {blind(number)}"
        for words, number in (
            ("called again", sum(one.again for one in replaces)),
            ("of these changed", sum(one.changed for one in replaces)),
            ("not called any more", sum(one.dropped for one in replaces)),
        )
        if number
    ]
    requests = plural(len(replaces), "waiting request")
    return f"{requests} of {blind(waiting)} people cancelled first: {', '.join(parts)}"


def hours_text(hours: Hours) -> str:
    """Return *hours* in words."""
    start = f"from {hours.at:%Y-%m-%d %H:%M}" if hours.at else "as soon as applied"
    windows = ", ".join(f"{w.start:%H:%M}-{w.end:%H:%M}" for w in hours.windows)
    end = f"; not after {hours.not_after:%Y-%m-%d %H:%M}" if hours.not_after else ""
    return f"{start}{f'; {windows}' if windows else ''}{end}{f' {hours.timezone}' if hours.timezone else ''}"


def _over(hours: Hours) -> str:
    return f"over since {hours.not_after:%Y-%m-%d %H:%M} {hours.timezone}" if hours.not_after else "over"


def _texts(plan: CampaignPlan, *, detail: bool) -> list[str]:
    texts = [(f"{one.title} (sample row {one.row})", one.text) for one in plan.sample]
    if detail or not texts:
        texts += [(f"{title} template", source.rstrip("\n")) for title, source in plan.templates.items()]
    lines: list[str] = []
    for number, (title, text) in enumerate(texts):
        block = _text(title, text, most=None if detail else MOST_LINES)
        if number and not detail and len(lines) + len(block) > ROOM_FOR_TEXTS:
            lines += ["", f"  and {plural(len(texts) - number, 'more text')}: --detail shows all"]
            break
        lines += block
    if not plan.sample and plan.templates:
        lines.append("  (no sample is committed, so only templates are shown; see `[audience] sample`)")
    return [*lines, *_unreached(plan.unreached, most=None if detail else MOST_UNREACHED)]


def _text(title: str, text: str, *, most: int | None) -> list[str]:
    lines = visible_lines(text)
    rest = [f"  | … and {plural(len(lines) - most, 'more line')}"] if most and len(lines) > most else []
    return ["", f"  {title}", *(f"  | {line}" for line in lines[:most]), *rest]


def _unreached(reasons: Sequence[Reason], *, most: int | None) -> list[str]:
    lines = [f"  not in the sample: {visible(r.text)}, {blind(r.count)} people" for r in reasons[:most]]
    rest = reasons[most:] if most else ()
    if rest:
        lines.append(
            f"  not in the sample: {plural(len(rest), 'more form')}, {blind(sum(r.count for r in rest))} people"
        )
    return lines


def _next_step(plan: Plan, arguments: Sequence[str]) -> list[str]:
    refused = [f"{one.name} by `{g.name}`" for one in plan.campaigns for g in one.guards if not g.passed]
    if refused:
        return [f"Apply would refuse {', '.join(refused)}: see the guards above."]
    if not plan.has_changes:
        return ["Nobody to call."]
    words = shlex.join([*arguments, "--ack-calls", str(plan.calls)])
    made = "" if arguments else f"   or: make apply ACK={plan.calls}"
    what = f"call {people(plan.calls)}" if plan.calls else "take waiting calls back, and call nobody"
    return [f"To {what}: runner apply {visible(words)}{made}"]
