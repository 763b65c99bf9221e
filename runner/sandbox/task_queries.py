"""Group-call tasks: list and detail."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from runner.sandbox.account import Account
from runner.sandbox.fields import Fields
from runner.sandbox.paging import page_of, read_page
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.task import Task, TaskStatus
from runner.sandbox.vendor_time import in_local_time, required_range

_PLAIN_GROUP_CALL: Final = 1
_LARGEST_INT: Final = 2**31 - 1


def query(account: Account, fields: Fields) -> dict[str, object]:
    """Return a page of the tasks created in a range of time, newest first.

    The newest come first by assumption, so pages shift while tasks are added, and by the fault ``shift``.
    ``searchCondition`` finds part of a task's name, file name or voice text, in any case.
    """
    page = read_page(fields)
    page = replace(page, size=min(page.size, account.switches.largest_page))
    params = fields.required_child("params")
    begin, end = required_range(params, account.zone)
    wanted = _statuses(params)
    needle = (params.text("searchCondition") or "").casefold()
    task_type = params.integer("taskType", 1, 3) or _PLAIN_GROUP_CALL
    params.integer("idxAppId", 0, _LARGEST_INT)
    account.note_unknown(fields)
    now = account.now()
    found = [
        task
        for task in account.book.tasks()
        if task_type == _PLAIN_GROUP_CALL
        and now >= task.submission.visible_at
        and begin <= int(task.submission.created_at) <= end
        and (task.parent is None or account.switches.recall_children_listed)
        and (not wanted or task.status(now) in wanted)
        and (not needle or needle in _searched(account, task))
    ]
    found.sort(key=lambda task: (task.submission.created_at, task.task_id), reverse=True)
    first = -account.list_shifts % len(found) if found else 0
    found = [*found[first:], *found[:first]]
    return page_of(found, page, lambda task: _record(account, task, now))


def _statuses(params: Fields) -> frozenset[int]:
    statuses = params.array("statusList") or []
    if not all(type(status) is int and 0 <= status <= max(TaskStatus) for status in statuses):
        raise RefusedError(Code.PARAMETER, "statusList must hold states")
    return frozenset(status for status in statuses if isinstance(status, int))


def _searched(account: Account, task: Task) -> str:
    stored = account.files.find(task.order.voice.file_id or "")
    texts = (task.order.name, stored.name if stored else "", task.order.voice.text or "")
    return "\n".join(texts).casefold()


def _record(account: Account, task: Task, now: float) -> dict[str, object]:
    tally = task.tally(now)
    return {
        account.switches.id_field: task.task_id,
        "taskName": task.order.name,
        "status": int(task.status(now)),
        "rate": _percent(tally.ended, len(task.callees)),
        "numCnt": len(task.callees),
        "callNum": tally.called,
        "success": tally.success,
        "fail": tally.failed,
        "createdTime": in_local_time(task.submission.created_at, account.zone),
        "scriptId": None,
        "taskType": _PLAIN_GROUP_CALL,
    }


def detail(account: Account, task_id: str) -> dict[str, object]:
    """Return all that the vendor shows of one task.

    Raises:
        RefusedError: -24 for an unknown or not yet visible task, -22 for an id that is no number.
    """
    if not (task_id.isascii() and task_id.isdigit() and len(task_id) <= len(str(_LARGEST_INT))):
        raise RefusedError(Code.PARAMETER, "id")
    now = account.now()
    task = account.visible(int(task_id), now)
    zone, ended_at = account.zone, task.ended_at(now)
    return {
        **_record(account, task, now),
        **_voice_fields(account, task),
        **_figures(task, now),
        "appId": task.order.app_id,
        "displayNum": task.order.display_number,
        "maxCalls": task.order.max_talk_s,
        "loopCount": task.order.loops,
        "sendTime": None if task.order.send_at is None else in_local_time(task.order.send_at, zone),
        "mdfTime": in_local_time(task.submission.created_at, zone),
        "finishTime": None if ended_at is None else in_local_time(ended_at, zone),
    }


def _voice_fields(account: Account, task: Task) -> Mapping[str, object]:
    voice = task.order.voice
    stored = account.files.find(voice.file_id or "")
    return {
        "source": voice.source,
        "voiceFileId": voice.file_id,
        "uploadName": stored.name if stored else None,
        "baseFile": None,
        "text": voice.text,
        "lan": voice.language,
    }


def _figures(task: Task, now: float) -> Mapping[str, object]:
    tally = task.tally(now)
    return {
        "callTotal": tally.called,
        "callDuration": tally.talk_s,
        "chargeLen": tally.charged_s,
        "successRate": _percent(tally.success, tally.ended),
        "acd": f"{tally.talk_s / tally.success:.2f}" if tally.success else "0",
        "keyFeedbackNum": tally.keys,
        "toseatNum": tally.transferred,
        "receivedSeatNum": tally.transferred,
        "toseatNumRate": _percent(tally.transferred, tally.success),
        "allCallToseatNum": tally.transferred,
        "callLossNum": 0,
        "callLossNumRate": "0",
        "calloutRate": None,
        "sipGroupName": None,
        "onineSeatNum": None,
        "code": None,
    }


def _percent(part: int, whole: int) -> str:
    """Return a share as the vendor's text of whole percent, "0" of nothing."""
    return str(100 * part // whole) if whole else "0"
