"""Times of day and of sending as the vendor takes them: local text without a zone or a date.

``sendTime`` is ``yyyy-MM-dd HH:mm:ss`` and means *now* when it is missing; ``allowSendTime`` has up to three daily windows of
``HH:mm``. In which zone the vendor reads them is not documented, so it is a setting without a default: a wrong guess calls
people at night. Source: send, resend and update pages, read 2026-11-23.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from runner.laaffic.refusal import refusal
from runner.model.campaign import Window
from runner.model.task import Timing

MAX_WINDOWS: Final = 3
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_HALF_A_DAY_AND_MORE: Final = 15 * 60
"""Minutes: the longest half of a day on which a clock is put back, and some."""


def times_of(timing: Timing, *, zone: ZoneInfo | None, now: datetime) -> Mapping[str, object]:
    """Return the fields ``sendTime`` and ``allowSendTime``, each only where *timing* has it.

    Args:
        timing: windows are those of the day of sending at the place of its zone. The vendor is told no minute that lies
            outside them on that day; on later days only if neither zone has changed its clocks meanwhile.
        zone: the vendor's; None = not known.
        now: aware; the day of sending where *timing* has no time.

    Raises:
        InvalidError: a time is needed and *zone* is not known, or the vendor could not be told it exactly.
    """
    if timing.send_at is None and not timing.windows:
        return {}
    if zone is None:
        raise refusal(
            "vendor-timezone-unset",
            "The campaign has a schedule, and RUNNER_VENDOR_TIMEZONE, the zone in which the vendor reads times, is not set.",
            "Set RUNNER_VENDOR_TIMEZONE to the IANA name of that zone, after checking it with `runner doctor`.",
        )
    fields: dict[str, object] = {}
    if timing.send_at is not None:
        fields["sendTime"] = _unambiguous(timing.send_at, zone)
    if timing.windows:
        fields["allowSendTime"] = _windows(timing, zone, now)
    return fields


def span_of(
    since: datetime, until: datetime, *, zone: ZoneInfo | None, margin: timedelta
) -> Mapping[str, object]:
    """Return ``strTime`` and ``endTime`` that hold *since* to *until* and *margin* on either side.

    An unknown *zone* is taken as UTC, which a margin of 14 hours and more makes up for.
    """
    return {
        "strTime": vendor_time(since - margin, zone or UTC),
        "endTime": vendor_time(until + margin, zone or UTC),
    }


def vendor_time(moment: datetime, zone: tzinfo) -> str:
    """Return the aware *moment* as the vendor writes times, in *zone*."""
    return moment.astimezone(zone).strftime(_TIME_FORMAT)


def _unambiguous(send_at: datetime, zone: ZoneInfo) -> str:
    """Return *send_at* as the vendor's text, rounded up to whole seconds."""
    whole = send_at + timedelta(microseconds=-send_at.microsecond % 1_000_000)
    local = whole.astimezone(zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        raise refusal(
            "ambiguous-send-time",
            "The time of sending occurs twice in the vendor's zone, whose clocks are put back that night.",
            "Send an hour earlier or later.",
        )
    return vendor_time(whole, zone)


def _windows(timing: Timing, zone: ZoneInfo, now: datetime) -> list[dict[str, str]]:
    if timing.timezone is None:
        raise refusal(
            "window-without-timezone", "The task has windows of the day and no zone that they are meant in."
        )
    place = ZoneInfo(timing.timezone)
    day = (timing.send_at or now).astimezone(place).date()
    stretches = _stretches(timing.windows, day, place, zone)
    if not stretches:
        # An empty list would mean "at any hour".
        raise refusal("no-window-left", "None of the windows of the day exists on the day of sending.")
    if len(stretches) > MAX_WINDOWS:
        raise refusal(
            "too-many-windows",
            f"In the vendor's zone the windows become {len(stretches)}, for example because one passes midnight there;"
            f" it takes {MAX_WINDOWS}.",
            "Use fewer windows, or end one at the vendor's midnight.",
        )
    return [{"strTime": start, "endTime": end} for start, end in stretches]


@lru_cache(maxsize=64)  # the tasks of a campaign share them
def _stretches(
    windows: tuple[Window, ...], day: date, place: ZoneInfo, zone: ZoneInfo
) -> tuple[tuple[str, str], ...]:
    """Return the stretches of the vendor's clock that lie inside *windows* whichever moment of *day* they are taken for.

    Found minute by minute rather than by converting borders: then a window over midnight becomes two by itself, and a clock
    that is put back or forward on that day, here or there, can only shorten what is allowed.
    """
    is_allowed: dict[str, bool] = {}
    noon = datetime.combine(day, time(12), place).astimezone(UTC)
    for minute in range(-_HALF_A_DAY_AND_MORE, _HALF_A_DAY_AND_MORE):
        moment = noon + timedelta(minutes=minute)
        local = moment.astimezone(place)
        if local.date() == day:
            text = f"{moment.astimezone(zone):%H:%M}"
            is_open = any(window.start <= local.time() <= window.end for window in windows)
            is_allowed[text] = is_open and is_allowed.get(text, True)
    runs = groupby(sorted(is_allowed), key=is_allowed.__getitem__)
    stretches = [tuple(run) for allowed, run in runs if allowed]
    return tuple((stretch[0], stretch[-1]) for stretch in stretches if len(stretch) > 1)
