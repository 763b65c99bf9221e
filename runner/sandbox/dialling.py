"""When each callee of a task is dialled: one after the other, at a steady pace, inside the daily windows."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from runner.sandbox.vendor_time import Window

_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A time without a pause: callees *first* to *after* - 1 are dialled from *begin* on."""

    begin: float
    first: int
    after: int


class DialPlan:
    """The dial time of every callee, by position. What a window leaves over goes on in the next one.

    That unreached callees wait for the next window, and that the end of a window is not part of it, are
    assumptions; the vendor documents neither.

    Args:
        callees: how many there are.
        start: Unix seconds before which nobody is dialled.
        per_second: how many are dialled in an open second.
        windows: daily windows, none = always open.
        zone: whose days and hours the windows mean.

    Attributes:
        start: when the first callee is dialled, Unix seconds.
    """

    __slots__ = ("_begins", "_firsts", "_pace", "_stretches", "start")

    def __init__(
        self, callees: int, *, start: float, per_second: float, windows: tuple[Window, ...], zone: ZoneInfo
    ) -> None:
        self._pace = per_second
        stretches: list[_Stretch] = []
        reached = 0
        first_open = None
        for begin, end in _open_times(start, windows, zone):
            first_open = begin if first_open is None else first_open
            fits = callees - reached
            if end is not None:
                fits = min(fits, math.ceil((end - begin) * per_second - _TOLERANCE))
            if fits > 0:
                stretches.append(_Stretch(begin=begin, first=reached, after=reached + fits))
                reached += fits
            if reached >= callees:
                break
        self._stretches = tuple(stretches)
        self._firsts = tuple(stretch.first for stretch in stretches)
        self._begins = tuple(stretch.begin for stretch in stretches)
        self.start = start if first_open is None else first_open

    def dial_time(self, position: int) -> float:
        """Return when the callee at *position* is dialled, Unix seconds."""
        at = bisect_right(self._firsts, position) - 1
        stretch = self._stretches[at]
        return stretch.begin + (position - stretch.first) / self._pace

    def dialled_by(self, moment: float) -> int:
        """Return how many callees were dialled at *moment* or before: always the first ones."""
        at = bisect_right(self._begins, moment) - 1
        if at < 0:
            return 0
        stretch = self._stretches[at]
        elapsed = math.floor((moment - stretch.begin) * self._pace + _TOLERANCE) + 1
        return min(stretch.after, stretch.first + elapsed)


def _open_times(
    start: float, windows: tuple[Window, ...], zone: ZoneInfo
) -> Iterator[tuple[float, float | None]]:
    """Yield the open times from *start* on, in order and without overlaps; None is an end that never comes."""
    if not windows:
        yield start, None
        return
    today = datetime.fromtimestamp(start, tz=zone).date()
    latest = start
    for days in count():
        for window in sorted(windows, key=lambda window: window.opens_min):
            begin = max(latest, _instant(today + timedelta(days=days), window.opens_min, zone))
            end = _instant(today + timedelta(days=days), window.closes_min, zone)
            if begin < end:
                yield begin, end
                latest = end


def _instant(day: date, minute: int, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone).timestamp()
