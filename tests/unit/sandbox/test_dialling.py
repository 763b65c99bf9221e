"""Who is dialled when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from runner.sandbox.dialling import DialPlan
from runner.sandbox.vendor_time import Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = Window(opens_min=9 * 60, closes_min=12 * 60)
AFTERNOON = Window(opens_min=14 * 60, closes_min=18 * 60)


def at(text: str) -> float:
    """Return a time in Shanghai in Unix seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()


def plan(callees: int, start: str, *windows: Window, per_second: float = 1) -> DialPlan:
    """Return a plan in Shanghai."""
    return DialPlan(callees, start=at(start), per_second=per_second, windows=windows, zone=SHANGHAI)


def test_without_windows_dialling_starts_at_once() -> None:
    """Callees follow each other at the pace, the first one at the start."""
    dialling = plan(3, "2026-11-24T10:00", per_second=2)

    assert [dialling.dial_time(position) - dialling.start for position in range(3)] == [0, 0.5, 1]
    assert [dialling.dialled_by(dialling.start + late) for late in (-1, 0, 0.4, 0.5, 9)] == [0, 1, 1, 2, 3]


def test_dialling_waits_for_the_window() -> None:
    """A task that starts in the night, at noon or after the last window waits for the next one."""
    assert plan(1, "2026-11-24T05:00", MORNING, AFTERNOON).start == at("2026-11-24T09:00")
    assert plan(1, "2026-11-24T12:00", AFTERNOON, MORNING).start == at("2026-11-24T14:00")
    assert plan(1, "2026-11-24T18:00", MORNING, AFTERNOON).start == at("2026-11-25T09:00")
    assert plan(1, "2026-11-24T17:59", MORNING, AFTERNOON).start == at("2026-11-24T17:59")


def test_who_is_left_over_waits_for_the_next_window() -> None:
    """Two callees fit before noon; the third is dialled when the afternoon begins."""
    dialling = plan(3, "2026-11-24T11:59:58", MORNING, AFTERNOON)

    assert dialling.dial_time(1) == at("2026-11-24T11:59:59")
    assert dialling.dial_time(2) == at("2026-11-24T14:00")
    assert dialling.dialled_by(at("2026-11-24T13:59:59")) == 2


def test_overlapping_windows_dial_nobody_twice() -> None:
    """Windows that overlap are one long window."""
    late_morning = Window(opens_min=11 * 60, closes_min=13 * 60)
    dialling = plan(7200, "2026-11-24T11:30", MORNING, late_morning)

    assert dialling.dial_time(1800) == at("2026-11-24T12:00")
    assert dialling.dial_time(5399) == at("2026-11-24T12:59:59")
    assert dialling.dial_time(5400) == at("2026-11-25T09:00")


def test_nobody_is_dialled_in_an_empty_plan() -> None:
    """A task whose callees were all dropped has a start and no calls."""
    dialling = plan(0, "2026-11-24T05:00", MORNING)

    assert dialling.start == at("2026-11-24T09:00")
    assert dialling.dialled_by(at("2026-12-24T10:00")) == 0


@given(
    st.integers(1, 300),
    st.floats(0, 86400 * 3),
    st.sampled_from([0.02, 0.5, 1.0, 3.0]),
    st.lists(st.tuples(st.integers(0, 1438), st.integers(1, 1439)).filter(lambda w: w[0] < w[1]), max_size=3),
)
def test_dialling_obeys_pace_order_and_windows(
    callees: int, offset: float, per_second: float, hours: list[tuple[int, int]]
) -> None:
    """Every callee is dialled inside a window, in order, and counted from that moment on."""
    windows = tuple(Window(opens_min=opens, closes_min=closes) for opens, closes in hours)
    start = at("2026-11-24T00:00") + offset
    dialling = DialPlan(callees, start=start, per_second=per_second, windows=windows, zone=SHANGHAI)

    times = [dialling.dial_time(position) for position in range(callees)]

    assert times == sorted(times)
    assert times[0] >= start
    for position, moment in enumerate(times):
        local = datetime.fromtimestamp(moment, tz=SHANGHAI)
        minute = local.hour * 60 + local.minute
        assert not windows or any(window.opens_min <= minute < window.closes_min for window in windows)
        assert dialling.dialled_by(moment + 0.001) >= position + 1
        assert dialling.dialled_by(moment - 0.001) <= position
