"""What the vendor would never show: who heard and read what, and what went wrong in silence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from runner.sandbox.account import Account
from runner.sandbox.outcomes import Outcome
from runner.sandbox.task import Task, TaskStatus
from runner.sandbox.vendor_time import in_utc

DEFAULT_LIMIT = 10_000


def calls(
    account: Account, *, task: str = "", number: str = "", limit: int = DEFAULT_LIMIT
) -> dict[str, Any]:
    """Return every callee of every task and recall round, and the findings, ready for JSON.

    Args:
        account: whose.
        task: only the task of this id, or the tasks of exactly this name.
        number: only callees of this number.
        limit: most calls listed; ``total`` counts all.

    Returns:
        ``calls``: task_id, task_name, parent_task_id, round, position, number, task_status, ``state``
        (``waiting``, ``in_progress``, ``ended``, ``never``), ``heard`` {source, text, file}: what is played
        to who answers, ``read`` None or {text, sender_id, sent, triggers}, ``outcome`` None or {status, key,
        ring_s, talk_s, dialled_at}. ``total``, and everything of ``summary``, with the lists ``truncations``,
        ``overlaps`` and ``repeated`` (number to count).
    """
    now = account.now()
    chosen = [
        entry
        for entry in account.book.tasks()
        if not task or task == str(entry.task_id) or task == entry.order.name
    ]
    positions = [(entry, at) for entry in chosen for at in _positions(entry, number)] if number else None
    found = iter(positions) if positions is not None else _everybody(chosen)
    total = len(positions) if positions is not None else sum(len(entry.callees) for entry in chosen)
    findings = account.findings
    return {
        **summary(account),
        "total": total,
        "calls": [_call(account, entry, at, now) for entry, at in islice(found, limit)],
        "truncations": [asdict(cut) for cut in findings.cuts],
        "overlaps": [asdict(overlap) for overlap in findings.overlaps],
        "repeated": account.book.repeated(now=now),
    }


def _positions(task: Task, number: str) -> list[int]:
    return [at for at, callee in enumerate(task.callees.numbers) if callee == number]


def _everybody(tasks: list[Task]) -> Iterator[tuple[Task, int]]:
    for task in tasks:
        for position in range(len(task.callees)):
            yield task, position


def _call(account: Account, task: Task, position: int, now: float) -> dict[str, object]:
    state = _state(task, position, now)
    outcome = task.outcome(position) if state == "ended" else None
    return {
        "task_id": task.task_id,
        "task_name": task.order.name,
        "parent_task_id": task.parent.task_id if task.parent else None,
        "round": task.round_number,
        "position": position,
        "number": task.callees.numbers[position],
        "task_status": int(task.status(now)),
        "state": state,
        "heard": _heard(account, task, position),
        "read": _read(account, task, position, outcome),
        "outcome": outcome and _outcome(task, position, outcome),
    }


def _state(task: Task, position: int, now: float) -> str:
    if task.has_ended(position, now):
        return "ended"
    if position < task.called(now):
        return "in_progress"
    is_over = task.cancelled_at is not None or task.submission.fails
    return "never" if is_over else "waiting"


def _heard(account: Account, task: Task, position: int) -> dict[str, object]:
    voice = task.order.voice
    text = voice.text
    if text is not None:
        text = account.expanded("voice", text, task.callees.values(position))
    return {"source": voice.source, "text": text, "file": voice.file_id, "language": voice.language}


def _read(account: Account, task: Task, position: int, outcome: Outcome | None) -> dict[str, object] | None:
    """Return the SMS of a callee. That several triggers of one call send one SMS is an assumption."""
    sms = task.order.sms
    if sms is None:
        return None
    fired = {
        "key": outcome is not None and outcome.key is not None and outcome.key == sms.on_key,
        "success": outcome is not None and outcome.is_success and sms.on_success_s is not None,
        "failed": outcome is not None and not outcome.is_success and sms.on_failed,
        "ring": outcome is not None and outcome.has_rung and sms.on_ring,
    }
    triggers = [name for name, is_fired in fired.items() if is_fired]
    text = account.expanded("sms", sms.template, task.callees.values(position))
    return {"text": text, "sender_id": sms.sender_id, "sent": bool(triggers), "triggers": triggers}


def _outcome(task: Task, position: int, outcome: Outcome) -> dict[str, object]:
    return {
        "status": outcome.status.name.lower(),
        "call_status": int(outcome.status),
        "key": outcome.key,
        "ring_s": outcome.ring_s,
        "talk_s": outcome.talk_s,
        "dialled_at": in_utc(task.plan.dial_time(position)),
    }


def summary(account: Account, *, prefix: str = "") -> dict[str, Any]:
    """Return counts only, ready for JSON.

    Args:
        account: whose.
        prefix: count only tasks whose name begins so; files, findings and requests are those of all.

    Returns:
        now (virtual, UTC), tasks (accepted ones, without recall rounds), tasks_by_status, recall_rounds,
        callees (of the tasks), distinct_numbers, calls_made, calls_ended, answered, voice_files, balance,
        accepted_more_than_once (numbers that two tasks rang or can still ring), overlap_count (the same, at
        any moment so far), truncation_count, overlong_texts, past_send_times, unknown_fields, requests,
        answers.
    """
    now = account.now()
    everything = [task for task in account.book.tasks() if task.order.name.startswith(prefix)]
    tasks = [task for task in everything if task.parent is None]
    tallies = [task.tally(now) for task in everything]
    states = Counter(TaskStatus(task.status(now)).name.lower() for task in tasks)
    numbers = account.book.distinct_numbers()
    if prefix:
        numbers = len(set().union(*(task.callees.numbers for task in tasks)))
    findings = account.findings
    return {
        "now": in_utc(now),
        "tasks": len(tasks),
        "tasks_by_status": dict(sorted(states.items())),
        "recall_rounds": len(everything) - len(tasks),
        "callees": sum(len(task.callees) for task in tasks),
        "distinct_numbers": numbers,
        "calls_made": sum(tally.called for tally in tallies),
        "calls_ended": sum(tally.ended for tally in tallies),
        "answered": sum(tally.success for tally in tallies),
        "voice_files": len(account.files),
        "balance": str(account.balance(now)),
        "accepted_more_than_once": len(account.book.repeated(now=now, prefix=prefix)),
        "overlap_count": findings.overlap_count,
        "truncation_count": findings.cut_count,
        "overlong_texts": findings.overlong_texts,
        "past_send_times": findings.past_send_times,
        "unknown_fields": dict(sorted(findings.unknown_fields.items())),
        "requests": dict(sorted(findings.requests.items())),
        "answers": dict(sorted(findings.answers.items())),
    }
