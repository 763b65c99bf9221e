"""Whether one person was called, as text. The number itself is not repeated but for its last digits."""

from collections.abc import Iterable, Iterator

from runner.collect.person import Call, Handed, Known
from runner.planning.history import FREED, IN_DOUBT, MAY_RING, SENT, TAKEN_BACK
from runner.views.visible import visible, visible_lines

_SHOWN_DIGITS = 4


def masked(number: str) -> str:
    """Return an E.164 number with its first digits and its last four: ``+44•••••0001``."""
    return f"{number[:3]}•••••{number[-_SHOWN_DIGITS:]}"


def person_lines(number: str, found: Known | None, *, environment: str) -> list[str]:
    """Return what was done to the person with *number*, the newest last; *found* is None where there is no ledger."""
    if found is None:
        return [f"{masked(number)}: {environment} has no ledger, so nobody was called"]
    lines = [line for one in found.tasks for line in _lines(one)] or ["in no task of this ledger"]
    if found.suppressed_at is not None:
        lines.append(
            f"suppressed since {found.suppressed_at:%Y-%m-%d %H:%M} UTC: nobody calls this person any more"
        )
    if found.forgotten_at is not None:
        lines.append(
            f"forgotten {found.forgotten_at:%Y-%m-%d %H:%M} UTC: what became of calls until then is not kept"
        )
    return [f"{masked(number)}: {line}" for line in lines]


def words_lines(
    number: str, one: Handed, words: Iterable[tuple[str, str]], *, commit: str | None, why: str
) -> list[str]:
    """Return what was said and written to the person by one task: personal content.

    Args:
        number: of the person.
        one: the task.
        words: title and text of each, proved to be what was sent.
        commit: that they were rendered from; None where there are none.
        why: there are none, in words.
    """
    head = f"{masked(number)}: {one.task.task.campaign} {one.task.task.edition}: "
    if commit is None:
        return [f"{head}the words cannot be shown: {why}"]
    lines = [f"{head}the words of commit {commit[:12]}, by their content key those that were sent:"]
    for title, text in words:
        lines += [f"  {title}: {line}" for line in visible_lines(text.rstrip("\n"))]
    return lines


def _lines(one: Handed) -> Iterator[str]:
    task, sending = one.task, one.task.sending
    head = f"{task.task.campaign} {task.task.edition}"
    when = "to be called" if task.standing in MAY_RING else "was to be called"
    yield f"{head}: {_state(one)}, {when} from {sending.calls_at:%Y-%m-%d %H:%M} UTC, task {task.task.name}"
    if one.is_withdrawn:
        yield f"{head}: taken back: nobody of this edition is called any more"
    for receipt in one.receipts:
        commit = f"commit {receipt.commit[:12]}" if receipt.commit else "no commit"
        yield (
            f"{head}: applied {receipt.began_at:%Y-%m-%d %H:%M} UTC from {commit}, plan {receipt.plan_digest[:12]}, "
            f"acknowledged for {receipt.acknowledged:,}"
        )
    for call in one.calls:
        yield f"{head}: {_call(call)}"


def _state(one: Handed) -> str:
    standing = one.task.standing
    if standing in SENT:
        return "handed over"
    if standing in IN_DOUBT:
        return "in doubt: perhaps handed over"
    if standing in TAKEN_BACK:
        return "not called by this task (taken back before it rang)"
    if standing in FREED:
        return f"not called by this task ({standing.value.replace('_', ' ')})"
    return standing.value.replace("_", " ")


def _call(call: Call) -> str:
    at = "at a time nobody told" if call.at is None else f"{call.at:%Y-%m-%d %H:%M:%S} UTC"
    parts = [
        f"call {at}: {call.outcome.replace('_', ' ')}",
        *([f"{call.duration_s} s"] if call.duration_s else []),
        *([f"key {visible(call.key)}"] if call.key is not None else []),
        "confirmed" if call.is_confirmed else "reported only",
    ]
    return ", ".join(parts)
