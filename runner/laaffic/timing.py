"""Times of day and of sending as the vendor takes them: local text without a zone or a date.

``sendTime`` is ``yyyy-MM-dd HH:mm:ss`` and means *now* when it is missing; ``allowSendTime`` has up to three daily windows of
``HH:mm``. In which zone the vendor reads them is not documented, so it is a setting without a default: a wrong guess calls
people at night. Source: send, resend and update pages, read 2026-11-23.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from runner.laaffic.refusal import refusal
from runner.model.campaign import Window
from runner.model.task import Timing

MAX_WINDOWS: Final = 3
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_MINUTE: Final = timedelta(minutes=1)


def times_of(timing: Timing, *, zone: ZoneInfo | None, now: datetime) -> Mapping[str, object]:
    """Return the fields ``sendTime`` and ``allowSendTime``, each only where *timing* has it.

    Args:
        timing: windows are those of the day of sending at the place of its zone; a day on which that place changes its
            clocks shortens a window rather than lengthening it.
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
    spans = [span for window in timing.windows for span in _in_vendor_zone(window, day, (place, zone))]
    if not spans:
        # An empty list would mean "at any hour".
        raise refusal("no-window-left", "None of the windows of the day exists on the day of sending.")
    if len(spans) > MAX_WINDOWS:
        raise refusal(
            "too-many-windows",
            f"In the vendor's zone the windows become {len(spans)}, because some pass midnight there; it takes {MAX_WINDOWS}.",
            "Use fewer windows, or cut them at the vendor's midnight.",
        )
    return [{"strTime": start, "endTime": end} for start, end in spans]


def _in_vendor_zone(window: Window, day: date, zones: tuple[ZoneInfo, ZoneInfo]) -> list[tuple[str, str]]:
    """Return *window* on *day* as one stretch of vendor time, as two where it passes midnight there, or as none."""
    place, zone = zones
    start = max(
        datetime.combine(day, window.start.replace(fold=fold), place).astimezone(UTC) for fold in (0, 1)
    )
    end = min(datetime.combine(day, window.end.replace(fold=fold), place).astimezone(UTC) for fold in (0, 1))
    opens = _whole_minute(start, up=True).astimezone(zone)
    closes = _whole_minute(end, up=False).astimezone(zone)
    if opens.astimezone(UTC) >= closes.astimezone(UTC):
        return []
    if opens.date() == closes.date():
        return _stretch(opens, closes)
    # The last minute of the day is lost: "24:00" is not in the vendor's format, and "00:00" would end before it begins.
    evening = (f"{opens:%H:%M}", "23:59")
    morning = ("00:00", f"{closes:%H:%M}")
    return [each for each in (evening, morning) if each[0] < each[1]]


def _stretch(opens: datetime, closes: datetime) -> list[tuple[str, str]]:
    """The vendor's own clocks may be put back between the two; then the text would run backwards, and there is none."""
    start, end = f"{opens:%H:%M}", f"{closes:%H:%M}"
    return [(start, end)] if start < end else []


def _whole_minute(moment: datetime, *, up: bool) -> datetime:
    past = timedelta(seconds=moment.second, microseconds=moment.microsecond)
    if not past:
        return moment
    return moment - past + (_MINUTE if up else timedelta(0))
