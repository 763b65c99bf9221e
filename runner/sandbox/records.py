"""Call records: one by its voice id, or all of a range of time by pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from runner.sandbox.account import Account
from runner.sandbox.fields import Fields
from runner.sandbox.outcomes import Outcome
from runner.sandbox.paging import listing, read_page
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.task import Task
from runner.sandbox.vendor_time import in_local_time, time_with_offset, with_offset

_DAY_S: Final = 86_400
_LONGEST_SPAN_S: Final = 31 * _DAY_S
_KEPT_S: Final = 62 * _DAY_S
_ID_DIGITS: Final = 7
_POSITION_DIGITS: Final = 6


def query_records(account: Account, fields: Fields) -> dict[str, object]:
    """Return a page of the calls that ended and were submitted in a range of time.

    No filter by task, application or callee exists. Which time the range means, and the order (by task,
    then by time), are assumptions; the range is read on the virtual time.

    Raises:
        RefusedError: -22 for a range of more than 31 days.
    """
    page = read_page(fields)
    params = fields.required_child("params")
    begin, end = time_with_offset(params, "strTime"), time_with_offset(params, "endTime")
    account.note_unknown(fields)
    if not 0 <= end - begin <= _LONGEST_SPAN_S:
        raise RefusedError(Code.PARAMETER, "at most 31 days")
    now = account.now()
    calls = list(_ended(account, max(begin, now - _KEPT_S), end, now))
    first = (page.current - 1) * page.size
    shown = [_record(account, task, position) for task, position in calls[first : first + page.size]]
    return listing(shown, page, total=len(calls))


def _ended(account: Account, begin: float, end: float, now: float) -> Iterator[tuple[Task, int]]:
    for task in account.book.tasks():
        called = range(task.called(now))
        first = bisect_left(called, begin, key=lambda at: int(task.plan.dial_time(at)))
        after = bisect_right(called, end, key=lambda at: int(task.plan.dial_time(at)))
        for position in called[first:after]:
            if task.has_ended(position, now):
                yield task, position


def record(account: Account, voice_id: str) -> dict[str, object]:
    """Return one call record.

    Raises:
        RefusedError: -24 for an unknown call and one of more than two months ago (an assumption).
    """
    now = account.now()
    if voice_id.isascii() and voice_id.isdigit() and len(voice_id) > _ID_DIGITS + _POSITION_DIGITS:
        task = account.book.task(int(voice_id[-_ID_DIGITS - _POSITION_DIGITS : -_POSITION_DIGITS]))
        position = int(voice_id[-_POSITION_DIGITS:])
        if (
            task
            and task.has_ended(position, now)
            and task.plan.dial_time(position) > now - _KEPT_S
            and _voice_id(account, task, position) == voice_id
        ):
            return _record(account, task, position)
    raise RefusedError(Code.MISSING, "voiceId")


def _voice_id(account: Account, task: Task, position: int) -> str:
    """Return an id like the vendor's: the time of the call to the second, then what makes it unique."""
    clock = in_local_time(task.plan.dial_time(position), account.zone)
    digits = "".join(character for character in clock[2:] if character.isdigit())
    return f"{digits}{task.task_id:0{_ID_DIGITS}d}{position:0{_POSITION_DIGITS}d}"


def _record(account: Account, task: Task, position: int) -> dict[str, object]:
    outcome = task.outcome(position)
    cost = float(account.switches.rate_per_minute) * outcome.charged_s / 60
    return {
        "voiceId": _voice_id(account, task, position),
        "callee": task.callees.numbers[position],
        "displayNum": task.order.display_number,
        "code": "",
        **_times(account, task.plan.dial_time(position), outcome),
        "callDuration": outcome.talk_s,
        "chargedDuration": outcome.charged_s,
        "terminationCode": "200" if outcome.is_success else "486",
        "terminationReason": "success" if outcome.is_success else "failed",
        "cost": f"{cost:.6f}",
        "billPeriod": "20+20",
        "rate": account.switches.rate_per_minute,
        "baseCost": "0",
        "voiceFileId": task.order.voice.file_id,
        "feedbackValue": outcome.key or "-1",
        "calledInfo": "",
        "currency": "USD",
    }


def _times(account: Account, dialled_at: float, outcome: Outcome) -> dict[str, object]:
    """Return the five times of a call in ISO-8601 with offset; null for what did not happen (an assumption)."""
    zone, picked_up = account.zone, dialled_at + outcome.ring_s
    return {
        "submitTime": with_offset(dialled_at, zone),
        "callTime": with_offset(dialled_at, zone),
        "ringingTime": with_offset(dialled_at, zone) if outcome.has_rung else None,
        "answerTime": with_offset(picked_up, zone) if outcome.talk_s else None,
        "hangupTime": with_offset(picked_up + outcome.talk_s, zone),
    }
