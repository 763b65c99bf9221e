"""Take waiting tasks back: intent, request, and looks until they are seen cancelled with nobody called, twice.

Cancelling may be repeated at will, so a lost answer is no matter: what became of it is only ever looked up. The recall flow
of a task is cancelled before the task, since its rounds would ring without it. Whoever of a task was called before it was
cancelled is not named by anybody, so all of its people are in doubt then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.apply.lookup import Fine, Odd, Sight, list_tasks, prefixes, sight_of
from runner.apply.settle import watch
from runner.counts import people, were
from runner.errors import UnavailableError
from runner.model.task import Listing, SeenTask, TaskStatus
from runner.model.task_fact import (
    TaskCancelled,
    TaskCancelling,
    TaskDoubtful,
    TaskFact,
    TaskFailed,
    TaskNotCancelled,
)
from runner.planning.history import TAKEN_BACK, Standing, TaskHistory, listed_twice
from runner.planning.prior import BEFORE_IT_RINGS

REPLACE, WITHDRAW = "replace", "withdraw"
"""Why a task is cancelled, as the ledger says it."""


class Fate(Enum):
    """What the vendor's list says of a task that is to be cancelled."""

    MISSING = "not in the vendor's list"
    SUBMITTING = "being submitted"
    WAITS = "waiting, nobody called"
    CALLING = "being called"
    OVER = "finished"
    CANCELLED = "cancelled, nobody called"
    FAILED = "failed, nobody called"
    ODD = "not as it was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A task that is to be cancelled, as it is listed; `reason` says what is odd about it."""

    fate: Fate
    job_id: int | None = None
    reason: str = ""


def seen_in(task: TaskHistory, listing: Listing) -> Seen:
    """Return what *listing* says of *task*; recall rounds are set aside."""
    found = [one for one in listing.tasks if one.name == task.task.name and not one.is_recall]
    if not found:
        return Seen(fate=Fate.MISSING)
    if len(found) > 1:
        return Seen(fate=Fate.ODD, reason=listed_twice(len(found)))
    return _one(found[0], task.counts)


def cancel_all(desk: Desk, tasks: Sequence[TaskHistory], *, why: str, seen: int) -> None:
    """Ask for *tasks* to be cancelled and record of each what was seen: cancelled, over, or partly called.

    What could not be found out stays in doubt, and the next apply goes on with it.

    Args:
        desk: the campaign.
        tasks: they wait, or were to be cancelled before.
        why: `REPLACE` or `WITHDRAW`.
        seen: sequence of the ledger's head before they were read from it.

    Raises:
        LedgerError: the lease was lost, or somebody recorded something about one of them: nothing is cancelled any more.
        CredentialsError: the vendor refuses the account.
        HaltedError: somebody stopped everything before the next of them was to be cancelled, to be replaced.
    """
    for task in tasks:
        if task.standing is not Standing.CANCELLING:
            if why == REPLACE:
                desk.refuse_halt_file()
            fact = TaskCancelling(task=task.task, why=why, epoch=desk.lease().epoch)
            desk.decide(fact, seen=seen)
            desk.at(Boundary.CANCEL_INTENDED)
    if tasks:
        settle_s = round(desk.settle_time.total_seconds())
        desk.progress.note(
            f"{desk.campaign.name}: the vendor's list is looked at until they are cancelled, at most {settle_s} s, and once "
            f"more {settle_s} s later"
        )
    for prefix in prefixes(desk.campaign):
        of_prefix = {task.task.name: task for task in tasks if task.task.name.startswith(prefix)}
        if of_prefix:
            _Cancelling(desk, prefix, why, of_prefix).run()


def note_odd(desk: Desk, tasks: Sequence[TaskHistory], listing: Listing) -> None:
    """Record which of *tasks*, confirmed once, are not at the vendor any more as they were sent: a person must look."""
    for task in tasks:
        sight = sight_of(task, listing)
        if isinstance(sight, Odd):
            desk.record(TaskDoubtful(task=task.task, job_id=sight.job_id, reason=sight.reason))


def list_all(desk: Desk) -> Listing:
    """Return all tasks that the vendor lists of the campaign, former names included."""
    listings = [list_tasks(desk, prefix) for prefix in prefixes(desk.campaign)]
    tasks = tuple(task for listing in listings for task in listing.tasks)
    return Listing(tasks=tasks, complete=all(one.complete for one in listings), server_time=None)


def go_on_cancelling(desk: Desk, listing: Listing) -> None:
    """Go on with what an earlier command was cancelling, and see whether what was cancelled stayed so.

    Args:
        desk: the campaign.
        listing: of all its tasks, just read.
    """
    for task in desk.history().in_standing(TAKEN_BACK):
        sight = seen_in(task, listing)
        if sight.fate not in {Fate.CANCELLED, Fate.FAILED, Fate.MISSING}:
            what = sight.reason or sight.fate.value
            reason = (
                f"it was cancelled, and now the vendor lists it as {what}: its people may be called twice"
            )
            desk.record(TaskDoubtful(task=task.task, job_id=sight.job_id, reason=reason, final=True))
    head = desk.ledger.head().sequence
    open_tasks = desk.history().in_standing({Standing.CANCELLING})
    for why in (WITHDRAW, REPLACE):
        tasks = [task for task in open_tasks if task.why == why]
        if tasks:
            cancel_all(desk, tasks, why=why, seen=head)


@dataclass
class _Cancelling:
    """Some tasks of one prefix on their way from waiting to cancelled.

    Attributes:
        tasks: by name, as far as they are not seen cancelled or over yet.
        once: those that were seen cancelled with nobody called, once.
    """

    desk: Desk
    prefix: str
    why: str
    tasks: dict[str, TaskHistory]
    once: dict[str, TaskHistory] = field(default_factory=dict)

    def run(self) -> None:
        watch(self.desk, self.prefix, self._look)
        if not self.once:
            return
        self.desk.clock.sleep(self.desk.settle_time.total_seconds())
        watch(self.desk, self.prefix, self._second_look)

    def _look(self, listing: Listing) -> Sight | None:
        """Ask for what still waits, and go on until there is nothing left that asking could change."""
        changing = False
        for name, task in tuple(self.tasks.items()):
            seen = seen_in(task, listing)
            if _is_off(self.desk, seen):
                self.once[name] = self.tasks.pop(name)
            elif seen.fate in {Fate.OVER, Fate.ODD}:
                self._record(_other(task, seen))
                del self.tasks[name]
            elif seen.fate is not Fate.CALLING:
                changing = self._ask(task, seen) or changing
        return None if changing else Fine(0)

    def _second_look(self, listing: Listing) -> Sight:
        for task in self.once.values():
            seen = seen_in(task, listing)
            if _is_off(self.desk, seen):
                self._record(_gone(task, seen, self.why))
            elif seen.fate in {Fate.OVER, Fate.ODD}:
                self._record(_other(task, seen))
        return Fine(0)

    def _ask(self, task: TaskHistory, seen: Seen) -> bool:
        """Ask for *task* to be cancelled where that can still be done; tell whether it is worth another look."""
        if seen.job_id is None or not self.desk.holds_lease():
            return seen.job_id is None
        if seen.fate is Fate.WAITS and self.why == REPLACE and is_late(self.desk, task):
            return False
        try:
            self.desk.vendor.cancel_recall(seen.job_id)
            if seen.fate is not Fate.CANCELLED:
                self.desk.vendor.cancel(seen.job_id)
        except UnavailableError:
            # The request may have been carried out: the next look tells.
            return True
        self.desk.at(Boundary.CANCEL_ASKED)
        return True

    def _record(self, fact: TaskFact) -> None:
        self.desk.at(Boundary.CANCEL_SEEN)
        self.desk.record(fact)
        self.desk.at(Boundary.CANCEL_RECORDED)


def is_late(desk: Desk, task: TaskHistory) -> bool:
    """Tell whether *task* starts too soon for being replaced before it rings."""
    send_at = task.sending.send_at
    return send_at is None or send_at - BEFORE_IT_RINGS <= desk.clock.now()


def _is_off(desk: Desk, seen: Seen) -> bool:
    """Tell whether nobody was called and nobody will be, by the task or by its recall rounds."""
    if seen.fate is Fate.FAILED:
        return True
    if seen.fate is not Fate.CANCELLED or seen.job_id is None:
        return False
    try:
        return desk.vendor.recall_is_off(seen.job_id)
    except UnavailableError:
        return False


def _gone(task: TaskHistory, seen: Seen, why: str) -> TaskFact:
    job_id = seen.job_id or 0
    if seen.fate is Fate.FAILED:
        return TaskFailed(task=task.task, job_id=job_id)
    return TaskCancelled(task=task.task, job_id=job_id, why=why)


def _other(task: TaskHistory, seen: Seen) -> TaskFact:
    if seen.fate is Fate.OVER and seen.job_id is not None:
        return TaskNotCancelled(task=task.task, job_id=seen.job_id)
    return TaskDoubtful(task=task.task, job_id=seen.job_id, reason=seen.reason, final=True)


_FATES = {
    TaskStatus.SUBMITTING: Fate.SUBMITTING,
    TaskStatus.WAITING: Fate.WAITS,
    TaskStatus.FINISHED: Fate.OVER,
    TaskStatus.CANCELLED: Fate.CANCELLED,
    TaskStatus.FAILED: Fate.FAILED,
}
_NOBODY_CALLED = frozenset({Fate.SUBMITTING, Fate.WAITS, Fate.CANCELLED, Fate.FAILED})


def _one(seen: SeenTask, sent: Sequence[int]) -> Seen:
    fate = _FATES.get(seen.status, Fate.CALLING)
    if seen.called and fate in {Fate.CANCELLED, Fate.FAILED}:
        reason = f"{seen.status.value} at the vendor after {seen.called:,} of {people(sent[0])} {were(seen.called)} called"
        return Seen(fate=Fate.ODD, job_id=seen.job_id, reason=reason)
    if seen.called and fate in _NOBODY_CALLED:
        return Seen(fate=Fate.CALLING, job_id=seen.job_id)
    if fate is Fate.OVER and seen.people not in (sent if len(set(sent)) == 1 else ()):
        # Of several attempts it is not known here which one it was.
        reason = f"the vendor counts {people(seen.people)}, {sent[0]:,} {were(sent[0])} sent"
        return Seen(fate=Fate.ODD, job_id=seen.job_id, reason=reason)
    return Seen(fate=fate, job_id=seen.job_id)
