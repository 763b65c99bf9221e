"""One `runner apply` as if it were a process of its own: it can die at any moment, and nothing of it happens after that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from runner.apply.boundary import Boundary
from runner.errors import LedgerError
from runner.ledger.lease import LOST
from runner.ledger.store import SqlLedger
from runner.model.lease import Lease, Owner
from tests.crash.clock import Clock
from tests.crash.moments import Killed, Timeline

_WRITES = frozenset(
    {"intend", "record", "record_all", "decide", "bind", "acquire", "renew", "release", "write"}
)
_BEAT_S = 20.0


@dataclass
class Process:
    """What is true of a process from outside.

    Attributes:
        is_dead: it was killed.
        is_stalled: it stands still, and others may hold it for gone.
        has_ended: it is not there any more, however it ended.
        knows_of_loss: it has noticed that its lease is not its own any more.
        is_guarded: the kernel's timer will end it together with its lease.
        is_stopping: its operator has asked it to stop after the request under way.
    """

    number: int
    timeline: Timeline
    clock: Clock
    is_dead: bool = False
    is_stalled: bool = False
    has_ended: bool = False
    knows_of_loss: bool = False
    is_guarded: bool = False
    is_stopping: bool = False
    beat_at_s: float = field(default=0.0)

    @property
    def owner(self) -> Owner:
        """Return this process as the ledger names it."""
        return Owner(
            host="here",
            boot="boot",
            namespace="n",
            pid=self.number,
            started=self.number,
            user="ann",
            command="runner apply",
        )

    def kill(self) -> None:
        """Die at this very moment."""
        self.is_dead = True
        raise Killed

    def end(self, how: str) -> None:
        """Be ``killed`` now, ``interrupted`` at once (a second Ctrl-C), or ``stopped`` after the request under way.

        Raises:
            KeyboardInterrupt: interrupted.
            Killed: killed.
        """
        if how == "killed":
            self.kill()
        if how == "interrupted":
            raise KeyboardInterrupt
        self.is_stopping = True

    def stall(self, meanwhile: Callable[[], object], *, is_over: bool) -> None:
        """Stand still, be held for gone, and wake after *meanwhile*.

        Args:
            meanwhile: what others do.
            is_over: whether the lease's term has passed then by a clock that runs on; on a machine that was suspended as
                a whole it has not, and neither the process nor the kernel's timer know that anything happened.
        """
        self.is_stalled = True
        if is_over:
            self.clock.sleep(61)
        meanwhile()
        if is_over:
            self.knows_of_loss = True
            if self.is_guarded:
                self.kill()

    def effect(self, what: str) -> None:
        """Pass a moment just before or after an effect; a dead process has none."""
        self.live()
        self.timeline.effect(what)
        self.live()

    def boundary(self, boundary: Boundary) -> None:
        """Pass a boundary of the protocol."""
        self.live()
        self.timeline.boundary(boundary)
        self.live()

    def live(self) -> None:
        """Return if the process lives: what its `finally` blocks would still do must not happen after a kill."""
        if self.is_dead:
            raise Killed


class Mortal:
    """A ledger or folder of receipts in the hands of a process: used up to its death only."""

    def __init__(self, target: Any, process: Process, name: str) -> None:
        self._target = target
        self._process = process
        self._name = name

    def __getattr__(self, name: str) -> Any:
        self._process.live()
        found = getattr(self._target, name)
        return self._write(name, found) if name in _WRITES else found

    def _write(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def write(*arguments: Any, **named: Any) -> Any:
            self._process.effect(f"{self._name} {name}")
            result = method(*arguments, **named)
            self._process.effect(f"{self._name} {name} done")
            return result

        return write


@dataclass
class ProcessClock:
    """The clock as a process uses it: pauses are moments, too, and the lease is renewed while it waits."""

    clock: Clock
    process: Process
    renew: list[Callable[[], bool]] = field(default_factory=list)

    def now(self) -> Any:
        """Return the wall clock."""
        return self.clock.now()

    def elapsed_s(self) -> float:
        """Return seconds since the start."""
        return self.clock.elapsed_s()

    def sleep(self, seconds: float) -> None:
        """Wait, renewing the lease as often as the heartbeat would."""
        self.process.effect("waits")
        self.wait(seconds)
        self.process.live()

    def wait(self, seconds: float) -> None:
        """Wait without passing a moment."""
        left = seconds
        while left > 0:
            part = min(left, _BEAT_S)
            self.clock.sleep(part)
            left -= part
            if self.clock.elapsed_s() - self.process.beat_at_s >= _BEAT_S:
                self.process.beat_at_s = self.clock.elapsed_s()
                for renew in self.renew:
                    renew()


@dataclass
class Hand:
    """The lease in the hands of a process: satisfies `runner.ports.Held`, as the heartbeat does, without its thread."""

    taken: Lease
    ledger: SqlLedger
    process: Process

    @property
    def lease(self) -> Lease:
        """Return the lease as last renewed."""
        return self.taken

    def is_held(self) -> bool:
        """Tell what the process knows of its lease."""
        return not self.process.knows_of_loss

    @contextmanager
    def guarded(self) -> Iterator[bool]:
        """Let `stall` end the process where its lease is over, as the kernel's timer would; and read the lease again."""
        self.process.is_guarded = True
        try:
            yield self.renew()
        finally:
            self.process.is_guarded = False

    def renew(self) -> bool:
        """Renew, or learn that it is lost; tell whether it is ours."""
        try:
            self.taken = self.ledger.renew(self.taken, now=self.process.clock.now())
        except LedgerError as error:
            if error.problems[0].code != LOST:
                raise
            self.process.knows_of_loss = True
            return False
        return True


@contextmanager
def holding(ledger: Any, raw: SqlLedger, campaign: str, clock: ProcessClock) -> Iterator[Hand]:
    """Take the lease, renew it while the process waits, and give it back; `runner.cli.ledgers.hold` without its thread."""
    lease = ledger.acquire(campaign, now=clock.now())
    hand = Hand(lease, raw, clock.process)
    clock.renew.append(hand.renew)
    try:
        yield hand
    finally:
        clock.renew.remove(hand.renew)
        ledger.release(lease)
