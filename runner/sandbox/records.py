"""Call records: one by its voice id, or all of a range of time by pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from runner.sandbox.account import Account
from runner.sandbox.ended_call import BILL_PERIOD, ID_DIGITS, POSITION_DIGITS, ended_call
from runner.sandbox.fields import Fields
from runner.sandbox.paging import listing, read_page
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.task import Task
from runner.sandbox.vendor_time import time_with_offset, with_offset

_DAY_S: Final = 86_400
_LONGEST_SPAN_S: Final = 31 * _DAY_S
_KEPT_S: Final = 62 * _DAY_S


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
    if voice_id.isascii() and voice_id.isdigit() and len(voice_id) > ID_DIGITS + POSITION_DIGITS:
        task = account.book.task(int(voice_id[-ID_DIGITS - POSITION_DIGITS : -POSITION_DIGITS]))
        position = int(voice_id[-POSITION_DIGITS:])
        if (
            task
            and task.has_ended(position, now)
            and task.plan.dial_time(position) > now - _KEPT_S
            and ended_call(task, position, switches=account.switches).voice_id == voice_id
        ):
            return _record(account, task, position)
    raise RefusedError(Code.MISSING, "voiceId")


def _record(account: Account, task: Task, position: int) -> dict[str, object]:
    """Return a record: no task, no status of the call, and times in ISO-8601. Null for what did not happen: an assumption."""
    switches, zone = account.switches, account.zone
    call = ended_call(task, position, switches=switches)
    code, reason = call.termination(switches)
    moments = {
        "submitTime": call.dialled_at,
        "callTime": call.dialled_at,
        "ringingTime": call.rang_at,
        "answerTime": call.picked_up_at,
        "hangupTime": call.ended_at,
    }
    return {
        "voiceId": call.voice_id,
        "callee": call.number,
        "displayNum": task.order.display_number,
        "code": "",
        **{name: None if at is None else with_offset(at, zone) for name, at in moments.items()},
        "callDuration": call.outcome.talk_s,
        "chargedDuration": call.outcome.charged_s,
        "terminationCode": code,
        "terminationReason": reason,
        "cost": call.cost(switches),
        "billPeriod": BILL_PERIOD,
        "rate": switches.rate_per_minute,
        "baseCost": "0",
        "voiceFileId": task.order.voice.file_id,
        "feedbackValue": call.outcome.key or "-1",
        "calledInfo": "",
        "currency": "USD",
    }
