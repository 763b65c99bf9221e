"""A schedule of edits, applies, crashes, rivals, faults and rollbacks, drawn at random, and what must hold after each step."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from runner.apply.boundary import Boundary
from runner.apply.resolve import Statement
from runner.digest.keys import LedgerKey
from runner.engines.local import LocalRenderer
from runner.errors import Exit
from runner.model.task import TaskStatus
from runner.planning.history import IN_DOUBT
from runner.planning.names import name_prefix
from tests.crash import oracle
from tests.crash.homes import MakeHome
from tests.crash.line import Trouble
from tests.crash.moments import AtBoundary, AtEffect, Moment, Timeline
from tests.crash.oracle import CANCELLED
from tests.crash.repository import NAME, FullPlanner, QuickPlanner, edition_name
from tests.crash.world import Run, Saved, World, quick_folder


@dataclass(frozen=True)
class Lost:
    """An answer that goes wrong at the vendor, scripted in the simulator."""

    kind: str
    when: str
    skip: int = 0
    times: int = 1
    endpoint: str = "send"


@dataclass(frozen=True)
class Situation:
    """How vendor and network are while an apply runs."""

    faults: tuple[Lost | tuple[str, Trouble], ...] = ()
    lag_s: float = 0.0
    submissions_fail: bool = False
    dropped: int = 0
    balance: str = "1000.00"
    balance_lasts: int = 0
    page: int = 100
    drawn: float = 0.0


MOMENTS = st.one_of(
    # Every boundary there is, so that a new step of the protocol is crashed at without anyone remembering to.
    st.builds(AtBoundary, st.sampled_from(Boundary), st.sampled_from([1, 1, 1, 2, 3])),
    st.builds(AtEffect, st.integers(1, 30)),
)
ENDINGS = st.sampled_from(["killed", "interrupted", "stopped"])
PERSONS = st.integers(0, oracle.PEOPLE - 1)
AMOUNTS = st.sampled_from([10, 20, 30])

_ANSWERS = (
    "close",
    "reset",
    "cut_headers",
    "cut",
    "cut_end",
    "timeout",
    "http_500",
    "html",
    "truncated_json",
    "code_-18",
)
_REFUSALS = ("code_-16", "code_-20", "code_-22", "code_-10", "code_-1")
FAULTS = st.one_of(
    st.builds(Lost, st.sampled_from(_ANSWERS), st.sampled_from(["before", "after"]), st.integers(0, 2)),
    st.builds(
        Lost, st.sampled_from(_REFUSALS), st.just("before"), st.integers(0, 2), st.sampled_from([1, 3])
    ),
    st.builds(
        Lost, st.sampled_from(_ANSWERS), st.just("before"), st.integers(0, 2), endpoint=st.just("query")
    ),
    st.builds(
        Lost,
        st.sampled_from(_ANSWERS),
        st.sampled_from(["before", "after"]),
        st.integers(0, 2),
        endpoint=st.sampled_from(["cancel", "recall_cancel", "recall_query"]),
    ),
    st.builds(Lost, st.sampled_from(["refuse", "slow"]), st.just("before"), st.integers(0, 2)),
    st.builds(Lost, st.just("shift"), st.just("before"), st.integers(0, 3), endpoint=st.just("query")),
    st.tuples(st.sampled_from(["send", "send", "query"]), st.sampled_from(Trouble)),
)
SITUATIONS = st.builds(
    Situation,
    faults=st.lists(FAULTS, max_size=2).map(tuple),
    lag_s=st.sampled_from([0.0, 0.0, 0.0, 5.0, 200.0]),
    submissions_fail=st.sampled_from([False, False, False, True]),
    dropped=st.sampled_from([0, 0, 0, 0, 1, 2]),
    balance=st.sampled_from(["1000.00", "1000.00", "1000.00", "0.00"]),
    balance_lasts=st.sampled_from([0, 0, 0, 0, 1, 2]),
    page=st.sampled_from([100, 100, 1, 2]),
    drawn=st.sampled_from([0.0, 0.0, 0.0, 20.0]),
)
EDITS = st.one_of(
    st.tuples(st.just("person"), PERSONS, AMOUNTS),
    st.tuples(st.just("remove"), PERSONS),
    st.tuples(st.just("wording"), st.integers(0, 1)),
    st.tuples(st.just("edition")),
)

OTHERS = tuple((LedgerKey(f"{digit}c" * 32), f"{digit}" * 32) for digit in range(3))
"""Keys and lineages of ledgers that are begun where one was lost."""


class Operators(RuleBasedStateMachine):
    """Two operators, their repository, a vendor and a network that fail in every known way."""

    make_home: ClassVar[list[MakeHome]] = []
    """How to make a home for the ledger; one element, since a function in a class would be a method."""

    renderer: ClassVar[LocalRenderer | None] = None
    """With one, plans are made from files; without, by the planning core alone."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(quick_folder())
        self._saved: list[Saved] = []
        self._copy: object | None = None
        self._lost = 0
        planner = FullPlanner(self._folder, self.renderer) if self.renderer else QuickPlanner()
        self.world = World(self._folder, self.make_home[0](self._folder), planner)

    @initialize(
        people=st.dictionaries(PERSONS, AMOUNTS, min_size=2, max_size=6),
        per_task=st.integers(1, 3),
        is_scheduled=st.booleans(),
        has_recall=st.booleans(),
        switches=st.fixed_dictionaries(
            {},
            optional={
                "duplicates_accepted": st.just(True),
                "send_data": st.just("null"),
                "submitting_s": st.sampled_from([1.0, 45.0]),
                "calls_per_second": st.just(0.05),
                "envelope": st.sampled_from(["A", "B"]),
            },
        ),
        settle_s=st.sampled_from([1.0, 10.0, 120.0]),
        refuses=st.booleans(),
    )
    def begin(self, people, per_task, is_scheduled, has_recall, switches, settle_s, refuses):
        self.world.engine.change_switches({"submitting_s": 0.0, **switches})
        self.world.settle_s = settle_s
        files = self.world.files
        files.amounts, files.per_task, files.recall = people, per_task, has_recall
        files.refuses_duplicates = refuses and not switches.get("duplicates_accepted", False)
        if is_scheduled:
            files.start = self.world.clock.now() + timedelta(hours=1)

    @rule(edits=st.lists(EDITS, min_size=1, max_size=3))
    def edit(self, edits):
        """Add, change and remove people, edit the template and edit it back, begin a new edition."""
        files = self.world.files
        for kind, *values in edits:
            if kind == "person":
                files.amounts[values[0]] = values[1]
            elif kind == "remove" and len(files.amounts) > 1:
                files.amounts.pop(values[0], None)
            elif kind == "wording":
                files.wording = values[0]
            elif kind == "edition":
                files.edition += 1

    @rule()
    def plan_and_save(self):
        self._saved = [*self._saved[-1:], self.world.save_plan()]

    @rule(situation=SITUATIONS, which=st.none() | st.integers(0, 1))
    def apply(self, situation, which):
        """Apply to its end, a reviewed plan or none."""
        self._enter(situation)
        saved = self._reviewed(which)
        self._applied(self.world.apply(saved), saved)

    @rule(situation=SITUATIONS, moment=MOMENTS, ending=ENDINGS, which=st.none() | st.integers(0, 1))
    def apply_and_be_ended(self, situation, moment, ending, which):
        self._enter(situation)
        saved = self._reviewed(which)
        self._applied(self._ended(moment, ending, saved), saved)

    @rule(
        situation=SITUATIONS,
        moment=MOMENTS,
        is_over=st.booleans(),
        rival_at=st.none() | MOMENTS,
        later=st.none() | MOMENTS,
        ending=ENDINGS,
    )
    def apply_and_be_taken_over(self, situation, moment, is_over, rival_at, later, ending):
        """Stand still, be held for gone while a rival applies (and perhaps ends early), and go on."""
        self._enter(situation)
        runs: list[Run] = []

        def rival() -> None:
            runs.append(self.world.apply() if rival_at is None else self._ended(rival_at, ending, None))

        def stall() -> None:
            self.world.processes[number].stall(rival, is_over=is_over)

        number = len(self.world.processes)
        script = {moment: stall}
        if later is not None and later != moment:
            script[later] = lambda: self.world.processes[number].end(ending)
        run = self.world.apply(None, Timeline(script))
        event(f"taken over: {bool(runs)}")
        # Where both say that they are done, the rival's word is the newer one.
        self._applied(runs[0] if runs and run.exit is Exit.DONE else run, None)

    @rule(situation=SITUATIONS, moment=MOMENTS)
    def apply_beside_somebody_who_lives(self, situation, moment):
        """A second operator while the first is at work is refused, and nothing happens."""
        self._enter(situation)
        refused: list[Run] = []
        timeline = Timeline({moment: lambda: refused.append(self.world.apply())})
        self._applied(self.world.apply(None, timeline), None)
        if self._is_inside(timeline, moment):
            assert [rival.exit for rival in refused] == [Exit.LEDGER]

    @rule(situation=SITUATIONS, moment=MOMENTS, is_repeated=st.booleans())
    def somebody_stops_everything(self, situation, moment, is_repeated):
        """Stop at any moment of an apply, perhaps apply again, and lift the stop."""
        self._enter(situation)
        self._applied(self.world.apply(None, Timeline({moment: self.world.stop})), None)
        if is_repeated:
            self._applied(self.world.apply(), None)
        if self.world.reader() is not None:
            self.world.lift()

    @rule(
        situation=SITUATIONS,
        moment=MOMENTS,
        people=st.sets(PERSONS, min_size=1, max_size=3),
        lift=st.sampled_from([False, False, True]),
        which=st.none() | st.integers(0, 1),
    )
    def somebody_asks_never_to_be_called(self, situation, moment, people, lift, which):
        """Suppress people, or lift that, at any moment of an apply."""
        self._enter(situation)
        saved = self._reviewed(which)
        timeline = Timeline({moment: lambda: self.world.suppress(*people, lift=lift)})
        before = oracle.suppressed(self.world)
        run = self.world.apply(saved, timeline)
        # What waits is taken back, and who is free again called, by the apply after the one that did not know of it.
        self._applied(run, saved, is_news=oracle.suppressed(self.world) != before)

    @rule(
        seconds=st.sampled_from([1, 30, 600, 7200]),
        arrives=st.booleans(),
        wrong_by_s=st.sampled_from([0, 0, 0, 30, -30, 4000, -4000]),
    )
    def time_passes(self, seconds, arrives, wrong_by_s):
        """People are called, held up requests arrive or not, and this machine's clock is set right or wrong."""
        if arrives:
            self.world.network.deliver_held()
        self.world.clock.sleep(seconds)
        self.world.clock.wrong_by_s = float(wrong_by_s)
        self._check()

    @rule(data=st.data())
    def somebody_cancels_at_the_vendors_console(self, data):
        now, console = self.world.clock.now(), self.world.console()
        prefix = name_prefix(NAME, edition_name(self.world.files.edition))
        listing = console.tasks(prefix=prefix, since=now - timedelta(days=9), until=now + timedelta(days=2))
        waiting = [t for t in listing.tasks if t.status is TaskStatus.WAITING and not t.is_recall]
        if waiting:
            job_id = data.draw(st.sampled_from([task.job_id for task in waiting]), label="task")
            console.cancel_recall(job_id)
            console.cancel(job_id)

    @rule(data=st.data(), is_late=st.booleans(), moment=st.none() | MOMENTS, ending=ENDINGS)
    def a_person_settles_a_doubt(self, data, is_late, moment, ending):
        """State what is true at the vendor at this moment, whatever the network still holds; perhaps be ended."""
        world = self.world
        doubts = oracle.look(world).history.in_standing(IN_DOUBT)
        if not doubts:
            return
        if is_late:
            world.clock.sleep(3600)
        task = data.draw(st.sampled_from(doubts), label="task")
        at_vendor = [c for c in oracle.look(world).calls if c["task_name"] == task.task.name]
        is_there = any(c["state"] != "never" or c["task_status"] == CANCELLED for c in at_vendor)
        statement = Statement(
            accepted=is_there, people=task.sending.people, reason="asked the vendor", by="ann"
        )
        timeline = Timeline()
        if moment is not None:
            number = len(world.processes)
            timeline.script = {moment: lambda: world.processes[number].end(ending)}
        run = world.resolve(task.task.name, statement, timeline)
        event(f"settled by a person: {run.exit.name if run.exit is not None else 'KILLED'}")
        self._check()

    @rule(situation=SITUATIONS, moment=st.none() | MOMENTS, ending=ENDINGS, anew=st.booleans())
    def take_the_campaign_back(self, situation, moment, ending, anew):
        """Withdraw the edition, perhaps be ended in the middle, and perhaps begin a new one."""
        self._enter(situation)
        timeline = Timeline()
        if moment is not None:
            number = len(self.world.processes)
            timeline.script = {moment: lambda: self.world.processes[number].end(ending)}
        run = self.world.cancel(timeline)
        event(f"taken back: {run.exit.name if run.exit is not None else 'KILLED'}")
        self._check()
        if anew:
            self.world.files.edition += 1

    @rule(is_restored=st.booleans(), with_receipts=st.booleans())
    def copy_restore_or_lose_the_ledger(self, is_restored, with_receipts):
        """Restore a copy and apply with that; copy where there is none yet; or begin anew on a fresh machine.

        A ledger that does not know a listed task is refused; one that knows them all may go on.
        """
        if self.world.reader() is None:
            return
        if not is_restored:
            self._replaced(self._lose, receipts_too=with_receipts)
        elif self._copy is None:
            self.world.ledgers.close()
            self._copy = self.world.home.copy()
        else:
            copy, self._copy = self._copy, None
            self._replaced(lambda: self.world.home.restore(copy))

    def teardown(self):
        try:
            if self.world.files.amounts:
                self._converge()
        finally:
            self.world.close()
            self._stack.close()

    def _converge(self):
        """Whatever happened: with a healthy vendor, repeating apply ends with everybody accounted for."""
        world = self.world
        world.heal()
        run = None
        for _ in range(4):
            run = world.apply()
            self._applied(run, None)
            assert run.outcome is not None
            assert run.outcome.campaigns[0].error is None
            if not world.plan().has_changes and run.exit in {Exit.DONE, Exit.IN_DOUBT}:
                break
            world.clock.sleep(60)
        else:
            raise AssertionError("four applies with a healthy vendor did not come to an end")
        sight = oracle.look(world)
        oracle.nobody_lost(world, sight)
        oracle.doubts_have_reasons(sight)
        oracle.receipts_are_complete(world)
        event(f"ends with {run.exit.name}")

    def _applied(self, run: Run, saved: Saved | None, *, is_news: bool = False) -> None:
        event(f"exit {run.exit.name if run.exit is not None else 'KILLED'}")
        self._check()
        if not is_news:
            oracle.done_means_done(self.world, run, saved)
        oracle.receipts_agree(self.world)

    def _check(self) -> None:
        sight = oracle.look(self.world)
        oracle.nobody_twice(self.world, sight)
        oracle.nobody_hears_anything_else(self.world, sight)
        oracle.the_ledger_knows_who_may_ring(sight)
        oracle.every_row_is_somewhere(self.world)
        oracle.nothing_begins_while_stopped(self.world)
        oracle.nobody_begins_with_who_asked(self.world)

    def _ended(self, moment: Moment, ending: str, saved: Saved | None) -> Run:
        number = len(self.world.processes)
        return self.world.apply(saved, Timeline({moment: lambda: self.world.processes[number].end(ending)}))

    def _reviewed(self, which: int | None) -> Saved | None:
        return self._saved[which % len(self._saved)] if which is not None and self._saved else None

    def _is_inside(self, timeline: Timeline, moment: Moment) -> bool:
        """Tell whether *moment* was passed while the lease was held."""
        if isinstance(moment, AtBoundary):
            return moment.occurrence <= timeline.passed[moment.boundary]
        effects = timeline.effects
        if moment.number > len(effects) or "ledger acquire done" not in effects:
            return False
        return effects.index("ledger acquire done") < moment.number <= effects.index("ledger release done")

    def _enter(self, situation: Situation) -> None:
        world = self.world
        world.engine.change_switches(
            {
                "visibility_lag_s": situation.lag_s,
                "submission_fails": situation.submissions_fail,
                # Which of two attempts it took is told by the vendor's count, and no count can tell that it dropped people.
                "drop_callees": 0 if world.files.refuses_duplicates else situation.dropped,
                "balance": situation.balance,
                "balance_lasts": situation.balance_lasts,
                "largest_page": situation.page,
                "fault_percent": situation.drawn,
            }
        )
        for fault in situation.faults:
            if isinstance(fault, Lost):
                world.engine.add_faults([vars(fault)])
            # Nothing of ours can tell a proxy that repeats requests from a vendor that takes a name twice.
            elif fault[1] is not Trouble.REPEATED or not world.engine.switches.duplicates_accepted:
                world.network.troubles.append(fault)

    def _replaced(self, replace: Callable[[], None], *, receipts_too: bool = False) -> None:
        """Apply with another ledger in the place of the newest one, and put that back where it was refused."""
        world = self.world
        # A task that is not listed yet, or not there yet, can be known by nobody but the lost ledger.
        world.heal()
        oracle.look(world)
        world.ledgers.close()
        newest = world.home.copy()
        key, lineage = world.key, world.lineage
        receipts = world.folder / "receipts"
        aside = world.folder / f"receipts-{len(world.processes)}"
        if receipts_too and receipts.exists():
            receipts.rename(aside)
        replace()
        listed = {call["task_name"] for call in world.engine.calls()["calls"]}
        known = {task.task.name for task in oracle.look(world).history.tasks} if world.reader() else set()
        prefix = name_prefix(NAME, edition_name(world.files.edition))
        strangers = {name for name in listed if name.startswith(prefix)} - known
        run = world.apply()
        refused = run.exit is Exit.LEDGER
        event(f"another ledger: {'refused' if refused else 'taken'}")
        after = {call["task_name"] for call in world.engine.calls()["calls"]}
        if strangers:
            assert refused, f"a ledger that does not know {sorted(strangers)} was taken"
        if refused:
            assert after == listed
            world.ledgers.close()
            world.home.lose()
            world.home.restore(newest)
            world.key, world.lineage = key, lineage
            if aside.exists():
                assert not receipts.exists()
                aside.rename(receipts)
        else:
            self._saved, self._copy = [], None
        self._check()

    def _lose(self) -> None:
        self.world.home.lose()
        self.world.key, self.world.lineage = OTHERS[self._lost % len(OTHERS)]
        self._lost += 1
