"""One `runner cancel` over one or several campaigns."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta

from runner.apply.boundary import AtBoundary, nothing_happens
from runner.apply.desk import Desk, no_halt
from runner.apply.opening import SYSTEMIC, desk_of, settle_open
from runner.apply.withdraw import tasks_being_called, tasks_that_wait, withdraw
from runner.errors import Exit, RunnerError, distinct, worst
from runner.model.campaign import Campaign
from runner.model.halt import Halt
from runner.model.round import RoundStatus
from runner.planning.history import IN_DOUBT, SENT, History, Standing, TaskHistory
from runner.planning.receipts import check_receipts
from runner.planning.rounds import may_come
from runner.ports import Clock, Held, Ledger, Progress, Receipts, Vendor


def _goes_on() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackTools:
    """Ports and callables of a `runner cancel`; see `runner.apply.run.Tools`.

    Attributes:
        acknowledge: asks for the number of people in tasks to be taken back; raises `RefusedError`.
    """

    ledger: Ledger
    vendor: Vendor
    receipts: Receipts
    clock: Clock
    progress: Progress
    hold: Callable[[str], AbstractContextManager[Held]]
    acknowledge: Callable[[int, Sequence[Campaign]], None]
    settle_time: timedelta
    stopping: Callable[[], bool] = _goes_on
    at: AtBoundary = nothing_happens
    halt_file: Callable[[], Halt | None] = no_halt


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What became of one campaign.

    Attributes:
        withdrawn: people in tasks that were cancelled with nobody called.
        called: people in tasks that could not be stopped any more.
        is_calling: some of these are called even now.
        in_doubt: people of whom nobody knows.
        stopped: tasks of which recall rounds were cancelled before they began, while the task itself was not.
        to_come: tasks of which recall rounds may ring yet.
    """

    name: str
    edition: str
    withdrawn: int = 0
    called: int = 0
    is_calling: bool = False
    in_doubt: int = 0
    stopped: int = 0
    to_come: int = 0
    error: RunnerError | None = None

    @property
    def exits(self) -> tuple[Exit, ...]:
        """Return every exit code that occurred, `Exit.DONE` aside."""
        found = [self.error.exit] if self.error is not None else []
        if self.in_doubt:
            found.append(Exit.IN_DOUBT)
        if self.is_calling or self.to_come:
            found.append(Exit.PARTIAL)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class TakeBackOutcome:
    """What became of all campaigns."""

    campaigns: tuple[TakenBack, ...]

    @property
    def errors(self) -> tuple[RunnerError, ...]:
        """Return what stopped campaigns, each once: one error may have stopped several."""
        return distinct(one.error for one in self.campaigns)

    @property
    def exit(self) -> Exit:
        """Return the exit code of the command."""
        return worst(code for one in self.campaigns for code in one.exits)


@dataclass
class _Work:
    campaign: Campaign
    desk: Desk | None = None
    people: int = 0
    is_calling: bool = False
    to_come: int = 0
    error: RunnerError | None = None


@dataclass
class TakeBack:
    """One run; `run` may be called once."""

    tools: TakeBackTools
    reason: str
    by: str

    def run(self, campaigns: Sequence[Campaign]) -> TakeBackOutcome:
        """Withdraw the editions of *campaigns* and return what became of their people.

        Raises:
            RefusedError: the number of people was not acknowledged; nothing is withdrawn.
        """
        check_receipts(self.tools.receipts.all(), self.tools.ledger)
        works = [_Work(campaign) for campaign in sorted(campaigns, key=lambda c: c.name)]
        with ExitStack() as leases:
            self._each(works, lambda work: self._open(work, leases))
            self._acknowledge([work for work in works if work.error is None])
            self._each(works, self._withdraw)
        return TakeBackOutcome(tuple(map(_outcome, works)))

    def _each(self, works: Sequence[_Work], step: Callable[[_Work], None]) -> None:
        for work in works:
            if work.error is not None:
                continue
            try:
                step(work)
            except SYSTEMIC as error:
                for one in works:
                    one.error = one.error or error
                return
            except RunnerError as error:
                work.error = error

    def _open(self, work: _Work, leases: ExitStack) -> None:
        work.desk = desk_of(self.tools, work.campaign, leases)
        settle_open(work.desk)
        work.people = sum(task.people for task in tasks_that_wait(work.desk))

    def _acknowledge(self, works: Sequence[_Work]) -> None:
        people = sum(work.people for work in works)
        is_new = any(work.desk is not None and work.desk.history().withdrawn is None for work in works)
        if people or is_new:
            self.tools.acknowledge(people, [work.campaign for work in works])

    def _withdraw(self, work: _Work) -> None:
        if work.desk is not None and not self.tools.stopping():
            withdraw(work.desk, reason=self.reason, by=self.by)
            work.is_calling = bool(tasks_being_called(work.desk))
            now = work.desk.clock.now()
            work.to_come = sum(may_come(task, now=now) for task in work.desk.history().tasks)


def _outcome(work: _Work) -> TakenBack:
    history = work.desk.history() if work.desk is not None else History(())
    return TakenBack(
        name=work.campaign.name,
        edition=work.campaign.edition,
        withdrawn=_people(history, {Standing.WITHDRAWN}),
        called=_people(history, SENT),
        is_calling=work.is_calling,
        in_doubt=_people(history, IN_DOUBT),
        stopped=sum(_has_stopped(task) for task in history.in_standing(SENT)),
        to_come=work.to_come,
        error=work.error,
    )


def _has_stopped(task: TaskHistory) -> bool:
    return any(one.status == RoundStatus.CANCELLED for one in task.rounds)


def _people(history: History, standings: set[Standing] | frozenset[Standing]) -> int:
    return sum(task.people for task in history.in_standing(standings))
