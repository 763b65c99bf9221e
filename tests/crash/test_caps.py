"""Two campaigns that share people under a cap of one: at whatever moment one comes in between, each is called once in all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass

import pytest

from runner.errors import Exit, Where
from runner.model.policy import Caps
from runner.planning.history import IN_DOUBT
from tests.crash import oracle
from tests.crash.homes import MakeHome
from tests.crash.moments import AtEffect, Timeline
from tests.crash.repository import Files, QuickPlanner, number
from tests.crash.world import Run, World, quick_folder

ONE_CALL = Caps(calls=1, days=7, where=Where(path="campaigns/policy.toml", line=1))
OURS, THEIRS = {0: 10, 1: 20, 2: 30, 3: 40}, {1: 20, 2: 30, 3: 40, 4: 50}


@dataclass(frozen=True)
class Pair:
    """Two campaigns, each with its operator, over one ledger and one vendor."""

    ours: World
    theirs: World

    def in_all(self) -> Counter[str]:
        """Return how many tasks of either campaign rang each number, or can."""
        calls = self.ours.engine.calls()["calls"]
        tasks = {(call["number"], call["task_id"]) for call in calls if call["state"] != "never"}
        return Counter(called for called, _ in tasks)


@contextmanager
def a_pair(make_home: MakeHome) -> Iterator[Pair]:
    """Yield two campaigns of four people each, two in a task, that share three people."""
    with quick_folder() as folder:
        ours = World(folder, make_home(folder), QuickPlanner(caps=ONE_CALL))
        ours.files.amounts = dict(OURS)
        theirs = copy(ours)
        theirs.planner = QuickPlanner("reminder", caps=ONE_CALL)
        theirs.files = Files(amounts=dict(THEIRS))
        yield Pair(ours, theirs)
        ours.close()


def effects_of(make_home: MakeHome) -> list[str]:
    """Return the moments that an apply of ours passes when nobody comes in between."""
    with a_pair(make_home) as pair:
        return pair.ours.apply().process.timeline.effects


def everybody_once(pair: Pair) -> None:
    """Repeat both until nobody is left: everybody of either audience is called by exactly one of the two, or in doubt."""
    pair.ours.heal()
    for world in (pair.ours, pair.theirs, pair.ours):
        assert world.apply().exit in {Exit.DONE, Exit.IN_DOUBT}
    for world in (pair.ours, pair.theirs):
        assert world.plan().calls == 0
    sight = oracle.look(pair.ours)
    doubts = {called for called, known in sight.standings.items() if known & IN_DOUBT}
    assert pair.in_all() == {called: 1 for called in map(number, range(5)) if called not in doubts}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["goes on", "is killed"])
def test_another_campaign_comes_in_between(home_kind: str, make_home: MakeHome, ending: str) -> None:
    """At every moment of one apply the other campaign is applied as a whole; the first goes on, or is killed just then."""
    for moment in range(1, len(effects_of(make_home)) + 1):
        with a_pair(make_home) as pair:

            def meanwhile(pair: Pair = pair) -> None:
                assert pair.theirs.apply().exit in {Exit.DONE, Exit.PARTIAL}
                if ending == "is killed":
                    pair.ours.processes[0].kill()

            run = pair.ours.apply(None, Timeline({AtEffect(moment): meanwhile}))

            assert run.exit is (Exit.DONE if ending == "goes on" else None)
            assert max(pair.in_all().values()) == 1
            everybody_once(pair)


def test_whom_the_cap_leaves_out_is_counted(sqlite_home: MakeHome) -> None:
    """Of four people three were called by the other campaign just before the first intent: one is sent, three are told."""
    with a_pair(sqlite_home) as pair:
        first = next(n for n, what in enumerate(effects_of(sqlite_home), start=1) if what == "ledger intend")
        runs: list[Run] = []
        run = pair.ours.apply(None, Timeline({AtEffect(first): lambda: runs.append(pair.theirs.apply())}))

        assert run.outcome is not None
        sent = run.outcome.campaigns[0].sent
        assert sent is not None
        assert (sent.accepted, sent.capped, sent.not_sent) == (1, 3, 0)
