"""Somebody asks never to be called again, at every moment of an apply: no request is begun with her from then on."""

import pytest

from runner.errors import Exit
from tests.crash import oracle
from tests.crash.homes import MakeHome
from tests.crash.moments import AtEffect, Timeline
from tests.crash.repository import number
from tests.crash.test_boundaries import SITUATIONS, a_world, and_again, check, undisturbed

ASKS = 2
"""Who asks: she is in the audience in every situation, and in the first two in the first task."""


AROUND_INTENTS = ("ledger intend", "ledger intend done", "send leaves")


def at_every_moment(
    make_home: MakeHome, situation: str, *, is_killed: bool = False, only: tuple[str, ...] = ()
) -> set[bool]:
    """Let her ask at each moment of an apply, which goes on or is killed just then; return whether she was called.

    With *only*, at moments of these names.

    Afterwards apply is repeated until nobody is left, and everybody else is accounted for.
    """
    seen = set()
    for moment, what in enumerate(undisturbed(make_home, situation).effects, start=1):
        if only and what not in only:
            continue
        with a_world(make_home, situation) as world:
            process = len(world.processes)

            def asks(world=world, process=process) -> None:
                world.suppress(ASKS)
                if is_killed:
                    world.processes[process].kill()

            world.apply(None, Timeline({AtEffect(moment): asks}))
            check(world)
            and_again(world)
            sight = oracle.look(world)
            seen.add(number(ASKS) in sight.tasks)
            assert oracle.suppressed(world) == {number(ASKS)}
    return seen


def test_she_is_in_no_request_that_is_begun_after_it(sqlite_home: MakeHome) -> None:
    """Whenever she asks while two tasks are sent, the rest are called once; early enough, she is called by none."""
    assert at_every_moment(sqlite_home, "nothing special", only=AROUND_INTENTS) == {True, False}


@pytest.mark.parametrize("per_task", [1, 4])
def test_she_asks_before_the_first_intent(sqlite_home: MakeHome, per_task: int) -> None:
    """Between plan and first intent: three of four are called by the same apply, and it is done."""
    effects = undisturbed(sqlite_home, "nothing special").effects
    first = effects.index("ledger intend") + 1
    with a_world(sqlite_home, "nothing special") as world:
        world.files.per_task = per_task

        run = world.apply(None, Timeline({AtEffect(first): lambda: world.suppress(ASKS)}))

        assert run.exit is Exit.DONE
        assert run.outcome is not None
        sent = run.outcome.campaigns[0].sent
        assert sent is not None
        assert (sent.accepted, sent.suppressed, sent.not_sent) == (3, 1, 0)
        assert number(ASKS) not in oracle.look(world).tasks
        check(world)


def test_she_waits_and_is_taken_back_by_the_next_apply(sqlite_home: MakeHome) -> None:
    """Of four who wait for their hour one asks: the next apply takes her task back, and sends the others again."""
    with a_world(sqlite_home, "somebody paid") as world:
        world.suppress(ASKS)
        and_again(world)

        assert number(ASKS) not in oracle.look(world).tasks
        assert set(oracle.look(world).tasks) == {number(0), number(3)}


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("situation", [name for name in SITUATIONS if name != "a campaign is taken back"])
def test_at_every_moment_of_every_situation(sqlite_home: MakeHome, situation: str, is_killed: bool) -> None:
    """The same in every situation, also where the process is killed just then."""
    at_every_moment(sqlite_home, situation, is_killed=is_killed)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("situation", ["nothing special", "somebody paid"])
def test_the_same_in_postgresql(postgresql_home: MakeHome, situation: str) -> None:
    """The same over the other kind of database."""
    at_every_moment(postgresql_home, situation)
