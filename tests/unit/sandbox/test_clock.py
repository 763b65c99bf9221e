"""The two times of the sandbox."""

import pytest

from runner.sandbox.clock import VirtualClock


class Wall:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_virtual_time_runs_faster() -> None:
    """Ten seconds at sixty times the speed are ten minutes, while the wall clock stays as it is."""
    wall = Wall()
    clock = VirtualClock(wall, 60)

    wall.time += 10

    assert (clock.now(), clock.wall()) == (1600.0, 1010.0)


def test_virtual_time_can_be_moved_forward_only() -> None:
    """Moving adds seconds to the virtual time alone; a negative or endless span is refused."""
    clock = VirtualClock(Wall())

    clock.advance(3600)

    assert (clock.now(), clock.wall()) == (4600.0, 1000.0)
    for seconds in (-1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="forward"):
            clock.advance(seconds)


def test_virtual_time_never_runs_backwards() -> None:
    """A wall clock that is set back does not take virtual time back."""
    wall = Wall()
    clock = VirtualClock(wall, 2)
    wall.time = 1100.0
    clock.now()

    wall.time = 900.0

    assert clock.now() == 1200.0


def test_a_negative_speed_is_refused() -> None:
    """Time that runs backwards is no speed."""
    with pytest.raises(ValueError, match="speed"):
        VirtualClock(Wall(), -1)
