"""Forty thousand people who wait for tomorrow, three of whom have paid, and a kill at each step of taking them back."""

from datetime import timedelta

import pytest

from runner.apply.boundary import Boundary
from runner.apply.resolve import Statement
from runner.errors import Exit
from runner.model.task import TaskStatus
from runner.planning.history import Standing, fold
from runner.planning.names import name_prefix
from tests.crash.homes import MakeHome
from tests.crash.moments import AtBoundary, Timeline
from tests.crash.repository import NAME, QuickPlanner
from tests.crash.world import World, quick_folder

PEOPLE, PAID = 40_000, (7, 20_000, 39_999)

STEPS = (
    Boundary.RECEIPT_BEGUN,
    Boundary.CANCEL_INTENDED,
    Boundary.CANCEL_ASKED,
    Boundary.CANCEL_SEEN,
    Boundary.CANCEL_RECORDED,
    Boundary.SIGNED,
    Boundary.INTENDED,
    Boundary.GUARDED,
    Boundary.ANSWERED,
    Boundary.ANSWER_RECORDED,
    Boundary.SENT,
    Boundary.REPLACED,
    Boundary.CONFIRMED,
)


def waiting(world: World) -> int:
    """Return how many calls wait at the vendor, as its own list says."""
    now = world.clock.now()
    listing = world.console().tasks(
        prefix=name_prefix(NAME, "e1"), since=now - timedelta(days=9), until=now + timedelta(days=2)
    )
    return sum(
        task.people for task in listing.tasks if task.status is TaskStatus.WAITING and not task.is_recall
    )


def killed_at(world: World, boundary: Boundary, number: int) -> Timeline:
    """Return what kills the process with this *number* where it passes *boundary*."""
    return Timeline({AtBoundary(boundary): lambda: world.processes[number].end("killed")})


def settle_what_never_left(world: World) -> None:
    """State of a request that a kill kept from leaving that it is absent, as somebody would who sees that it is not listed."""
    reader = world.reader()
    assert reader is not None
    tasks = fold(reader.entries(campaigns=[NAME], edition="e1")).in_standing({Standing.SENDING})
    listed = {call["task_name"] for call in world.engine.calls(limit=10 * PEOPLE)["calls"]}
    for task in tasks:
        if task.task.name not in listed:
            world.clock.sleep(1800)
            said = Statement(accepted=False, people=task.sending.people, reason="not listed", by="ann")
            assert world.resolve(task.task.name, said).error is None


@pytest.mark.slow
def test_exactly_those_who_did_not_pay_wait(sqlite_home: MakeHome) -> None:
    """Each apply is killed one step later than the one before; in the end 39,997 calls wait, and never two of one person."""
    with quick_folder() as folder:
        world = World(folder, sqlite_home(folder), QuickPlanner())
        world.files.amounts = dict.fromkeys(range(PEOPLE), 10)
        world.files.per_task = 5_000
        world.files.start = world.clock.now() + timedelta(days=1)
        world.files.recall = True
        assert world.apply().exit is Exit.DONE
        assert waiting(world) == PEOPLE
        for person in PAID:
            del world.files.amounts[person]

        for boundary in STEPS:
            number = len(world.processes)
            run = world.apply(None, killed_at(world, boundary, number))
            assert run.process.is_dead, f"{boundary.name} was not passed"
            assert waiting(world) <= PEOPLE
            assert world.engine.summary()["overlap_count"] == 0
            settle_what_never_left(world)
        assert world.apply().exit is Exit.DONE

        assert waiting(world) == PEOPLE - len(PAID)
        assert not world.plan().has_changes
        summary = world.engine.summary()
        assert (summary["overlap_count"], summary["accepted_more_than_once"]) == (0, 0)
        world.close()
