"""What the ledger's entries say about each task: the fold from facts to standings. Pure, and the only reading of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from runner.model.edition_fact import EditionReopened, Withdrawn
from runner.model.entry import Entry
from runner.model.ledger_fact import Bound, Genesis, Halted, Lifted, Renamed, ToleranceMeasured
from runner.model.outcome_fact import OutcomesErased, RecordsRead, TaskOutcomes, TaskRound
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.rebuild_fact import Rebuilt, Replaced, TaskFound
from runner.model.round import RoundStatus
from runner.model.task_fact import (
    Sending,
    TaskAbsent,
    TaskAccepted,
    TaskCancelled,
    TaskCancelling,
    TaskConfirmed,
    TaskDoubtful,
    TaskFact,
    TaskFailed,
    TaskNotCancelled,
    TaskNotSent,
    TaskRejected,
    TaskReplaced,
    TaskResolved,
    TaskUnknown,
)
from runner.model.task_id import TaskId


class Standing(StrEnum):
    """What is known of a task, and so of its people."""

    SENDING = "sending"  # intent without an answer: a crash, or it is under way
    UNKNOWN = "unknown"
    ABSENT = "absent"
    DOUBTFUL = "doubtful"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REFUSED = "refused"  # by the account: nothing is wrong with the task
    NOT_SENT = "not_sent"
    FAILED = "failed"
    STATED_SENT = "stated_sent"  # by a person
    STATED_ABSENT = "stated_absent"
    CANCELLING = "cancelling"  # by us, and not seen cancelled twice yet
    CANCELLED = "cancelled"  # by us: its people are to be sent again
    REPLACED = "replaced"  # cancelled, and its people were sent again as far as they are to be called
    WITHDRAWN = "withdrawn"  # cancelled, and its people are not called any more in this edition


UNSETTLED = frozenset({Standing.SENDING, Standing.UNKNOWN})
"""Apply looks these up before it sends anything."""

IN_DOUBT = frozenset(
    {Standing.SENDING, Standing.UNKNOWN, Standing.ABSENT, Standing.DOUBTFUL, Standing.CANCELLING}
)
SENT = frozenset({Standing.ACCEPTED, Standing.CONFIRMED, Standing.STATED_SENT})
MAY_RING = SENT | IN_DOUBT
"""Their people were called, will be, or may have been: each is a call for the caps."""

TAKEN_BACK = frozenset({Standing.CANCELLED, Standing.REPLACED, Standing.WITHDRAWN})
"""Seen cancelled by us with nobody called."""

FREED = frozenset({Standing.REFUSED, Standing.NOT_SENT, Standing.FAILED, Standing.STATED_ABSENT})
"""Their people are new again."""

NOT_TAKEN = frozenset({Standing.NOT_SENT, Standing.REFUSED, Standing.REJECTED})
"""By what the vendor or the line said; its list may know better."""

ENDED = frozenset({Standing.REJECTED, Standing.REFUSED, Standing.FAILED, Standing.STATED_ABSENT, *TAKEN_BACK})
"""They count for the generation, so that their names never come back."""


_OVER = frozenset({RoundStatus.DONE, RoundStatus.CANCELLED, RoundStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHistory:
    """One task, folded.

    Attributes:
        sending: the newest attempt.
        block: sequence of the entry that holds its people.
        said: what the vendor or a look-up said last, in words; empty where nothing was said.
        final: its doubt can be settled by a person only.
        over: it was seen finished; it waits no more, whenever it was sent for.
        why: it was to be cancelled: ``replace`` or ``withdraw``; None where it never was.
        ended: it stood in one of `ENDED` once; evidence that came later may have changed that.
        outcomes: sequences of the entries that say what became of its calls.
        rounds: its recall rounds by number, as they were seen last; empty where nobody looked, or there are none.
        earlier: the attempt before, whose request may be executed yet: the vendor's count tells which one it took. Each
            attempt holds no others than people of the one before. None where there is no such doubt.
    """

    task: TaskId
    sending: Sending
    block: int
    standing: Standing
    job_id: int | None
    said: str
    code: str | None
    since: datetime
    final: bool = False
    why: str | None = None
    over: bool = False
    ended: bool = False
    outcomes: tuple[int, ...] = ()
    rounds: tuple[TaskRound, ...] = ()
    earlier: "TaskHistory | None" = None

    @property
    def are_rounds_over(self) -> bool:
        """Tell whether each recall round that the vendor has of it was seen done, cancelled or failed."""
        numbers = [one.number for one in self.rounds if one.status in _OVER]
        return bool(numbers) and numbers == list(range(1, self.rounds[-1].of + 1))

    @property
    def attempts(self) -> tuple["TaskHistory", ...]:
        """Return this attempt and all that may have been taken in its place, the newest first."""
        return (self, *(self.earlier.attempts if self.earlier is not None else ()))

    @property
    def counts(self) -> tuple[int, ...]:
        """Return how many people the vendor may count in it, the newest attempt first."""
        return tuple(attempt.sending.people for attempt in self.attempts)

    @property
    def people(self) -> int:
        """Return how many people it concerns, those of earlier attempts included as long as these are open."""
        return self.counts[-1]


@dataclass(frozen=True, slots=True)
class History:
    """All tasks of one campaign and edition, in the order in which they were first sent.

    Attributes:
        found: those of which a rebuilt ledger knows no more than name and number of people.
        reopened: a person stated that the edition may be called although who is in them is not known.
        withdrawn: the decision that nobody of it is called any more; None where there is none.
        takes_names_twice: the vendor was seen to have two tasks of one name, whatever a setting says.
    """

    tasks: tuple[TaskHistory, ...]
    found: tuple[TaskFound, ...] = ()
    reopened: bool = False
    withdrawn: Withdrawn | None = None
    takes_names_twice: bool = False

    @property
    def generation(self) -> int:
        """Return how many tasks ever ended, or may have, without anybody being called by them; it never falls."""
        return sum(task.ended for task in self.tasks) + len(self.found)

    @property
    def closed_by(self) -> tuple[TaskFound, ...]:
        """Return the tasks that anybody may be in: as long as there are any, nobody who is not known is called."""
        return () if self.reopened else tuple(task for task in self.found if not task.over)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all tasks."""
        return frozenset(task.task.name for task in self.tasks) | {one.task.name for one in self.found}

    def in_standing(self, standings: Iterable[Standing]) -> tuple[TaskHistory, ...]:
        """Return the tasks in one of *standings*."""
        wanted = frozenset(standings)
        return tuple(task for task in self.tasks if task.standing in wanted)

    def named(self, name: str) -> TaskHistory | None:
        """Return the task called *name*."""
        return next((task for task in self.tasks if task.task.name == name), None)


_TWICE = "tasks of this name"


def listed_twice(count: int) -> str:
    """Return the reason of a doubt about a task whose name the vendor lists *count* times; `fold` knows it again."""
    return f"the vendor lists {count} {_TWICE}"


def fold(entries: Iterable[Entry]) -> History:
    """Return what *entries*, ascending, of one campaign and edition (former names included), say of its tasks.

    Evidence that comes late never makes a task less certain: once accepted, an *unknown*, *absent* or *not sent* of the
    same attempt is passed over, because a rival or a second look knew more. Once we asked for a task to be cancelled, only
    what was seen after that counts: a rival that was passed may still tell what it saw before.
    """
    tasks: dict[str, TaskHistory] = {}
    found: list[TaskFound] = []
    reopened = takes_names_twice = False
    withdrawn: Withdrawn | None = None
    for entry in entries:
        fact = entry.fact
        if isinstance(
            fact,
            Genesis
            | Bound
            | Renamed
            | Halted
            | Lifted
            | Suppressed
            | SuppressionLifted
            | Forgotten
            | Rebuilt
            | Replaced
            | ToleranceMeasured
            | RecordsRead
            | OutcomesErased,
        ):
            continue
        if isinstance(fact, EditionReopened):
            reopened = True
            continue
        if isinstance(fact, TaskFound):
            found.append(fact)
            continue
        if isinstance(fact, TaskDoubtful) and fact.reason.endswith(_TWICE):
            takes_names_twice = True
        if isinstance(fact, Withdrawn):
            withdrawn = withdrawn or fact
            continue
        if isinstance(fact, Sending):
            tasks[fact.task.name] = _sent(fact, entry, tasks.get(fact.task.name))
            continue
        before = tasks.get(fact.task.name)
        if isinstance(fact, TaskOutcomes | TaskRound):
            if before is not None:
                tasks[fact.task.name] = _told_of_calls(before, fact, entry.sequence)
            continue
        if before is not None:
            tasks[fact.task.name] = _after(before, fact, entry.at)
    every = tuple(tasks.values())
    return History(
        every if withdrawn is None else tuple(map(_of_withdrawn, every)),
        found=tuple(found),
        reopened=reopened,
        withdrawn=withdrawn,
        takes_names_twice=takes_names_twice,
    )


def _told_of_calls(before: TaskHistory, fact: TaskOutcomes | TaskRound, sequence: int) -> TaskHistory:
    """Return *before* with what was learned of its calls, which changes nothing of how the task itself stands."""
    if isinstance(fact, TaskOutcomes):
        return replace(before, outcomes=(*before.outcomes, sequence))
    return replace(before, rounds=_with_round(before.rounds, fact))


def _with_round(rounds: tuple[TaskRound, ...], seen: TaskRound) -> tuple[TaskRound, ...]:
    """Return *rounds* with what was *seen* last; those of a plan that had more of them are gone."""
    others = {one.number: one for one in rounds if one.of == seen.of}
    return tuple(one for _, one in sorted((others | {seen.number: seen}).items()))


def _of_withdrawn(task: TaskHistory) -> TaskHistory:
    """Return *task* of a withdrawn edition: what was cancelled to be sent again is not sent any more."""
    return replace(task, standing=Standing.WITHDRAWN) if task.standing is Standing.CANCELLED else task


def _sent(sending: Sending, entry: Entry, before: TaskHistory | None) -> TaskHistory:
    return TaskHistory(
        task=sending.task,
        sending=sending,
        block=entry.sequence,
        standing=Standing.SENDING,
        job_id=None,
        said="",
        code=None,
        since=entry.at,
        ended=before is not None and before.ended,
        outcomes=() if before is None else before.outcomes,
        rounds=() if before is None else before.rounds,
        earlier=before if before is not None and before.standing in _MAY_ARRIVE else None,
    )


_MAY_ARRIVE = frozenset({Standing.SENDING, Standing.UNKNOWN, Standing.ABSENT, Standing.DOUBTFUL})
_CANCELLABLE = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})
_AFTER_CANCELLING = TaskCancelled | TaskNotCancelled | TaskFailed | TaskResolved


def _counts(before: Standing, fact: TaskFact) -> bool:
    """Tell whether *fact* can say anything about a task that stands like *before*, with regard to cancelling."""
    is_final = isinstance(fact, TaskDoubtful) and fact.final
    if before is Standing.CANCELLING:
        return is_final or isinstance(fact, _AFTER_CANCELLING)
    return before not in TAKEN_BACK or is_final or isinstance(fact, TaskReplaced)


_OPEN = frozenset({Standing.SENDING, Standing.UNKNOWN, Standing.ABSENT})
_SEEN = frozenset({Standing.CONFIRMED, Standing.FAILED, Standing.DOUBTFUL})


_AboutCancelling = TaskCancelling | TaskCancelled | TaskNotCancelled | TaskReplaced


def _cancelled(before: TaskHistory, fact: _AboutCancelling, at: datetime) -> TaskHistory:
    expected, standing, job_id, why = {Standing.CANCELLING}, Standing.CANCELLED, before.job_id, before.why
    match fact:
        case TaskCancelling():
            expected, standing, why = {*_CANCELLABLE}, Standing.CANCELLING, fact.why
        case TaskCancelled():
            standing = Standing.WITHDRAWN if fact.why == "withdraw" else Standing.CANCELLED
            job_id = fact.job_id
        case TaskNotCancelled():
            standing, job_id = Standing.CONFIRMED, fact.job_id
        case TaskReplaced():
            expected, standing = {Standing.CANCELLED}, Standing.REPLACED
        case _:
            assert_never(fact)
    if before.standing not in expected:
        return before
    return replace(
        before,
        standing=standing,
        job_id=job_id,
        why=why,
        over=before.over or isinstance(fact, TaskNotCancelled),
        earlier=None if standing in TAKEN_BACK else before.earlier,
        said="",
        since=at,
        final=False,
        ended=before.ended or standing in ENDED,
    )


def _after(before: TaskHistory, fact: TaskFact, at: datetime) -> TaskHistory:
    if not _counts(before.standing, fact):
        return before
    if before.earlier is not None and isinstance(fact, TaskNotSent | TaskRejected):
        # An answer does not say which attempt it is to, and a passed owner's may come late: once there are two, the doubt
        # stays as it was, and so does what the vendor may count.
        is_open = before.standing in _OPEN
        return replace(before, standing=Standing.ABSENT, since=at, said=fact.reason) if is_open else before
    return _cancelled(before, fact, at) if isinstance(fact, _AboutCancelling) else _told(before, fact, at)


_ToldFact = (
    Sending
    | TaskAccepted
    | TaskRejected
    | TaskNotSent
    | TaskUnknown
    | TaskAbsent
    | TaskConfirmed
    | TaskFailed
    | TaskDoubtful
    | TaskResolved
)


def _settled(task: TaskHistory, fact: _ToldFact) -> TaskHistory:
    """Return of several attempts the one that was taken by *fact*, alone; all of them where that is not known yet."""
    if task.earlier is None:
        return task
    match fact:
        case TaskConfirmed() | TaskResolved(accepted=True):
            taken = next((one for one in task.attempts if one.sending.people == fact.people), task)
            return replace(task, sending=taken.sending, block=taken.block, earlier=None)
        case TaskFailed() | TaskResolved():
            return replace(task, earlier=None)
        case _:
            return task


def _told(before: TaskHistory, fact: _ToldFact, at: datetime) -> TaskHistory:
    keeps = before.standing not in _OPEN
    job_id, said, code = before.job_id, "", before.code
    match fact:
        case TaskAccepted():
            standing, job_id, keeps = Standing.ACCEPTED, fact.job_id or job_id, before.standing in _SEEN
        case TaskConfirmed():
            standing, job_id, keeps = Standing.CONFIRMED, fact.job_id, False
        case TaskFailed():
            standing, job_id, said, keeps = Standing.FAILED, fact.job_id, "failed at the vendor", False
        case TaskDoubtful():
            standing, job_id, said, keeps = Standing.DOUBTFUL, fact.job_id or job_id, fact.reason, False
        case TaskRejected():
            standing = Standing.REFUSED if fact.account else Standing.REJECTED
            said, code = fact.reason, fact.code
        case TaskNotSent():
            standing, said = Standing.NOT_SENT, fact.reason
        case TaskUnknown():
            standing, said = Standing.UNKNOWN, fact.reason
        case TaskAbsent():
            standing, said = Standing.ABSENT, "not in the vendor's list"
        case TaskResolved():
            standing = Standing.STATED_SENT if fact.accepted else Standing.STATED_ABSENT
            said, keeps = fact.reason, before.standing not in IN_DOUBT
        case Sending():
            return before
        case _:
            assert_never(fact)
    if keeps:
        return before
    return replace(
        _settled(before, fact),
        standing=standing,
        job_id=job_id,
        said=said,
        code=code,
        since=at,
        final=isinstance(fact, TaskDoubtful) and fact.final,
        ended=before.ended or standing in ENDED,
    )
