"""`[schedule]`: windows in order, moments that exist once in their zone, and the vendor's own zone where it is needed."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from runner.config.document import as_written
from runner.config.findings import Findings
from runner.config.plain import PRODUCTION
from runner.config.positions import KeyPath
from runner.config.schema import ScheduleTable, WindowTable
from runner.errors import Problem
from runner.model.campaign import Campaign, Schedule, Window

_NOT_A_PLACE = frozenset({"localtime", "posixrules", "Factory"})
"""Entries of some systems' zone folders that mean another zone on another machine, or none."""


def read_zone(name: str) -> ZoneInfo | None:
    """Return the zone with the IANA name *name*, None where there is none."""
    if name in _NOT_A_PLACE:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Unknown, leaving the folder of zones, or one of its folders.
        return None


def build_schedule(findings: Findings, table: ScheduleTable, *, environment: str) -> Schedule | None:
    """Return the schedule, None where something is wrong, which is added to *findings*."""
    before = len(findings.problems)
    windows = _windows(findings, table.windows)
    if environment == PRODUCTION and table.not_after is None:
        message = "`[schedule]` needs `not_after` in production: past it the campaign calls nobody"
        findings.at_key(("schedule",), "missing-key", message, hint="such as not_after = 2026-11-25T18:00:00")
    zone = _zone(findings, table.timezone)
    at = _moment(findings, ("schedule", "at"), table.at, zone)
    not_after = _moment(findings, ("schedule", "not_after"), table.not_after, zone)
    if at is not None and not_after is not None and at > not_after:
        findings.at_value(
            ("schedule", "at"), "schedule-order", "`schedule.at` is later than `schedule.not_after`"
        )
    if len(findings.problems) > before:
        return None
    return Schedule(at=at, timezone=table.timezone, windows=windows, not_after=not_after)


def check_schedule(campaigns: Iterable[Campaign], vendor_zone: ZoneInfo | None) -> tuple[Problem, ...]:
    """Return a problem for each of *campaigns* that has a time of day while the vendor's zone is not known.

    The vendor's times carry no zone: a wrong guess calls people at night.
    """
    if vendor_zone is not None:
        return ()
    return tuple(
        Problem(
            code="vendor-timezone",
            message="a schedule needs the time zone that the vendor reads times in",
            where=campaign.where("schedule"),
            hint="set RUNNER_VENDOR_TIMEZONE to an IANA name",
        )
        for campaign in campaigns
        if campaign.schedule is not None and (campaign.schedule.at is not None or campaign.schedule.windows)
    )


def _zone(findings: Findings, name: str) -> ZoneInfo | None:
    path: KeyPath = ("schedule", "timezone")
    if name == "callee":
        message = '`schedule.timezone` = "callee" needs policies of calling hours, which do not exist yet'
        findings.at_value(path, "not-there-yet", message, hint='name a zone, such as "Asia/Kolkata"')
        return None
    zone = read_zone(name)
    if zone is None:
        hint = 'an IANA name has a region and a place, such as "Asia/Kolkata"'
        findings.at_value(path, "unknown-timezone", "`schedule.timezone` is no IANA time zone", hint=hint)
    return zone


def _windows(findings: Findings, tables: list[WindowTable]) -> tuple[Window, ...]:
    """Return the windows in the order of the day."""
    for index, table in enumerate(tables):
        for key, value in (("from", table.start), ("to", table.end)):
            if value != time(value.hour, value.minute):
                path: KeyPath = ("schedule", "windows", index, key)
                findings.at_value(path, "bad-value", "a window begins and ends at a whole minute")
        if table.start >= table.end:
            message = "a window must begin before it ends"
            hint = "write two windows for one over midnight" if table.end < table.start else None
            findings.at_value(("schedule", "windows", index), "window-order", message, hint=hint)
    order = sorted(range(len(tables)), key=lambda index: (tables[index].start, tables[index].end))
    for first, second in pairwise(order):
        if tables[second].start < tables[first].end:
            findings.at_value(
                ("schedule", "windows", max(first, second)), "window-overlap", "this window overlaps another"
            )
    return tuple(Window(start=tables[index].start, end=tables[index].end) for index in order)


def _moment(
    findings: Findings, path: KeyPath, local: datetime | None, zone: ZoneInfo | None
) -> datetime | None:
    """Return *local* as an aware time of *zone*."""
    if local is None:
        return None
    if local.tzinfo is not None:
        message = f"`{as_written(path)}` is local time in `schedule.timezone`"
        findings.at_value(path, "bad-value", message, hint="write it without an offset or Z")
        return None
    if local.microsecond:
        findings.at_value(path, "bad-value", f"`{as_written(path)}` must be a whole second")
    if zone is None:
        return None
    if not _exists(local, zone):
        message = f"`{as_written(path)}`: the clocks of this zone skip this time"
        findings.at_value(path, "no-such-time", message, hint="choose another time")
    elif local.replace(tzinfo=zone).utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset():
        message = f"`{as_written(path)}`: the clocks of this zone show this time twice"
        findings.at_value(path, "no-such-time", message, hint="choose another time")
    return local.replace(tzinfo=zone)


def _exists(local: datetime, zone: tzinfo) -> bool:
    aware = local.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    except OverflowError:
        return False
