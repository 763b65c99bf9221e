"""Settle a task in doubt: by what the vendor lists now, and where that says nothing, by a person's statement."""

from dataclasses import dataclass
from datetime import datetime

from runner.apply.account import bind_account
from runner.apply.cancel import Fate, go_on_cancelling, seen_in
from runner.apply.desk import Desk
from runner.apply.lookup import list_tasks
from runner.apply.reconcile import reconcile
from runner.apply.settle import settle, settle_all
from runner.apply.tolerance import signature_lives
from runner.counts import count, people
from runner.errors import InvalidError, Problem, RefusedError
from runner.model.task_fact import TaskResolved
from runner.planning.history import IN_DOUBT, Standing, TaskHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a person says of a task.

    Attributes:
        accepted: the vendor took it; False: it never arrived, and its people may be called.
        people: how many it concerns, so that nobody speaks of another task than the one that they mean.
    """

    accepted: bool
    people: int
    reason: str
    by: str


def resolve(desk: Desk, name: str, statement: Statement) -> TaskHistory:
    """Return the task *name* after it was settled, by the vendor's list if that says anything, else as stated.

    Raises:
        InvalidError: there is no such task, or it is not in doubt.
        RefusedError: the number of people is another one, or it is too early to state that the task is absent.
        CredentialsError: the vendor account is not the one that the task was sent to, so its list says nothing.
        UnavailableError: the vendor did not answer.
    """
    task = _in_doubt(desk, name)
    _check_number(task, statement)
    listing = reconcile(desk)
    bind_account(desk)
    settle_all(desk, listing)
    go_on_cancelling(desk, listing)
    task = _named(desk, name)
    if task.standing not in IN_DOUBT:
        return task
    if not statement.accepted:
        _check_time(desk, task)
        _check_not_listed(desk, task)
        if not task.final:
            # Once more over the whole settle time, for it is the last look before its people may be called.
            settle(desk, task)
    seen = desk.ledger.head().sequence
    task = _named(desk, name)
    if task.standing in IN_DOUBT:
        desk.decide(
            TaskResolved(
                task=task.task,
                accepted=statement.accepted,
                people=statement.people,
                reason=statement.reason,
                by=statement.by,
            ),
            seen=seen,
        )
    return _named(desk, name)


def _in_doubt(desk: Desk, name: str) -> TaskHistory:
    task = _named(desk, name)
    if task.standing not in IN_DOUBT:
        message = f"{name} is not in doubt: it is {task.standing.value.replace('_', ' ')}"
        raise InvalidError(
            [Problem(code="not-in-doubt", message=message, hint="`runner status` lists doubts first")]
        )
    return task


def _named(desk: Desk, name: str) -> TaskHistory:
    task = desk.history().named(name)
    if task is None:
        message = f"the ledger has no task {name} of {desk.campaign.name} {desk.campaign.edition}"
        raise InvalidError([Problem(code="no-such-task", message=message, hint="`runner status` names them")])
    return task


def _check_not_listed(desk: Desk, task: TaskHistory) -> None:
    """Refuse to call a task absent that was taken and is to be cancelled, as long as the vendor lists it."""
    if task.standing is not Standing.CANCELLING:
        return
    sight = seen_in(task, list_tasks(desk, task.task.name))
    if sight.fate is not Fate.MISSING:
        message = f"{task.task.name} is not absent: the vendor lists it, {sight.fate.value}"
        hint = "`runner apply` goes on cancelling it, and looks it up until it is cancelled or finished"
        raise RefusedError(message, hint=hint, code="not-absent")


def _check_number(task: TaskHistory, statement: Statement) -> None:
    """Refuse another number than that of the task. Where one of several attempts was taken, the number says which."""
    rights = dict.fromkeys(task.counts if statement.accepted else (task.people,))
    if statement.people not in rights:
        *first, last = rights
        has = " or ".join([*map(count, first), people(last)])
        message = f"{task.task.name} has {has}, not {statement.people:,}; nothing was changed"
        hint = "if it is the right task, pass --people " + " or ".join(map(str, rights))
        raise RefusedError(message, hint=hint, code="other-number")


def _check_time(desk: Desk, task: TaskHistory) -> None:
    now = desk.clock.now()
    lives = signature_lives(desk.ledger.tolerance(desk.vendor.account), now=now)
    earliest = task.sending.signed_at + lives + desk.settle_time
    if now < earliest:
        message = (
            f"{task.task.name} was signed at {_clock(task.sending.signed_at)} UTC and may still arrive; "
            f"it can be stated absent from {_clock(earliest)} UTC on"
        )
        raise RefusedError(message, hint="until then `runner apply` looks it up again", code="too-early")


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"
