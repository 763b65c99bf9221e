"""The vendor's times: local, without a zone, in a zone that no document names."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from runner.sandbox.fields import Fields
from runner.sandbox.refusal import Code, RefusedError

_LOCAL: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_WITH_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)
_MINUTE_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MOST_WINDOWS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of every day in which a task may dial, in minutes after midnight; the end is not part of it."""

    opens_min: int
    closes_min: int


def local_time(fields: Fields, name: str, zone: ZoneInfo) -> float | None:
    """Return an optional ``yyyy-MM-dd HH:mm:ss`` of *zone* in Unix seconds; of two readings the earlier."""
    text = fields.text(name)
    if text is None:
        return None
    match = _LOCAL.fullmatch(text)
    if match:
        try:
            year, month, day, hour, minute, second = map(int, match.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp()
        except (ValueError, OverflowError):
            pass
    raise RefusedError(Code.VALIDATION, f"{fields.where(name)} must be yyyy-MM-dd HH:mm:ss")


def required_range(fields: Fields, zone: ZoneInfo) -> tuple[float, float]:
    """Return ``strTime`` and ``endTime`` in Unix seconds, both included."""
    begin, end = local_time(fields, "strTime", zone), local_time(fields, "endTime", zone)
    if begin is None or end is None:
        raise RefusedError(Code.PARAMETER, "strTime and endTime are required")
    if begin > end:
        raise RefusedError(Code.VALIDATION, "strTime must not be after endTime")
    return begin, end


def time_with_offset(fields: Fields, name: str) -> float:
    """Return a required ISO-8601 time with its offset, as call records want it, in Unix seconds."""
    text = fields.required_text(name)
    if _WITH_OFFSET.fullmatch(text):
        try:
            return datetime.fromisoformat(text).timestamp()
        except (ValueError, OverflowError):
            pass
    raise RefusedError(Code.PARAMETER, f"{fields.where(name)} must be ISO-8601 with an offset")


def windows(fields: Fields, name: str) -> tuple[Window, ...]:
    """Return an optional list of up to three daily windows ``{strTime, endTime}``, 24-hour ``HH:mm``.

    One that ends before it begins is refused: whether the vendor reads it as a night is not documented.
    """
    entries = fields.children(name)
    if len(entries) > _MOST_WINDOWS:
        raise RefusedError(Code.VALIDATION, f"{fields.where(name)}: up to {_MOST_WINDOWS} windows")
    found = []
    for entry in entries:
        opens, closes = _minute_of_day(entry, "strTime"), _minute_of_day(entry, "endTime")
        if opens >= closes:
            raise RefusedError(Code.VALIDATION, f"{entry.where('endTime')} must be after strTime")
        found.append(Window(opens_min=opens, closes_min=closes))
    return tuple(found)


def _minute_of_day(fields: Fields, name: str) -> int:
    match = _MINUTE_OF_DAY.fullmatch(fields.required_text(name))
    if not match:
        raise RefusedError(Code.VALIDATION, f"{fields.where(name)} must be HH:mm")
    return int(match[1]) * 60 + int(match[2])


def in_local_time(moment: float, zone: ZoneInfo) -> str:
    """Return *moment*, Unix seconds, as ``yyyy-MM-dd HH:mm:ss`` of *zone*."""
    return datetime.fromtimestamp(moment, tz=zone).strftime("%Y-%m-%d %H:%M:%S")


def day_of(moment: float, zone: ZoneInfo) -> str:
    """Return the date of *moment*, Unix seconds, in *zone* as ``yyyyMMdd``."""
    return datetime.fromtimestamp(moment, tz=zone).strftime("%Y%m%d")


def with_offset(moment: float, zone: ZoneInfo) -> str:
    """Return *moment*, Unix seconds, in ISO-8601 to the second with the offset of *zone*."""
    return datetime.fromtimestamp(moment, tz=zone).isoformat(timespec="seconds")


def in_utc(moment: float) -> str:
    """Return *moment*, Unix seconds, in ISO-8601 to the second, UTC."""
    return datetime.fromtimestamp(moment, tz=UTC).isoformat(timespec="seconds")
