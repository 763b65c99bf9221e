"""What must be true after every step, seen from the vendor's own records and from the ledger, each by itself."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from runner.errors import Exit
from runner.frames import PERSON
from runner.ledger.schema import blocks, entries
from runner.model.plan import Bucket
from runner.planning.history import IN_DOUBT, SENT, TAKEN_BACK, History, Standing, fold
from runner.planning.receipts import check_receipts
from tests.crash.repository import NAME, edition_name, number, person_key
from tests.crash.world import Run, Saved, World

PEOPLE = 12
_ALL_NUMBERS = [number(person) for person in range(PEOPLE)]
CANCELLED = 4
_WHOLE = {0, 1, 2}
"""Waiting, calling and finished, in the simulator's numbering."""


@dataclass(frozen=True)
class Sight:
    """The vendor and the ledger at one moment.

    Attributes:
        calls: every callee of every task and recall round, as the simulator shows them.
        overlaps: pairs of tasks that had one number between them.
        tasks: of today's edition, by number: the tasks that rang it or can still ring it.
        history: what the ledger says of today's edition.
        standings: of the tasks that the ledger has a number in, by number.
    """

    calls: list[dict[str, Any]]
    overlaps: list[dict[str, Any]]
    tasks: Mapping[str, set[int]]
    history: History
    standings: Mapping[str, set[Standing]]


def look(world: World) -> Sight:
    """Return what is to be seen now; the chain of the ledger is verified on the way, block by block."""
    everything = world.engine.calls()
    history, standings = History(()), {}
    reader = world.reader()
    if reader is not None:
        reader.verify()
        edition = edition_name(world.files.edition)
        history = fold(reader.entries(campaigns=[NAME], edition=edition))
        standing_of = {
            one.block: Standing.DOUBTFUL if number else task.standing
            for task in history.tasks
            for number, one in enumerate(task.attempts)
        }
        person_of = {person_key(world.key, one): one for one in _ALL_NUMBERS}
        found: dict[str, set[Standing]] = defaultdict(set)
        for row in reader.blocks(list(standing_of)).rows(named=True):
            found[person_of[row[PERSON]]].add(standing_of[row["sequence"]])
        standings = dict(found)
    return Sight(
        calls=everything["calls"],
        overlaps=everything["overlaps"],
        tasks=_tasks(everything["calls"], world.files.edition),
        history=history,
        standings=standings,
    )


def _tasks(calls: list[dict[str, Any]], edition: int) -> dict[str, set[int]]:
    """Return by number the tasks of *edition* that rang it or can; recall rounds count with their task."""
    prefix = f"{NAME}.{edition_name(edition)}."
    tasks: dict[str, set[int]] = defaultdict(set)
    for call in calls:
        if call["task_name"].startswith(prefix) and call["state"] != "never":
            tasks[call["number"]].add(call["parent_task_id"] or call["task_id"])
    return dict(tasks)


def nobody_twice(world: World, sight: Sight) -> None:
    """Promise 2: at no moment was anybody in two tasks of one edition that rang or could ring."""
    name_of = {call["task_id"]: call["task_name"] for call in sight.calls}
    for overlap in sight.overlaps:
        first, second = name_of[overlap["task_id"]], name_of[overlap["other_task_id"]]
        assert first.rpartition(".")[0] != second.rpartition(".")[0], f"{first} and {second} share a number"
    for edition in range(1, world.files.edition + 1):
        summary = world.engine.summary(prefix=f"{NAME}.{edition_name(edition)}.")
        assert summary["accepted_more_than_once"] == 0
        for found, tasks in _tasks(sight.calls, edition).items():
            assert len(tasks) == 1, f"{found} is in tasks {sorted(tasks)} of edition {edition}"


def nobody_hears_anything_else(world: World, sight: Sight) -> None:
    """Promise 5: whatever is heard was reviewed for this person, in the plan that the task was sent for."""
    for call in sight.calls:
        promised = world.promised[call["task_name"]].get(call["number"])
        assert call["heard"]["text"] == promised, f"{call['number']} hears {call['heard']['text']!r}"


def the_ledger_knows_who_may_ring(sight: Sight) -> None:
    """Whoever the vendor can ring is not new to the ledger; whoever is confirmed as called is at the vendor."""
    for found in sight.tasks:
        known = sight.standings.get(found, set())
        assert known & (IN_DOUBT | SENT), f"{found} can ring, and the ledger says {sorted(known)}"
    cancelled = _cancelled(sight)
    for found, known in sight.standings.items():
        if Standing.CONFIRMED in known:
            assert found in sight.tasks or found in cancelled, f"{found} counts as called and is not"


def nothing_begins_while_stopped(world: World) -> None:
    """Between a stop and its lifting the chain has no intent, whoever was under way when it was said."""
    reader = world.reader()
    if reader is None:
        return
    chain = select(entries.c.kind).order_by(entries.c.sequence)
    is_stopped = False
    with reader.reading() as connection:
        for kind in connection.scalars(chain):
            assert not (is_stopped and kind == "sending"), "a task was begun although everything was stopped"
            is_stopped = kind == "halted" or (is_stopped and kind != "lifted")


def nobody_begins_with_who_asked(world: World) -> None:
    """From the entry that somebody is suppressed to the one that lifts it, no intent of the chain has her in its block."""
    reader = world.reader()
    if reader is None:
        return
    said = (
        select(entries.c.kind, blocks.c.people)
        .join_from(entries, blocks, entries.c.sequence == blocks.c.sequence)
        .order_by(entries.c.sequence)
    )
    suppressed: set[bytes] = set()
    with reader.reading() as connection:
        for kind, people in connection.execute(said):
            keys = {people[at : at + 16] for at in range(0, len(people), 16)}
            if kind == "sending":
                assert not keys & suppressed, "a task was begun with somebody who asked never to be called"
            else:
                suppressed = suppressed | keys if kind == "suppressed" else suppressed - keys


def suppressed(world: World) -> set[str]:
    """Return the numbers of those whom no campaign calls any more."""
    reader = world.reader()
    keys = set() if reader is None else set(reader.suppressed()[PERSON].to_list())
    return {one for one in _ALL_NUMBERS if person_key(world.key, one) in keys}


def doubts_have_reasons(sight: Sight) -> None:
    """What stays in doubt cannot be told from here: a task that is listed as it was sent is no doubt.

    Unless the vendor said that the name was taken before we first sent it, so that somebody else's task is listed.
    """
    for task in sight.history.in_standing(IN_DOUBT):
        if task.final:
            continue
        of_it = [call for call in sight.calls if call["task_name"] == task.task.name and not call["round"]]
        is_whole = len(of_it) in task.counts and {c["task_status"] for c in of_it} <= _WHOLE
        assert not is_whole, f"{task.task.name} is {task.standing}, and listed as it was sent"


def nobody_lost(world: World, sight: Sight) -> None:
    """Promise 3: everybody of today's audience is accepted, rejected with a reason, in doubt, vouched for, or suppressed."""
    cancelled, asked = _cancelled(sight), suppressed(world)
    for found in world.files.said():
        if found in asked:
            continue
        known = sight.standings.get(found, set())
        is_listed = bool(
            known & (IN_DOUBT | {Standing.REJECTED, Standing.STATED_SENT, Standing.WITHDRAWN})
        ) or (sight.history.withdrawn is not None)
        assert found in sight.tasks or is_listed or found in cancelled, f"{found} is lost; {sorted(known)}"


def _cancelled(sight: Sight) -> set[str]:
    """Return who was in a task that somebody else cancelled: whom we took back ourselves must be called again."""
    ours = {task.task.name for task in sight.history.in_standing(TAKEN_BACK)}
    cancelled = [call for call in sight.calls if call["task_status"] == CANCELLED]
    return {call["number"] for call in cancelled if call["task_name"] not in ours}


def done_means_done(world: World, run: Run, saved: Saved | None) -> None:
    """Exit 0 says that nobody whose call was reviewed is left to be called, and that nobody is in doubt."""
    if run.exit is Exit.DONE and run.files == world.files:
        plan = world.plan(saved)
        assert plan.calls or not plan.has_changes, "exit 0, and waiting calls are to be taken back"
        assert plan.calls == 0, f"exit 0, and {plan.calls} people are still to be called"
        assert not plan.campaigns[0].buckets.get(Bucket.IN_DOUBT), "exit 0, and people are in doubt"


def every_row_is_somewhere(world: World) -> None:
    """Promise 4: the buckets of today's plan sum up to the rows of the audience."""
    plan = world.plan().campaigns[0]
    assert sum(plan.buckets.values()) == plan.rows == len(world.files.amounts)


def receipts_agree(world: World) -> None:
    """No receipt contradicts the ledger."""
    check_receipts(world.receipts.all(), world.reader())


def receipts_are_complete(world: World) -> None:
    """Whatever was begun is completed, by the process that began it or by the next one."""
    assert all(
        receipt.complete
        for receipt in world.receipts.all()
        if receipt.edition == edition_name(world.files.edition)
    )
