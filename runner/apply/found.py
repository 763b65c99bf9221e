"""What is known of tasks without the ledger that sent them: by the vendor's list, by receipts, and by a ledger under another key.

All of them name tasks and count people, and none says who is in a task.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from runner.apply.lookup import AHEAD, BACK
from runner.counts import plural
from runner.errors import CredentialsError, UnavailableError
from runner.model.receipt import Receipt
from runner.model.task import SeenTask, TaskStatus
from runner.model.task_id import TaskId
from runner.planning.history import FREED, SENT, Standing, TaskHistory
from runner.planning.names import task_id_of
from runner.ports import Clock, Progress, Vendor

_NEVER_SENT = "not sent"
_CALLED_NOBODY = frozenset({_NEVER_SENT, Standing.REJECTED.value, *(standing.value for standing in FREED)})
"""States, as receipts have them, of tasks that nobody is in."""

_SENT = frozenset(standing.value for standing in SENT)

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTask:
    """A task by name.

    Attributes:
        people: the most that any source counts in it.
        job_id: the vendor's; None where no source has it.
        seen: how the vendor lists it now, recall rounds aside; empty where it does not.
        states: what receipts and the other ledger say of it; empty where none names it.
    """

    task: TaskId
    people: int
    job_id: int | None
    seen: tuple[SeenTask, ...] = ()
    states: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        """Return whether it certainly calls nobody."""
        if self.seen:
            return all(one.status is TaskStatus.FAILED and not one.called for one in self.seen)
        return self.states <= _CALLED_NOBODY

    @property
    def is_known_sent(self) -> bool:
        """Return whether the vendor took it, as it was told once."""
        return not self.states.isdisjoint(_SENT)

    @property
    def is_cancelled(self) -> bool:
        """Return whether the vendor says that it was cancelled: its people may have been withdrawn for good."""
        return any(one.status is TaskStatus.CANCELLED for one in self.seen)

    @property
    def said(self) -> str:
        """Return what was seen of it, in words."""
        if not self.seen:
            states = ", ".join(sorted(state.replace("_", " ") for state in self.states))
            return f"not in the vendor's list; by its receipts: {states}"
        return f"at the vendor: {', '.join(sorted({one.status.value for one in self.seen}))}"


def known_tasks(
    campaigns: Collection[str],
    receipts: Iterable[Receipt],
    others: Iterable[TaskHistory],
    *,
    sent: Mapping[str, Collection[tuple[str, int]]],
    vendor: Vendor,
    clock: Clock,
    progress: Progress,
    settle_time: timedelta,
) -> dict[str, KnownTask]:
    """Return every task of *campaigns*, by name, that may have been sent: all editions, 62 days back at the vendor.

    The vendor is asked twice, a settle time apart, since a task shows late.

    Args:
        campaigns: names, former ones too.
        receipts: of this environment; those of other campaigns count as well.
        others: tasks of a ledger that is of no other use, such as one under another key.
        sent: by vendor account, name and id of tasks that a ledger says it took.
        vendor: whose list is read.
        clock: for the time between.
        progress: is told what takes long.
        settle_time: how long a task may stay invisible.

    Raises:
        CredentialsError: the receipts are of another vendor account.
        UnavailableError: the vendor did not answer, or its list could not be read whole.
    """
    named = tuple(receipts)
    wanted = sorted({*campaigns, *(receipt.campaign for receipt in named)})
    of = plural(len(wanted), "campaign")
    progress.note(f"asking the vendor for the tasks of {of}, twice in {settle_time.seconds} s")
    seen = _listed(wanted, vendor, clock)
    clock.sleep(settle_time.total_seconds())
    seen |= _listed(wanted, vendor, clock)
    _check_account([sent, *map(_sent_by, named)], seen, vendor.account)
    known: dict[str, KnownTask] = {}
    for task in (*map(_by_ledger, others), *(task for receipt in named for task in _by_receipt(receipt))):
        known[task.task.name] = _both(known[task.task.name], task) if task.task.name in known else task
    return {
        name: task
        for name, task in _with_seen(known, seen).items()
        if task.seen or task.states != {_NEVER_SENT}
    }


def _listed(campaigns: Iterable[str], vendor: Vendor, clock: Clock) -> dict[tuple[str, int], SeenTask]:
    """Return the vendor's tasks that bear our form of name, by name and id."""
    now = clock.now()
    found: dict[tuple[str, int], SeenTask] = {}
    for campaign in campaigns:
        for _ in range(_TRIES):
            listing = vendor.tasks(prefix=f"{campaign}.", since=now - BACK, until=now + AHEAD)
            if listing.complete:
                break
        else:
            message = f"{campaign}: the vendor's list of tasks changed while it was read"
            raise UnavailableError(message, hint="nothing was changed; try again", code="list-incomplete")
        found |= {(one.name, one.job_id): one for one in listing.tasks if not one.is_recall}
    return {key: one for key, one in found.items() if task_id_of(one.name) is not None}


def _by_ledger(task: TaskHistory) -> KnownTask:
    return KnownTask(
        task=task.task,
        people=task.sending.people,
        job_id=task.job_id,
        states=frozenset({task.standing.value}),
    )


def _by_receipt(receipt: Receipt) -> Iterator[KnownTask]:
    for one in receipt.tasks:
        task = TaskId(campaign=receipt.campaign, edition=receipt.edition, name=one.name)
        yield KnownTask(task=task, people=one.people, job_id=one.job_id, states=frozenset({one.state}))


def _both(one: KnownTask, other: KnownTask) -> KnownTask:
    return replace(
        other,
        people=max(one.people, other.people),
        job_id=one.job_id if other.job_id is None else other.job_id,
        states=one.states | other.states,
    )


def _with_seen(
    known: Mapping[str, KnownTask], seen: Mapping[tuple[str, int], SeenTask]
) -> dict[str, KnownTask]:
    found = dict(known)
    for (name, job_id), one in sorted(seen.items()):
        task = task_id_of(name)
        if task is None:
            continue
        before = found.get(name) or KnownTask(task=task, people=0, job_id=None)
        people = max(before.people, one.people) if not before.seen else before.people + one.people
        found[name] = replace(before, people=people, job_id=job_id, seen=(*before.seen, one))
    return found


def _sent_by(receipt: Receipt) -> dict[str, list[tuple[str, int]]]:
    return {receipt.account: [(task.name, task.job_id) for task in receipt.tasks if task.job_id is not None]}


def _check_account(
    sent: Iterable[Mapping[str, Collection[tuple[str, int]]]],
    seen: Collection[tuple[str, int]],
    account: str,
) -> None:
    """Return if every other account in *sent* is this one under an older API key: one of its tasks is listed with its id."""
    others: dict[str, set[tuple[str, int]]] = {}
    for some in sent:
        for other, tasks in some.items():
            others.setdefault(other, set()).update(tasks)
    for other in sorted(others.keys() - {account}):
        if others[other].isdisjoint(seen):
            raise CredentialsError(
                f"tasks of this environment went to vendor account {other}, these credentials are of {account}",
                hint="The list of another account says nothing about what was sent. Use the credentials of that account.",
                code="other-account",
            )
