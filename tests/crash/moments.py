"""When something happens to a process under test: at a named boundary of the protocol, or at its n-th effect."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runner.apply.boundary import Boundary


class Killed(BaseException):
    """The process is gone. Not an `Exception`, so that nothing in the code under test can go on after it."""


@dataclass(frozen=True)
class AtBoundary:
    """The *occurrence*-th time that this boundary is passed, counted from 1."""

    boundary: Boundary
    occurrence: int = 1


@dataclass(frozen=True)
class AtEffect:
    """Just before or after the *number*-th write to the ledger, receipt, request or pause, counted from 1."""

    number: int


Moment = AtBoundary | AtEffect


@dataclass
class Timeline:
    """What is to happen when, and what has happened."""

    script: Mapping[Moment, Callable[[], None]] = field(default_factory=dict)
    passed: Counter[Boundary] = field(default_factory=Counter)
    effects: list[str] = field(default_factory=list)

    def boundary(self, boundary: Boundary) -> None:
        """Note that *boundary* is passed, and let happen what is to happen there."""
        self.passed[boundary] += 1
        self._play(AtBoundary(boundary, self.passed[boundary]))

    def effect(self, what: str) -> None:
        """Note the moment before or after an effect, and let happen what is to happen there."""
        self.effects.append(what)
        self._play(AtEffect(len(self.effects)))

    def _play(self, moment: Moment) -> None:
        action = self.script.get(moment)
        if action is not None:
            action()
