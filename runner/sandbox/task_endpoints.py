"""Group-call tasks: send, update, cancel, resend."""

from dataclasses import replace
from typing import Final

from runner.sandbox.account import Account
from runner.sandbox.callees import Callees, read_callees
from runner.sandbox.fields import Fields
from runner.sandbox.order import Order, read_order
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.switches import Switches
from runner.sandbox.task import Task, TaskStatus

_LARGEST_ID: Final = 2**31 - 1
_CANCELLABLE: Final = frozenset({TaskStatus.WAITING, TaskStatus.CALLING, TaskStatus.SUSPENDED})
_OVER: Final = frozenset({TaskStatus.FINISHED, TaskStatus.CANCELLED})


def send(account: Account, fields: Fields) -> int | None:
    """Accept a task and return its id, or None by the switch ``send_data``.

    The order of the checks is an assumption: fields, files, callees, name, balance. Nothing is kept of a
    refused request.
    """
    order = read_order(fields, switches=account.switches)
    account.check_files(order.voices())
    callees, unknown = read_callees(fields, used=order.slots(account.switches), switches=account.switches)
    now = account.now()
    account.check_name(order.name)
    account.check_balance(now)
    task = account.accept(order, callees, now=now)
    account.note_unknown(fields, *unknown)
    return task.task_id if account.switches.send_data == "id" else None


def update(account: Account, fields: Fields) -> None:
    """Replace everything of a waiting task but application, callees and recall flow.

    A full replacement, since the page marks name and source as required: without ``sendTime`` the task
    starts now. That only a waiting task can be updated, else -37, is an assumption.
    """
    now = account.now()
    task = account.visible(fields.required_integer("keyId", 1, _LARGEST_ID), now)
    if task.status(now) is not TaskStatus.WAITING:
        raise RefusedError(Code.TASK_STATE)
    order = replace(_read_again(account, fields, task), recall=task.order.recall)
    if order.name != task.order.name:
        account.check_name(order.name)
    account.book.rename(task, order.name)
    order = account.store_inline_files(order)
    task.revise(order, account.dial_plan(order, len(task.callees), not_before=now))
    account.note_unknown(fields)


def resend(account: Account, fields: Fields) -> int:
    """Accept a new task for the callees of one that is over, and return its id.

    Raises:
        RefusedError: -37 where the task is not over (an assumption), -34 where nobody is left to call.
    """
    now = account.now()
    task = account.visible(fields.required_integer("keyId", 1, _LARGEST_ID), now)
    only_failed = fields.required_integer("resendType", 0, 1) == 1
    order = _read_again(account, fields, task)
    if task.status(now) not in _OVER or task.ended_at(now) is None:
        raise RefusedError(Code.TASK_STATE)
    callees = task.callees
    if only_failed:
        callees = callees.subset(list(task.unreached(now)))
    if not len(callees):
        raise RefusedError(Code.NO_CALLABLE_NUMBERS)
    account.check_name(order.name)
    account.check_balance(now)
    account.note_unknown(fields)
    return account.accept(order, callees, now=now).task_id


def _read_again(account: Account, fields: Fields, task: Task) -> Order:
    """Return the order of an update or a resend, whose texts must suit the callees that *task* has."""
    order = read_order(fields, switches=account.switches, app_id=task.order.app_id)
    account.check_files(order.voices())
    check_slots(order, task.callees, account.switches)
    return order


def check_slots(order: Order, callees: Callees, switches: Switches) -> None:
    """Return if *callees* have every variable that the texts of *order* use; else -22."""
    for slot in order.slots(switches):
        if slot not in callees.texts or any(value is None for value in callees.texts[slot]):
            raise RefusedError(Code.PARAMETER, f"text{slot} must not be null")


def cancel(account: Account, fields: Fields) -> None:
    """Cancel all tasks of ``taskIdList``, or none where one of them does not permit it (an assumption).

    Calls in progress go on; nobody else is dialled; recall flows stay as they are.

    Raises:
        RefusedError: -22 without ids, -24 for an unknown one, -54 for a task that is neither waiting nor
            calling nor suspended.
    """
    ids = fields.array("taskIdList")
    if not ids:
        raise RefusedError(Code.PARAMETER, "taskIdList is required")
    now = account.now()
    tasks = []
    for task_id in ids:
        if not isinstance(task_id, int) or isinstance(task_id, bool):
            raise RefusedError(Code.PARAMETER, "taskIdList must hold integers")
        tasks.append(account.visible(task_id, now))
    if any(task.status(now) not in _CANCELLABLE for task in tasks):
        raise RefusedError(Code.CANCEL_STATE)
    for task in tasks:
        task.cancelled_at = now
    account.note_unknown(fields)
