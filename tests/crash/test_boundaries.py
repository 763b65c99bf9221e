"""Every boundary of the protocol, each time that it is passed, in each way that an apply can end there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from runner.apply.boundary import Boundary
from runner.errors import Exit
from tests.crash import oracle
from tests.crash.homes import MakeHome
from tests.crash.line import Trouble
from tests.crash.matrix import Notes
from tests.crash.moments import AtBoundary, AtEffect, Moment, Timeline
from tests.crash.repository import QuickPlanner
from tests.crash.world import Run, World, quick_folder

Way = Callable[[World, Moment], Run]


def killed(world: World, moment: Moment) -> Run:
    """Kill the process."""
    return _ended(world, moment, "killed")


def interrupted(world: World, moment: Moment) -> Run:
    """Press Ctrl-C twice."""
    return _ended(world, moment, "interrupted")


def stopped(world: World, moment: Moment) -> Run:
    """Press Ctrl-C once."""
    return _ended(world, moment, "stopped")


def taken_over(world: World, moment: Moment) -> Run:
    """Stand still until the lease is over; a rival takes over and applies; then wake."""
    return _stalled(world, moment, is_over=True)


def taken_over_unaware(world: World, moment: Moment) -> Run:
    """Stand still on a machine whose clocks stand still, too, while a rival takes over; then wake and know nothing."""
    return _stalled(world, moment, is_over=False)


def beside_a_rival(world: World, moment: Moment) -> Run:
    """Let a second operator try while the process is alive, and kill it afterwards."""
    refused: list[Run] = []

    def both() -> None:
        refused.append(world.apply())
        world.processes[number].kill()

    number = len(world.processes)
    run = world.command(Timeline({moment: both}))
    assert [rival.exit for rival in refused] == [Exit.LEDGER] * len(refused)
    return run


def stopped_by_a_record(world: World, moment: Moment) -> Run:
    """Let somebody stop everything, and lift that when the process has ended."""
    run = world.apply(None, Timeline({moment: world.stop}))
    check(world)
    world.lift()
    return run


WAYS: dict[str, Way] = {
    "killed": killed,
    "interrupted": interrupted,
    "stopped": stopped,
    "taken over": taken_over,
    "taken over unaware": taken_over_unaware,
    "beside a rival": beside_a_rival,
    "stopped by a record": stopped_by_a_record,
}


def _ended(world: World, moment: Moment, how: str) -> Run:
    number = len(world.processes)
    return world.command(Timeline({moment: lambda: world.processes[number].end(how)}))


def _stalled(world: World, moment: Moment, *, is_over: bool) -> Run:
    number = len(world.processes)

    def stall() -> None:
        world.processes[number].stall(world.command, is_over=is_over)

    return world.command(Timeline({moment: stall}))


def nothing_special(world: World) -> None:
    """Four people in two tasks."""


def an_answer_is_lost(world: World) -> None:
    """The second task is taken, and its answer is lost."""
    world.engine.add_faults([{"endpoint": "send", "kind": "close", "when": "after", "skip": 1}])


def an_answer_is_lost_and_the_list_lags(world: World) -> None:
    """The same, and the task is listed after the settle time only."""
    an_answer_is_lost(world)
    world.engine.change_switches({"visibility_lag_s": 60.0})


def a_request_is_held_up(world: World) -> None:
    """The first request arrives only when the process that made it has ended."""
    world.network.troubles.append(("send", Trouble.HELD))


def a_recording(world: World) -> None:
    """What is played has to be uploaded first."""
    world.files.recording = world.folder / "a.mp3"
    world.files.recording.write_bytes(b"ID3")


def a_submission_fails(world: World) -> None:
    """Both tasks are taken and fail later; the vendor is well again for the next apply."""
    world.engine.change_switches({"submission_fails": True})


def a_name_is_taken_twice(world: World) -> None:
    """The vendor takes a second task of a name, so that nothing but our own order of steps keeps people from two."""
    world.engine.change_switches({"duplicates_accepted": True})


def _waiting(world: World) -> None:
    """Hand everybody over for a time three hours from now, with recall rounds, so that it can be taken back."""
    world.files.start = world.clock.now() + timedelta(hours=3)
    world.files.recall = True
    assert world.apply().exit is Exit.DONE


def somebody_paid(world: World) -> None:
    """One of four who wait is gone from the audience."""
    _waiting(world)
    del world.files.amounts[1]


def a_text_is_corrected(world: World) -> None:
    """All who wait are to hear another text, and the answers to the first two cancels are lost."""
    _waiting(world)
    world.files.wording = 1
    world.engine.add_faults([{"endpoint": "cancel", "kind": "close", "when": "after", "times": 2}])


def a_campaign_is_taken_back(world: World) -> None:
    """Four who wait are taken back by `runner cancel`."""
    _waiting(world)
    world.takes_back = True


def a_lost_request_is_sent_again(world: World) -> None:
    """The only request never arrived, one of its four people is gone since, and the vendor takes a name only once."""
    world.files.refuses_duplicates, world.files.per_task = True, 4
    world.network.troubles.append(("send", Trouble.SWALLOWED))
    assert world.apply().exit is Exit.IN_DOUBT
    del world.files.amounts[0]


def an_answer_to_the_second_attempt_is_lost(world: World) -> None:
    """The same, with the answer to the second attempt lost, too."""
    a_lost_request_is_sent_again(world)
    world.engine.add_faults([{"endpoint": "send", "kind": "close", "when": "after"}])


def a_held_up_request_arrives_before_the_second_attempt(world: World) -> None:
    """The only request was held up and arrives late: the second attempt is refused, and the first one counts."""
    world.files.refuses_duplicates, world.files.per_task = True, 4
    world.network.troubles.append(("send", Trouble.HELD))
    assert world.apply().exit is Exit.IN_DOUBT
    del world.files.amounts[0]
    world.engine.change_switches({"visibility_lag_s": 8.0})
    world.network.deliver_held()


SITUATIONS: dict[str, Callable[[World], None]] = {
    "nothing special": nothing_special,
    "an answer is lost": an_answer_is_lost,
    "an answer is lost and the list lags": an_answer_is_lost_and_the_list_lags,
    "a request is held up": a_request_is_held_up,
    "a recording is uploaded": a_recording,
    "a submission fails later": a_submission_fails,
    "a name is taken twice": a_name_is_taken_twice,
    "somebody paid": somebody_paid,
    "a text is corrected": a_text_is_corrected,
    "a campaign is taken back": a_campaign_is_taken_back,
    "a lost request is sent again": a_lost_request_is_sent_again,
    "an answer to the second attempt is lost": an_answer_to_the_second_attempt_is_lost,
    "a held up request comes before the second attempt": a_held_up_request_arrives_before_the_second_attempt,
}


CASES = [
    *(("sqlite", situation, way) for situation in list(SITUATIONS)[:2] for way in WAYS),
    *(
        ("sqlite", situation, way)
        for situation in list(SITUATIONS)[2:]
        for way in ("killed", "taken over", "taken over unaware")
    ),
    *(
        pytest.param("postgresql", situation, way, marks=pytest.mark.postgres)
        for situation in list(SITUATIONS)[:2]
        for way in ("killed", "taken over", "beside a rival")
    ),
]
"""Everything in the first two situations over one kind of database. The others, and what differs between the kinds, which
is one file, in the ways that differ most."""


@contextmanager
def a_world(make_home: MakeHome, situation: str) -> Iterator[World]:
    """Yield a world with four people in two tasks, in a *situation*."""
    with quick_folder() as folder:
        world = World(folder, make_home(folder), QuickPlanner())
        world.files.amounts = {0: 10, 1: 20, 2: 30, 3: 40}
        SITUATIONS[situation](world)
        yield world
        world.close()


def undisturbed(make_home: MakeHome, situation: str) -> Timeline:
    """Return what an apply passes when nobody ends it."""
    with a_world(make_home, situation) as world:
        return world.command().process.timeline


def and_again(world: World) -> None:
    """Repeat apply until nobody is left, with everything that was under way arriving; then look for who is missing."""
    check(world)
    world.heal()
    for _ in range(3):
        run = world.command()
        check(world)
        oracle.done_means_done(world, run, None)
        oracle.receipts_agree(world)
        oracle.receipts_are_complete(world)
        if not world.plan().has_changes:
            break
    sight = oracle.look(world)
    oracle.nobody_lost(world, sight)
    oracle.doubts_have_reasons(sight)
    assert not world.plan().has_changes


def check(world: World) -> None:
    """Look at everything that must hold at any time."""
    sight = oracle.look(world)
    oracle.nobody_twice(world, sight)
    oracle.nobody_hears_anything_else(world, sight)
    oracle.the_ledger_knows_who_may_ring(sight)
    oracle.every_row_is_somewhere(world)
    oracle.nothing_begins_while_stopped(world)
    oracle.nobody_begins_with_who_asked(world)


@pytest.mark.parametrize("boundary", list(Boundary))
def test_a_kill_at_the_first_passing(boundary: Boundary, sqlite_home: MakeHome) -> None:
    """Killed where a boundary is passed first, apply is repeated: everybody is called once. And each boundary is passed."""
    passed = False
    for situation in SITUATIONS:
        with a_world(sqlite_home, situation) as world:
            run = killed(world, AtBoundary(boundary))
            passed = run.process.is_dead
            if passed:
                and_again(world)
                break

    assert passed, f"no situation passes {boundary.name}: add one to SITUATIONS"


def test_a_kill_around_each_intent_request_and_answer(sqlite_home: MakeHome) -> None:
    """The order of intent, request and answer: killed just before and after each of them, everybody is called once."""
    wanted = ("ledger intend", "ledger intend done", "send leaves", "send was dealt with", "ledger record")
    effects = undisturbed(sqlite_home, "nothing special").effects
    order = [what for what in effects if what in wanted]
    for number, what in enumerate(effects, start=1):
        if what in wanted:
            with a_world(sqlite_home, "nothing special") as world:
                killed(world, AtEffect(number))
                and_again(world)

    assert order == [*wanted, *wanted]


@pytest.mark.slow
@pytest.mark.parametrize(("home_kind", "situation", "way"), CASES, indirect=["home_kind"])
def test_every_boundary(situation: str, way: str, make_home: MakeHome, home_kind: str, notes: Notes) -> None:
    """At every boundary, each time that it is passed: nobody twice, nobody lost, and the ledger verifies."""
    timeline = undisturbed(make_home, situation)
    for boundary, times in timeline.passed.items():
        for occurrence in range(1, times + 1):
            with a_world(make_home, situation) as world:
                WAYS[way](world, AtBoundary(boundary, occurrence))
                and_again(world)
        notes.add("boundary", home_kind, situation, way, boundary.name, times)


@pytest.mark.slow
@pytest.mark.parametrize("situation", list(SITUATIONS))
def test_every_effect(situation: str, sqlite_home: MakeHome, notes: Notes) -> None:
    """The same just before and after every write, request and pause, whatever boundaries there are."""
    effects = undisturbed(sqlite_home, situation).effects
    for number in range(1, len(effects) + 1):
        with a_world(sqlite_home, situation) as world:
            killed(world, AtEffect(number))
            and_again(world)
    notes.add("effect", "sqlite", situation, "killed", "", len(effects))
