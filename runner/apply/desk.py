"""What every step of an apply has at hand, for one campaign."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from runner.apply.boundary import AtBoundary
from runner.errors import HaltedError
from runner.model.campaign import Campaign
from runner.model.entry import Entry
from runner.model.fact import Decision, Fact
from runner.model.halt import Halt
from runner.model.lease import Lease
from runner.planning.history import History, TaskHistory, fold
from runner.ports import Clock, Ledger, Progress, Vendor


def no_halt() -> Halt | None:
    """Return that nobody stopped anything."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One campaign being applied.

    Attributes:
        lease: returns the lease as last renewed.
        holds_lease: tells whether it is still ours, without asking anybody.
        guarded: see `runner.ports.Held.guarded`; a request is made inside.
        settle_time: how long a lost answer is looked up.
        at: called at each `Boundary`.
        stopping: tells whether the operator asked to stop after the request under way.
        halt_file: returns the stop that a file in the root says, looked at anew each time.
    """

    campaign: Campaign
    ledger: Ledger
    vendor: Vendor
    clock: Clock
    progress: Progress
    lease: Callable[[], Lease]
    holds_lease: Callable[[], bool]
    guarded: Callable[[], AbstractContextManager[bool]]
    settle_time: timedelta
    at: AtBoundary
    stopping: Callable[[], bool]
    halt_file: Callable[[], Halt | None] = no_halt

    def history(self) -> History:
        """Return what the ledger says of this campaign and edition now, former names included."""
        names = (self.campaign.name, *self.campaign.formerly)
        return fold(self.ledger.entries(campaigns=names, edition=self.campaign.edition))

    def halt(self) -> Halt | None:
        """Return the stop that holds now, by the file or by the ledger; None where there is none."""
        return self.halt_file() or self.ledger.halt()

    def task(self, name: str) -> TaskHistory | None:
        """Return what the ledger says of the task *name* now; None where it knows none. Reads nothing about other tasks."""
        names = (self.campaign.name, *self.campaign.formerly)
        entries = self.ledger.entries(campaigns=names, edition=self.campaign.edition, task=name)
        return fold(entries).named(name)

    def refuse_halt_file(self) -> None:
        """Return if no file stops everything; what the ledger says of that is read in the transaction of each intent.

        Raises:
            HaltedError: a file does.
        """
        halt = self.halt_file()
        if halt is not None:
            raise HaltedError(str(halt), hint=halt.lift, code="halted")

    def decide(self, fact: Decision, *, seen: int) -> Entry:
        """Append a decision, if nothing was appended about its task or edition after the entry *seen*."""
        return self.ledger.decide(fact, lease=self.lease(), seen=seen, now=self.clock.now())

    def record(self, fact: Fact) -> Entry:
        """Append evidence."""
        return self.ledger.record(fact, now=self.clock.now())

    def record_all(self, facts: Sequence[Fact]) -> tuple[Entry, ...]:
        """Append several pieces of evidence in one durable commit."""
        return self.ledger.record_all(facts, now=self.clock.now())
