"""Status reports as the vendor pushes them, one JSON object a call.

Source: the push pages of the vendor's brands, which differ in age; the newest names the task and the call's status. That a
report of a call without an answer leaves the time of the answer out, or has null there, is not documented: a switch.
"""

from typing import Any, Final

from runner.sandbox.ended_call import BILL_PERIOD, EndedCall
from runner.sandbox.outcomes import CallStatus
from runner.sandbox.switches import Switches

_GROUP_CALL: Final = 1


def status_report(call: EndedCall, switches: Switches) -> dict[str, Any]:
    """Return the report of a call that is over."""
    code, reason = call.termination(switches)
    outcome = call.outcome
    report = {
        **_about(call),
        **_times(
            switches,
            ringingTime=call.rang_at,
            answerTime=call.picked_up_at,
            hangupTime=call.ended_at,
        ),
        "callDuration": outcome.talk_s,
        "chargedDuration": outcome.charged_s,
        "billPeriod": BILL_PERIOD,
        "rate": switches.rate_per_minute,
        "cost": call.cost(switches),
        "baseCost": "0",
        "terminationCode": code,
        "terminationReason": reason,
        "sipCode": call.sip_code(switches),
        "feedbackValue": outcome.key or "-1",
        "calledInfo": "",
        "ringDuration": outcome.ring_s,
        "outRecallCount": call.task.round_number,
        **_task(call, switches),
    }
    if switches.push_call_status:
        report["callStatus"] = int(outcome.status)
    return report


def ringing_report(call: EndedCall, switches: Switches) -> dict[str, Any]:
    """Return a report of a call that only rings yet. No page shows one: the pessimistic reading."""
    return {**_about(call), **_times(switches, ringingTime=call.rang_at), **_task(call, switches)}


def forged_report(call: EndedCall, switches: Switches, *, dice: int) -> dict[str, Any]:
    """Return what somebody could make up who knows the address and this call's number.

    Every second one is about a call that never was, the others contradict the true report of this one: a person answered
    and pressed 9.
    """
    talk_ms = 30_000
    forged = status_report(call, switches) | {
        "answerTime": round(call.dialled_at * 1000) + 1000,
        "hangupTime": round(call.dialled_at * 1000) + 1000 + talk_ms,
        "callDuration": talk_ms // 1000,
        "terminationCode": "200" if switches.termination_style == "sip" else "0",
        "terminationReason": "success",
        "sipCode": "200",
        "feedbackValue": "9",
        "callStatus": int(CallStatus.CONNECTED),
    }
    if dice % 2:
        forged["voiceId"] = f"9{call.voice_id[1:]}"
    return forged


def _about(call: EndedCall) -> dict[str, Any]:
    dialled_ms = round(call.dialled_at * 1000)
    return {
        "voiceId": call.voice_id,
        "type": _GROUP_CALL,
        "callee": call.number,
        "displayNum": call.task.order.display_number,
        "code": "",
        "voiceFileId": call.task.order.voice.file_id,
        "submitTime": dialled_ms,
        "callTime": dialled_ms,
    }


def _times(switches: Switches, **moments: float | None) -> dict[str, int | None]:
    times = {name: None if moment is None else round(moment * 1000) for name, moment in moments.items()}
    if switches.push_missing_times == "null":
        return times
    return {name: time for name, time in times.items() if time is not None}


def _task(call: EndedCall, switches: Switches) -> dict[str, int]:
    """Return the numbers of the task and, in a recall round, of its parent; older forms have neither."""
    if not switches.push_task_ids:
        return {}
    task, parent = call.task, call.task.parent
    return {"taskId": task.task_id, **({"sourceTaskId": parent.task_id} if parent else {})}
