"""What a ledger that is made anew is to hold: tasks whose people can be shown, and those that close their edition.

Names and counts do not say who. So everybody of an edition with a task that nobody can look into is held in doubt, until a
person reopens it; a new edition is the declared way to call again, and needs none of this.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from runner.apply.found import KnownTask
from runner.apply.lookup import Fine, Missing, Odd, Submitting, sight_of
from runner.apply.reproduce import Reproduced, reproduce
from runner.model.campaign import Campaign
from runner.model.fact import Fact
from runner.model.rebuild_fact import TaskFound
from runner.model.task import Listing
from runner.model.task_fact import Sending, TaskAccepted, TaskConfirmed, TaskDoubtful
from runner.model.task_id import TaskId
from runner.planning.history import SENT, History, Standing, TaskHistory
from runner.preview.prepared import Prepared

Plan = Callable[[Campaign], Prepared | None]
"""Plans a campaign from today's files against what is known already; None where that cannot be done."""

Written = tuple[Fact, pl.DataFrame | None]
"""A fact and, for a `Sending`, its block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A task whose people were shown to be exactly its own."""

    known: KnownTask
    by: Reproduced


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What is known of the tasks that no entry can be taken over of.

    Attributes:
        changed: what the vendor's list says otherwise of tasks whose entries are taken over.
        closing: anybody may be in them.
        over: they certainly call nobody.
    """

    changed: tuple[TaskDoubtful, ...]
    shown: tuple[Shown, ...]
    closing: tuple[KnownTask, ...]
    over: tuple[KnownTask, ...]

    @property
    def people(self) -> int:
        """Return how many are in all tasks that may call or have called somebody."""
        return sum(one.by.block.height for one in self.shown) + sum(task.people for task in self.closing)

    def facts(self, *, now: datetime) -> Iterator[Written]:
        """Yield the facts to be written, in their order."""
        for fact in self.changed:
            yield fact, None
        for one in self.shown:
            yield from _facts_of(one, now=now)
        for task, over in (*((t, True) for t in self.over), *((t, False) for t in self.closing)):
            found = TaskFound(
                task=task.task, people=task.people, job_id=task.job_id, over=over, said=task.said
            )
            yield found, None


def recover(
    known: Mapping[str, KnownTask],
    taken_over: Iterable[History],
    campaigns: Sequence[Campaign],
    plan: Plan,
    *,
    generation: Callable[[str, str], int],
) -> Recovery:
    """Return what can be recovered.

    Args:
        known: every task that is known without the ledger, by name.
        taken_over: whose entries are.
        campaigns: of the repository.
        plan: asked for each campaign, under each of its names, that has such a task in today's edition.
        generation: of campaign name and edition, by the entries that are taken over.
    """
    histories = tuple(taken_over)
    has_entries = frozenset[str]().union(*(one.names for one in histories))
    tasks = [task for name, task in known.items() if name not in has_entries]
    shown: list[Shown] = []
    for campaign in campaigns:
        for name in (campaign.name, *campaign.formerly):
            of_name = replace(
                campaign, name=name, formerly=campaign.formerly if name == campaign.name else ()
            )
            shown += _shown(of_name, tasks, plan, first=generation(name, campaign.edition))
    names = {one.by.name for one in shown}
    rest = [task for task in tasks if task.task.name not in names]
    return Recovery(
        changed=tuple(_changed(histories, known)),
        shown=tuple(shown),
        closing=tuple(task for task in rest if not task.is_over),
        over=tuple(task for task in rest if task.is_over),
    )


def _shown(campaign: Campaign, tasks: Collection[KnownTask], plan: Plan, *, first: int) -> Iterator[Shown]:
    mine = [
        one for one in tasks if (one.task.campaign, one.task.edition) == (campaign.name, campaign.edition)
    ]
    # A task that ended is in no generation before its own; it stays known by name, so that the name never comes back.
    ended = sum(one.is_over or one.is_cancelled for one in mine)
    by_name = {one.task.name: one for one in mine if not (one.is_over or one.is_cancelled)}
    prepared = plan(_without_end(campaign)) if by_name else None
    if prepared is None:
        return
    for made in reproduce(prepared, by_name, generations=range(first, first + ended + 1)):
        yield Shown(known=by_name[made.name], by=made)


def _changed(histories: Iterable[History], known: Mapping[str, KnownTask]) -> Iterator[TaskDoubtful]:
    """Yield a doubt for each task that was taken by its entries, and is not as it was sent by the vendor's list.

    One that waits by an older copy may have been cancelled since, and its people sent again in a task that this one does
    not know.
    """
    for task in (task for one in histories for task in one.in_standing(SENT)):
        found = known.get(task.task.name)
        if found is not None and found.seen:
            sight = sight_of(task, Listing(tasks=found.seen, complete=True, server_time=None))
            if isinstance(sight, Odd):
                yield TaskDoubtful(task=task.task, job_id=sight.job_id, reason=sight.reason)


def _without_end(campaign: Campaign) -> Campaign:
    """Return *campaign* as it was when it called: neither over, nor too old an audience, nor people at a cap by now."""
    schedule = campaign.schedule
    return replace(
        campaign,
        schedule=None if schedule is None else replace(schedule, not_after=None),
        audience=replace(campaign.audience, fresh_s=None),
        caps=None,
    )


def _facts_of(shown: Shown, *, now: datetime) -> Iterator[Written]:
    known, made = shown.known, shown.by
    sending = Sending(
        task=known.task,
        settings_digest=made.settings_digest,
        people=made.block.height,
        attempt=1,
        generation=made.generation,
        signed_at=now,
        epoch=0,
        planned_at=0,
        metadata=made.metadata,
        send_at=None,
        caller=made.caller,
        rings=made.rings,
    )
    yield sending, made.block
    for fact in _told(known, sending, now):
        yield fact, None


def _told(known: KnownTask, sending: Sending, now: datetime) -> Iterator[Fact]:
    """Yield what the vendor's list says of the task, else what its receipts say."""
    task = known.task
    listing = Listing(tasks=known.seen, complete=True, server_time=None)
    match sight_of(_as_sent(task, sending, now), listing):
        case Fine(job_id):
            yield TaskAccepted(task=task, job_id=job_id, looked_up=True)
            yield TaskConfirmed(task=task, job_id=job_id, people=sending.people)
        case Submitting(job_id):
            yield TaskAccepted(task=task, job_id=job_id, looked_up=True)
        case Missing() if known.is_known_sent and known.job_id is not None:
            yield TaskAccepted(task=task, job_id=known.job_id, looked_up=False)
            yield TaskConfirmed(task=task, job_id=known.job_id, people=sending.people)
        case Missing():
            # Never sent again by itself: it may be older than what the vendor lists, and its name free by now.
            yield TaskDoubtful(task=task, job_id=known.job_id, reason=known.said, final=True)
        case odd:
            yield TaskDoubtful(task=task, job_id=odd.job_id, reason=known.said)


def _as_sent(task: TaskId, sending: Sending, now: datetime) -> TaskHistory:
    return TaskHistory(
        task=task,
        sending=sending,
        block=0,
        standing=Standing.SENDING,
        job_id=None,
        said="",
        code=None,
        since=now,
    )
