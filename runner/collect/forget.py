"""Forget people: erase what became of their calls, and keep that they were called, which prevents another call.

First it is recorded who is to be forgotten; from then on nothing of calls that were made before is taken in, whoever
collects. Then the inbox is folded and emptied, since a push holds numbers, and at last outcomes are erased. So a crash
leaves nothing that repeating it does not finish.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from runner.collect.fold import Folder
from runner.collect.holding import all_tasks, held_by
from runner.collect.settle import BACK
from runner.frames import PERSON
from runner.model.outcome_fact import Erasure
from runner.model.report import Reports
from runner.planning.history import IN_DOUBT, MAY_RING, TaskHistory
from runner.ports import Clock, Inbox, Ledger

AT_ONCE = 50_000
"""Pushes that are folded in one step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Ports and values of a `forget`.

    Attributes:
        read_pushes: returns what raw pushes say; asks nobody.
        subkey: of the ledger's key, for person keys.
    """

    ledger: Ledger
    inbox: Inbox
    clock: Clock
    read_pushes: Callable[[Iterable[bytes]], Reports]
    subkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgot:
    """What was done.

    Attributes:
        people: who were named.
        new: of them, for how many it is new.
        reports: of calls, that were erased.
        pushes: that left the inbox, whoever they were about.
        tasks: that hold some of them; this is kept.
        doubtful: of these, the ones that are in doubt.
        suppressed: how many of them no campaign calls any more.
    """

    people: int
    new: int
    reports: int
    pushes: int
    tasks: int
    doubtful: int
    suppressed: int


def forget(tools: Tools, people: pl.Series, former: pl.Series, *, reason: str, by: str) -> Forgot:
    """Erase what is known of *people* (PERSON, ascending), also under the *former* keys of their numbers of before."""
    ledger, now = tools.ledger, tools.clock.now()
    everybody = pl.concat([people, former]).unique().sort()
    new = ledger.forget(people, reason=reason, by=by, now=now)
    pushes = _empty_inbox(tools)
    reports = ledger.erase_people(everybody.to_list(), reason=Erasure.FORGOTTEN, now=now)
    may_ring = (task for task in all_tasks(ledger) if task.standing in MAY_RING)
    held = [task for task, _ in held_by(ledger, may_ring, everybody)]
    suppressed = ledger.suppressed().join(everybody.to_frame(PERSON), on=PERSON, how="semi")
    return Forgot(
        people=people.len(),
        new=new,
        reports=reports,
        pushes=pushes,
        tasks=len(held),
        doubtful=sum(task.standing in IN_DOUBT for task in held),
        suppressed=suppressed.height,
    )


def _empty_inbox(tools: Tools) -> int:
    """Append what was pushed about others, then remove it, as `runner collect` does; return how many pushes that were."""
    since = tools.clock.now() - BACK

    def recent() -> tuple[TaskHistory, ...]:
        return tuple(task for task in all_tasks(tools.ledger) if task.sending.calls_at >= since)

    folder = Folder(tools.ledger, tools.clock, subkey=tools.subkey, tasks=recent)
    total = left = tools.inbox.depth()
    while left > 0 and (taken := tools.inbox.take(min(AT_ONCE, left))):
        folder.fold(tools.read_pushes(push.body for push in taken).frame)
        tools.inbox.remove([push.id for push in taken])
        left -= len(taken)
    return total - max(left, 0)
