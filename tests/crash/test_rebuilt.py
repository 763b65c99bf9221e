"""Random schedules in which the ledger is lost or set back, and made anew: nobody is called twice before or after."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, event, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from runner.apply.found import known_tasks
from runner.apply.rebuild import recover
from runner.digest.keys import LedgerKey
from runner.errors import Exit
from runner.ledger.open import open_reader
from runner.ledger.rebuild import Rebuilding, rebuild
from runner.model.ledger_fact import Bound, Genesis
from runner.model.rebuild_fact import Rebuilt, Replaced
from runner.planning.history import fold
from tests.crash import oracle
from tests.crash.homes import ENVIRONMENT, MakeHome
from tests.crash.machine import OTHERS, Operators
from tests.crash.repository import NAME
from tests.crash.world import Run, Saved, World
from tests.unit.apply.conftest import Silent


def make_anew(world: World, key: LedgerKey, lineage: str) -> str:
    """Do what `runner ledger rebuild` does with the ledger at hand, or none, and return what was found."""
    world.ledgers.close()
    old = open_reader(world.home.url, environment=ENVIRONMENT, key_id=None)
    usable = old if old is not None and old.identity.key_id == key.key_id else None
    histories = (
        tuple(
            fold(old.entries(campaigns=[campaign], edition=edition)) for campaign, edition in old.editions()
        )
        if old is not None
        else ()
    )
    console, receipts = world.console(), world.receipts.all()
    known = known_tasks(
        [NAME],
        receipts,
        () if usable else [task for history in histories for task in history.tasks],
        sent={},
        vendor=console,
        clock=world.clock,
        progress=Silent(),
        settle_time=timedelta(seconds=world.settle_s),
    )

    def plan(_campaign):
        made = world.planner.preview(
            world.files, ledger=usable, key=key, now=world.clock.now(), reviewed=None
        )
        return made.prepared[0]

    def generation(name: str, edition: str) -> int:
        return fold(usable.entries(campaigns=[name], edition=edition)).generation if usable else 0

    recovery = recover(
        known,
        histories if usable else (),
        [world.planner.campaign(world.files)],
        plan,
        generation=generation,
    )
    now = world.clock.now()
    what = Rebuilding(
        genesis=Genesis(lineage=lineage, environment=ENVIRONMENT, key_id=key.key_id),
        first=(
            Rebuilt(people=recovery.people, by="ann"),
            *(Replaced(lineage=one.lineage, receipt=one.name, head=one.head) for one in receipts),
        ),
        old=usable,
        more=((Bound(account=console.account), None), *recovery.facts(now=now)),
    )
    ledger, _ = rebuild(
        world.home.url, what, aside=f"put-aside-{lineage[:4]}-{len(world.processes)}-{now:%s}", now=now
    )
    ledger.close()
    if old is not None:
        old.close()
    world.key, world.lineage = key, lineage
    return f"{min(len(recovery.shown), 2)} shown, {min(len(recovery.closing), 2)} closing"


class Losers(Operators):
    """The same operators, who lose their ledger in the end and make it anew, or at any time before."""

    is_rebuilt = False
    _copied_at, _loses, _last_wording = 0, "ledger", 0

    @initialize(
        copied_at=st.integers(0, 3),
        loses=st.sampled_from(["all", "ledger", "ledger", "key", "receipts", "hour", "hour", "hour"]),
        wording=st.sampled_from([0, 0, 1]),
    )
    def decide_how_it_ends(self, copied_at, loses, wording):
        self._copied_at, self._loses, self._last_wording = copied_at, loses, wording

    @rule(loses=st.sampled_from(["all", "ledger", "key", "receipts", "hour"]))
    def lose_the_ledger_and_make_it_anew(self, loses):
        """Take an older copy, or none; with the key and the receipts, or without."""
        world = self.world
        if world.reader() is None:
            return
        world.heal()
        oracle.look(world)
        world.ledgers.close()
        key = world.key
        is_old = loses == "hour" and self._copy is not None
        if is_old:
            world.home.restore(self._copy)
        else:
            world.home.lose()
        if loses in {"all", "key"}:
            key = OTHERS[self._lost % len(OTHERS)][0]
        if loses in {"all", "receipts"} and (world.folder / "receipts").exists():
            (world.folder / "receipts").rename(world.folder / f"gone-{self._lost}")
        self._lost += 1
        self.is_rebuilt, self._saved, self._copy = True, [], None
        found = make_anew(world, key, f"{self._lost:032x}")
        event(f"{'hour' if is_old else loses}: {found}")
        self._check()
        run = world.apply()
        assert run.exit in {Exit.DONE, Exit.IN_DOUBT, Exit.PARTIAL}, run
        self._check()

    def _applied(self, run: Run, saved: Saved | None, *, is_news: bool = False) -> None:
        super()._applied(run, saved, is_news=is_news)
        self._copied_at -= 1
        if self._copied_at < 0 and self._copy is None and not self.is_rebuilt and self.world.reader():
            self.world.ledgers.close()
            self._copy = self.world.home.copy()

    def _replaced(self, replace: Callable[[], None], *, receipts_too: bool = False) -> None:
        # What a rebuilt ledger knows by name alone is no part of what this looks at.
        if not self.is_rebuilt:
            super()._replaced(replace, receipts_too=receipts_too)

    def _check(self) -> None:
        sight = oracle.look(self.world)
        oracle.nobody_twice(self.world, sight)
        oracle.nobody_hears_anything_else(self.world, sight)
        oracle.every_row_is_somewhere(self.world)
        if not self.is_rebuilt:
            super()._check()
        elif not sight.history.found:
            oracle.the_ledger_knows_who_may_ring(sight)

    def _converge(self) -> None:
        if not self.is_rebuilt:
            super()._converge()
        world = self.world
        self.lose_the_ledger_and_make_it_anew(self._loses)
        world.heal()
        world.files.wording = self._last_wording
        for _ in range(2):
            world.apply()
            self._check()
        run = world.apply()
        self._check()
        if oracle.look(world).history.closed_by:
            assert run.exit is Exit.IN_DOUBT
            assert world.plan().calls == 0


def schedules(part: int, runs: int, make_home: MakeHome) -> None:
    """Run *runs* schedules; *part* decides which."""

    class These(Losers):
        """A machine of its own for this part."""

    These.make_home, These.renderer = [make_home], None
    chosen = settings(
        max_examples=runs,
        stateful_step_count=8,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seed(part)(These), settings=chosen)


def test_a_few_schedules_with_a_rebuilt_ledger(sqlite_home: MakeHome) -> None:
    """A handful, to notice early what the slow suite would find."""
    schedules(900, 5, sqlite_home)


@pytest.mark.slow
@pytest.mark.parametrize("part", [901, 902])
def test_a_rebuilt_ledger_calls_nobody_twice(part: int, sqlite_home: MakeHome) -> None:
    """However it was lost, and whatever happened before and after."""
    schedules(part, 100, sqlite_home)
