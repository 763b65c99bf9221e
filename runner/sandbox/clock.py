"""Time as the sandbox sees it: the server's clock, and the faster clock on which calls take place."""

from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """The two times of the engine, both in Unix seconds, UTC."""

    def wall(self) -> float:
        """Return the server's time: it judges signatures, dates answers and stamps new tasks."""
        ...

    def now(self) -> float:
        """Return the virtual time, on which tasks are submitted, people are called and lags end."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the virtual time forward at once; the server's time stays."""
        ...


class VirtualClock:
    """A virtual time that starts at the wall clock, runs *speed* times as fast and can be moved forward.

    It never runs backwards, even where the wall clock does.

    Args:
        wall: the wall clock, Unix seconds. A constant function gives a time that moves by ``advance`` alone.
        speed: virtual seconds per second of the wall clock.
    """

    __slots__ = ("_jumped", "_latest", "_origin", "_speed", "_wall")

    def __init__(self, wall: Callable[[], float], speed: float = 1.0) -> None:
        if speed < 0:
            raise ValueError("speed must not be negative")
        self._wall = wall
        self._speed = speed
        self._origin = wall()
        self._latest = self._origin
        self._jumped = 0.0

    def wall(self) -> float:
        """Return the wall clock's time as it is."""
        return self._wall()

    def now(self) -> float:
        """Return the virtual time."""
        self._latest = max(self._latest, self._wall())
        return self._origin + (self._latest - self._origin) * self._speed + self._jumped

    def advance(self, seconds: float) -> None:
        """Move the virtual time forward by *seconds*."""
        if not 0 <= seconds < float("inf"):
            raise ValueError("time moves forward only")
        self._jumped += seconds
