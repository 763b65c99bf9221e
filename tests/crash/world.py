"""A campaign repository, a ledger, a vendor and the network between them: what outlives every process."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from runner.apply.desk import Desk
from runner.apply.outcome import ApplyOutcome
from runner.apply.resolve import Statement, resolve
from runner.apply.run import Apply, Tools
from runner.apply.take_back import TakeBack, TakeBackOutcome, TakeBackTools
from runner.cli.plan_file import read_plan, write_plan
from runner.digest.keys import LedgerKey
from runner.errors import Exit, RunnerError
from runner.frames import PERSON
from runner.laaffic.adapter import Laaffic
from runner.ledger.reader import SqlReader
from runner.ledger.receipts import TomlReceipts
from runner.ledger.store import SqlLedger
from runner.model.campaign import Campaign
from runner.model.lease import Owner
from runner.model.ledger_fact import Halted, Lifted
from runner.model.plan import Plan
from runner.model.task import Answer, TaskRequest
from runner.planning.saved import ReviewedCampaign, SavedPlan
from runner.preview.prepared import Preview
from runner.sandbox.clock import VirtualClock
from runner.sandbox.defaults import API_KEY, API_SECRET
from runner.sandbox.engine import Engine
from runner.sandbox.switches import Switches
from tests.crash.clock import Clock
from tests.crash.homes import ENVIRONMENT, Home, Ledgers
from tests.crash.line import Line, Network
from tests.crash.moments import Killed, Timeline
from tests.crash.process import Mortal, Process, ProcessClock, holding
from tests.crash.repository import Files, Planner, number, person_key
from tests.unit.apply.conftest import Silent

FIRST_KEY = LedgerKey("5a" * 32)
FIRST_LINEAGE = "0123456789abcdef" * 2
ADDRESS = "http://127.0.0.1:8089"
ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Saved:
    """A saved plan, and what everybody in it would hear, written out by hand."""

    plan: SavedPlan
    said: Mapping[str, str | None]


@dataclass
class Run:
    """One process that has ended.

    Attributes:
        files: what it planned from.
        said: what the people whom it may call hear, by number.
        error: what ended it before the protocol could say what became of the campaign.
    """

    process: Process
    files: Files
    said: Mapping[str, str | None]
    outcome: ApplyOutcome | None = None
    taken_back: TakeBackOutcome | None = None
    error: RunnerError | None = None
    interrupted: bool = False

    @property
    def exit(self) -> Exit | None:
        """Return the exit code; None where the process was killed."""
        if self.process.is_dead:
            return None
        if self.interrupted:
            return Exit.INTERRUPTED
        if self.error is not None:
            return self.error.exit
        if self.taken_back is not None:
            return self.taken_back.exit
        return self.outcome.exit if self.outcome is not None else Exit.DONE


class _Speaking:
    """The vendor in the hands of a process: notes under which name which words are asked for."""

    def __init__(self, vendor: Laaffic, run: Run, promised: dict[str, Mapping[str, str | None]]) -> None:
        self._vendor = vendor
        self._run = run
        self._promised = promised

    def __getattr__(self, name: str) -> object:
        self._run.process.live()
        return getattr(self._vendor, name)

    def send(self, request: TaskRequest, **how: object) -> Answer:
        self._run.process.live()
        # Two processes may send one name: both were allowed the same words, since the name is made of the approvals.
        self._promised.setdefault(request.name, self._run.said)
        return self._vendor.send(request, **how)  # type: ignore[arg-type]


@dataclass
class World:
    """Everything outside of the processes.

    Attributes:
        promised: what may be said under each task name, by number.
        lives: whether the ledger and its key are the newest ones.
        takes_back: `command` is `runner cancel`.
    """

    folder: Path
    home: Home
    planner: Planner
    switches: Switches = field(default_factory=lambda: Switches(submitting_s=0.0))
    settle_s: float = 10.0
    takes_back: bool = False

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.engine = Engine(clock=VirtualClock(self.clock.vendor_time), switches=self.switches, seed=7)
        self.network = Network(self.engine)
        self.ledgers = Ledgers(self.home)
        self.key, self.lineage = FIRST_KEY, FIRST_LINEAGE
        self.files = Files()
        self.promised: dict[str, Mapping[str, str | None]] = {}
        self.processes: list[Process] = []
        self._planned: tuple[object, Saved | None, Plan] | None = None

    @property
    def receipts(self) -> TomlReceipts:
        """Return the receipts."""
        return TomlReceipts(self.folder / "receipts", ENVIRONMENT)

    def apply(self, saved: Saved | None = None, timeline: Timeline | None = None) -> Run:
        """Run one apply from its first to its last moment, and return what became of it."""
        run = self._begun(timeline, self._may_be_said(saved))

        def apply() -> None:
            files, key = run.files, self.key
            tools = self._tools(
                run,
                lambda campaigns, reviewed, ledger: _of(
                    campaigns,
                    self.planner.preview(
                        files,
                        ledger=ledger,
                        key=key,
                        now=self.clock.now(),
                        reviewed=reviewed if saved is not None and campaigns else None,
                    ),
                ),
            )
            campaigns = [self.planner.campaign(files)]
            run.outcome = Apply(tools, saved.plan if saved else None, None).run(campaigns)

        return self._ended(run, apply)

    def resolve(self, name: str, statement: Statement, timeline: Timeline | None = None) -> Run:
        """Let a person settle the task *name*, from the first to the last moment of that."""
        run = self._begun(timeline, {})

        def settle() -> None:
            tools = self._tools(run, _plans_nothing)
            campaign = self.planner.campaign(run.files)
            with tools.hold(campaign.name) as held:
                desk = Desk(
                    campaign=campaign,
                    ledger=tools.ledger,
                    vendor=tools.vendor,
                    clock=tools.clock,
                    progress=tools.progress,
                    lease=lambda: held.lease,
                    holds_lease=held.is_held,
                    guarded=held.guarded,
                    settle_time=tools.settle_time,
                    at=tools.at,
                    stopping=tools.stopping,
                )
                resolve(desk, name, statement)

        return self._ended(run, settle)

    def cancel(self, timeline: Timeline | None = None) -> Run:
        """Take the campaign back, from the first to the last moment of that."""
        run = self._begun(timeline, {})

        def take_back() -> None:
            tools = self._tools(run, _plans_nothing)
            given = TakeBackTools(
                ledger=tools.ledger,
                vendor=tools.vendor,
                receipts=tools.receipts,
                clock=tools.clock,
                progress=tools.progress,
                hold=tools.hold,
                acknowledge=lambda _number, _campaigns: None,
                settle_time=tools.settle_time,
                stopping=tools.stopping,
                at=tools.at,
            )
            run.taken_back = TakeBack(given, "a mistake", "ann").run([self.planner.campaign(run.files)])

        return self._ended(run, take_back)

    def command(self, timeline: Timeline | None = None) -> Run:
        """Run what the situation is about: an apply, or taking the campaign back."""
        return self.cancel(timeline) if self.takes_back else self.apply(None, timeline)

    def _begun(self, timeline: Timeline | None, may_be_said: Mapping[str, str | None]) -> Run:
        process = Process(len(self.processes) + 1, timeline or Timeline(), self.clock)
        self.processes.append(process)
        return Run(process, replace(self.files, amounts=dict(self.files.amounts)), said=may_be_said)

    def _ended(self, run: Run, work: Callable[[], None]) -> Run:
        try:
            work()
        except Killed:
            assert run.process.is_dead
        except KeyboardInterrupt:
            run.interrupted = True
        except RunnerError as error:
            run.error = error
        run.process.has_ended = True
        return run

    def _tools(
        self,
        run: Run,
        plan: Callable[[Sequence[Campaign], Mapping[str, ReviewedCampaign], SqlLedger], Preview],
    ) -> Tools:
        """Return what the process of *run* works with, as long as it lives."""
        process = run.process
        clock = ProcessClock(self.clock, process)
        line = Line(self.network, effect=process.effect, wait=clock.wait)
        vendor = Laaffic(ADDRESS, API_KEY, API_SECRET, zone=ZoneInfo(ZONE), clock=clock, transport=line)
        raw = self.ledgers.writer(self.key, self.lineage, owner=process.owner, is_gone=self._is_gone)
        ledger = Mortal(raw, process, "ledger")
        return Tools(
            ledger=ledger,
            vendor=_Speaking(vendor, run, self.promised),  # type: ignore[arg-type]
            receipts=Mortal(self.receipts, process, "receipt"),
            clock=clock,
            progress=Silent(),
            hold=lambda name: holding(ledger, raw, name, clock),
            plan_again=lambda campaigns, reviewed: plan(campaigns, reviewed, raw),
            acknowledge=lambda _number, _plan: None,
            settle_time=timedelta(seconds=self.settle_s),
            stopping=lambda: process.is_stopping,
            at=process.boundary,
        )

    def stop(self) -> None:
        """Stop everything, as somebody at another machine does."""
        self._say(Halted(reason="stop", by="ann"))

    def lift(self) -> None:
        """End the stop."""
        self._say(Lifted(reason="go on", by="ann"))

    def suppress(self, *people: int, lift: bool = False) -> None:
        """Let *people* be called by nothing any more, as somebody at another machine does, or let that be over."""
        keys = pl.Series(PERSON, [person_key(self.key, number(one)) for one in people], dtype=pl.UInt128)
        self._other().suppress(keys, reason="asked", by="ann", now=self.clock.now(), lift=lift)

    def _say(self, fact: Halted | Lifted) -> None:
        self._other().record(fact, now=self.clock.now())

    def _other(self) -> SqlLedger:
        owner = Process(0, Timeline(), self.clock).owner
        return self.ledgers.writer(self.key, self.lineage, owner=owner, is_gone=lambda _: False)

    def save_plan(self) -> Saved:
        """Plan and return it as a reviewer would have saved it."""
        made = self.planner.preview(
            self.files, ledger=self.reader(), key=self.key, now=self.clock.now(), reviewed=None
        )
        assert sum(made.plan.campaigns[0].buckets.values()) == made.plan.campaigns[0].rows
        path = self.folder / "plan.json"
        write_plan(path, made, [], key=self.key)
        return Saved(read_plan(path), said=self.files.said())

    def plan(self, saved: Saved | None = None) -> Plan:
        """Return today's plan, intersected with a reviewed one where there is one; the same one while nothing changes."""
        reader = self.reader()
        head = reader.head() if reader is not None else None
        inputs = (repr(self.files), self.key, self.lineage, head, self.clock.now())
        if self._planned is None or self._planned[0] != inputs or self._planned[1] is not saved:
            self._planned = (inputs, saved, self._made(saved))
        return self._planned[2]

    def _made(self, saved: Saved | None) -> Plan:
        reviewed = {c.name: c for c in saved.plan.campaigns} if saved is not None else None
        return self.planner.preview(
            self.files, ledger=self.reader(), key=self.key, now=self.clock.now(), reviewed=reviewed
        ).plan

    def reader(self) -> SqlReader | None:
        """Return the ledger for reading; None where there is none."""
        return self.ledgers.reader(self.key)

    def close(self) -> None:
        """Leave nothing behind but the folder."""
        self.ledgers.close()
        self.home.close()

    def console(self) -> Laaffic:
        """Return the vendor as somebody at its own console uses it, whom no process knows of."""
        process = Process(0, Timeline(), self.clock)
        line = Line(Network(self.engine), effect=process.effect, wait=self.clock.sleep)
        return Laaffic(
            ADDRESS, API_KEY, API_SECRET, zone=ZoneInfo(ZONE), clock=_Right(self.clock), transport=line
        )

    def heal(self) -> None:
        """Let the vendor and the network be healthy from now on, and what is under way arrive."""
        self.clock.wrong_by_s = 0.0
        self.network.troubles.clear()
        self.engine.clear_faults()
        self.network.deliver_held()
        healthy = {
            "visibility_lag_s": 0.0,
            "submission_fails": False,
            "drop_callees": 0,
            "balance": "1000.00",
            "balance_lasts": 0,
            "fault_percent": 0.0,
        }
        self.engine.change_switches(healthy)
        self.clock.sleep(7200)

    def _is_gone(self, owner: Owner) -> bool:
        process = self.processes[owner.pid - 1]
        return process.is_dead or process.is_stalled or process.has_ended

    def _may_be_said(self, saved: Saved | None) -> Mapping[str, str | None]:
        today = self.files.said()
        if saved is None:
            return today
        return {number: words for number, words in today.items() if saved.said.get(number) == words}


def _plans_nothing(_campaigns: object, _reviewed: object, _ledger: object) -> Preview:
    raise AssertionError("nobody plans to settle a doubt")


def _of(campaigns: Sequence[Campaign], made: Preview) -> Preview:
    """Return *made*, which is of one campaign, of no more than *campaigns*."""
    return made if campaigns else Preview(plan=replace(made.plan, campaigns=()), prepared=())


class _Right:
    """A clock that is right, whatever that of the runner's machine says."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self):
        wrong, self._clock.wrong_by_s = self._clock.wrong_by_s, 0.0
        try:
            return self._clock.now()
        finally:
            self._clock.wrong_by_s = wrong

    def elapsed_s(self):
        return self._clock.elapsed_s()

    def sleep(self, seconds):
        self._clock.sleep(seconds)


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Yield a new folder, in memory where the system has such a place: thousands of ledgers are made in it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
