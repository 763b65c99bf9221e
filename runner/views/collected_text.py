"""What a `runner collect` did, as text: doubts and warnings first. People appear as counts only."""

from collections.abc import Iterator

from runner.collect.fold import Folded
from runner.collect.run import Collected
from runner.counts import count, plural
from runner.views.standing_text import SETTLES_DOUBTS, task_line
from runner.views.visible import visible


def collected_lines(collected: Collected) -> list[str]:
    """Return what was done, and what a person should look at."""
    return list(_lines(collected))


def _lines(one: Collected) -> Iterator[str]:
    for task in one.in_doubt:
        yield f"in doubt: {task_line(task)}"
    for name in one.settled:
        yield f"settled: {visible(name)}"
    for drift in one.drift:
        yield f"drift: {visible(drift.task)} is {visible(drift.what)}"
    for warning in one.warnings:
        yield f"warning: {warning}"
    yield f"pushes: {plural(one.pushes, 'body', 'bodies')} folded{_kinds(one.pushed)}"
    for reason, number in sorted(one.refused.items()):
        yield f"pushes: {count(number)} could not be read ({reason.value.replace('_', ' ')})"
    if one.since is None:
        yield "call records: none were read"
    else:
        yield f"call records: read from {one.since:%Y-%m-%d %H:%M} UTC on{_kinds(one.recorded)}"
        if not one.complete:
            yield "call records: the list changed while it was read; it is read again next time"
    if one.erased:
        yield f"outcomes: {plural(one.erased, 'entry', 'entries')} older than {plural(one.keep_days or 0, 'day')} erased"
    if one.unavailable is not None:
        yield "The vendor could not be asked. What was pushed is folded; run the same command again."
    elif one.in_doubt:
        yield f"Doubts: {SETTLES_DOUBTS}."


def _kinds(folded: Folded) -> str:
    if not folded.reports:
        return ""
    parts = [
        f"{plural(folded.reports, 'call')}",
        f"{count(folded.new)} said something new",
        *(
            [f"{count(folded.strangers)} of numbers that were not called from here"]
            if folded.strangers
            else []
        ),
        *(
            [f"{count(folded.elsewhere)} of people of ours, but of no task with that time, caller id, audio"]
            if folded.elsewhere
            else []
        ),
        *([f"{count(folded.ambiguous)} that several tasks explain"] if folded.ambiguous else []),
    ]
    return ": " + ", ".join(parts)
