"""Recall flows: list, detail, update, cancel."""

from dataclasses import replace
from typing import Final

from runner.sandbox.account import Account
from runner.sandbox.fields import Fields
from runner.sandbox.paging import page_of, read_page
from runner.sandbox.recall_flow import Flow, Node, RecallStatus
from runner.sandbox.recall_plan import read_recall_plan
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.task_endpoints import check_slots
from runner.sandbox.vendor_time import in_local_time, required_range

_LARGEST_ID: Final = 2**31 - 1
_BY_FLOW, _BY_TASK, _BY_ROUND = 1, 2, 3


def query_flows(account: Account, fields: Fields) -> dict[str, object]:
    """Return a page of the flows whose task was created in a range of time, newest first.

    ``taskName`` is part of the parent's name, or exactly the parent's id.
    """
    page = read_page(fields)
    params = fields.required_child("params")
    begin, end = required_range(params, account.zone)
    wanted = params.text("taskName") or ""
    account.note_unknown(fields)
    now = account.now()
    found = [
        flow
        for flow in account.book.flows()
        if now >= flow.source.submission.visible_at
        and begin <= int(flow.source.submission.created_at) <= end
        and (wanted.casefold() in flow.source.order.name.casefold() or wanted == str(flow.source.task_id))
    ]
    return page_of(found[::-1], page, lambda flow: _record(account, flow, now))


def _record(account: Account, flow: Flow, now: float) -> dict[str, object]:
    return {
        "keyId": flow.key_id,
        "taskId": flow.source.task_id,
        "taskName": flow.source.order.name,
        "createTime": in_local_time(flow.source.submission.created_at, account.zone),
        "recallType": int(flow.plan.only_failed),
        "recallInterval": flow.plan.interval_s // 60,
        "recallNum": flow.plan.rounds,
        "finishNum": flow.finished(now),
        "status": int(flow.status(now)),
    }


def flow_detail(account: Account, fields: Fields) -> dict[str, object]:
    """Return one flow with a node per round; a node has a task id once its round has started."""
    now = account.now()
    flow = _flow(account, fields.required_integer("keyId", 1, _LARGEST_ID), now)
    account.note_unknown(fields)
    record = _record(account, flow, now)
    shown = {name: record[name] for name in ("keyId", "recallInterval", "recallNum", "recallType", "status")}
    return {**shown, "nodeList": [_node(flow, node, now) for node in flow.nodes]}


def _node(flow: Flow, node: Node, now: float) -> dict[str, object]:
    overrides = flow.plan.overrides
    override = overrides[node.round_number - 1] if node.round_number <= len(overrides) else flow.source.order
    return {
        "keyId": node.key_id,
        "taskId": node.task.task_id if node.task else None,
        "nodeStatus": int(node.status(now)),
        "source": override.voice.source,
        "voiceFileId": override.voice.file_id,
        "text": override.voice.text,
        "hangUpSms": int(override.sms is not None),
        "smsContent": override.sms.template if override.sms else None,
    }


def _flow(account: Account, key_id: int, now: float) -> Flow:
    flow = account.book.flow(key_id)
    if flow is None or now < flow.source.submission.visible_at:
        raise RefusedError(Code.PARAMETER, "keyId")
    return flow


def update_flow(account: Account, fields: Fields) -> None:
    """Replace the plan of a flow that is still pending.

    Raises:
        RefusedError: -22 for another state or an unknown flow: the only code of these pages that fits.
    """
    now = account.now()
    flow = _flow(account, fields.required_integer("keyId", 1, _LARGEST_ID), now)
    plan = read_recall_plan(fields)
    if flow.status(now) is not RecallStatus.PENDING:
        raise RefusedError(Code.PARAMETER, "the recall flow is not pending")
    account.check_files(entry.voice for entry in plan.overrides)
    check_slots(replace(flow.source.order, recall=plan), flow.source.callees, account.switches)
    node_ids = [account.book.new_id() for _ in range(plan.rounds)]
    flow.set_plan(account.store_round_files(plan), node_ids)
    account.note_unknown(fields)


def cancel_flow(account: Account, fields: Fields) -> None:
    """Cancel by flow id (type 1), by parent task id (2), or from one round on by that round's id (3)."""
    kind = fields.required_integer("type", _BY_FLOW, _BY_ROUND)
    wanted = fields.required_integer("id", 1, _LARGEST_ID)
    account.note_unknown(fields)
    now = account.now()
    for flow in account.book.flows():
        if kind == _BY_ROUND and any(node.key_id == wanted for node in flow.nodes):
            flow.cancel_from(wanted, now)
            return
        if wanted == {_BY_FLOW: flow.key_id, _BY_TASK: flow.source.task_id}.get(kind):
            flow.cancel_all(now)
            return
    raise RefusedError(Code.PARAMETER, "id")
