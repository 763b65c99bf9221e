"""Hours of a campaign: what is reviewed, whether it is over, and what a request says about time. *now* comes in."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from runner.counts import plural
from runner.errors import RefusedError
from runner.model.campaign import Campaign, Window
from runner.model.plan import Hours
from runner.model.task import Timing

LEAD = timedelta(minutes=2)
"""A schedule is sent as a moment at least this far ahead: the vendor's treatment of past times is unknown."""


def hours_of(campaign: Campaign) -> Hours:
    """Return the hours of *campaign* as a reviewer sees them."""
    schedule = campaign.schedule
    if schedule is None:
        return Hours(timezone=None, at=None, not_after=None, windows=())
    return Hours(
        timezone=schedule.timezone, at=schedule.at, not_after=schedule.not_after, windows=schedule.windows
    )


def is_over(campaign: Campaign, *, now: datetime) -> bool:
    """Tell whether nobody may be handed over any more, because the start would be past `not_after`."""
    schedule = campaign.schedule
    if schedule is None or schedule.not_after is None:
        return False
    return _start(campaign, now) > schedule.not_after


def timing_of(campaign: Campaign, *, now: datetime) -> Timing:
    """Return what a request made at *now* says about time.

    `send_at` is never left out by omission where the campaign has a start: the vendor takes a missing one for *now*.
    """
    schedule = campaign.schedule
    if schedule is None:
        return Timing(send_at=None, windows=(), timezone=None)
    send_at = _start(campaign, now) if schedule.at is not None else None
    return Timing(send_at=send_at, windows=schedule.windows, timezone=schedule.timezone)


def check_recall(campaign: Campaign, *, now: datetime) -> None:
    """Refuse recall rounds that would not all fit before the day's last window, or `not_after`, ends.

    Whether the vendor keeps its windows for recall rounds is not known, so they must fit by our own arithmetic.

    Raises:
        RefusedError: with the numbers.
    """
    schedule, recall = campaign.schedule, campaign.recall
    if schedule is None or recall is None:
        return
    start = _first_open(_start(campaign, now).astimezone(ZoneInfo(schedule.timezone)), schedule.windows)
    end = _end_of_day(start, schedule.windows) if schedule.windows else schedule.not_after
    if end is None:
        return
    last = start + timedelta(minutes=recall.rounds * recall.every_min)
    if last > end:
        message = (
            f"the last of {plural(recall.rounds, 'recall round')}, {plural(recall.every_min, 'minute')} apart, would begin at {last:%H:%M} "
            f"{schedule.timezone}, but calling ends at {end:%H:%M}"
        )
        raise RefusedError(
            message,
            where=campaign.where("recall"),
            hint="fewer rounds, a shorter interval or an earlier start",
        )


def shrunk(reviewed: Hours, today: Hours) -> bool:
    """Tell whether *today* allows no moment that was not *reviewed*."""
    if reviewed.timezone != today.timezone:
        return reviewed == today
    starts_later = reviewed.at == today.at or (
        today.at is not None and (reviewed.at is None or today.at >= reviewed.at)
    )
    ends_earlier = reviewed.not_after is None or (
        today.not_after is not None and today.not_after <= reviewed.not_after
    )
    inside = not reviewed.windows or (
        bool(today.windows)
        and all(any(r.start <= t.start and t.end <= r.end for r in reviewed.windows) for t in today.windows)
    )
    return starts_later and ends_earlier and inside


def _start(campaign: Campaign, now: datetime) -> datetime:
    schedule = campaign.schedule
    if schedule is None or schedule.at is None:
        return now
    return max(schedule.at, _whole_second(now + LEAD))


def _whole_second(moment: datetime) -> datetime:
    up = moment.replace(microsecond=0)
    return up if up == moment else up + timedelta(seconds=1)


def _first_open(moment: datetime, windows: tuple[Window, ...]) -> datetime:
    """Return the first moment at or after *moment* at which a window is open, on that day or the next."""
    if not windows:
        return moment
    for window in sorted(windows, key=lambda one: one.start):
        if moment.time() < window.end:
            return moment if moment.time() >= window.start else _at(moment, window.start)
    return _at(moment + timedelta(days=1), min(window.start for window in windows))


def _at(day: datetime, clock: time) -> datetime:
    return day.replace(hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0)


def _end_of_day(start: datetime, windows: tuple[Window, ...]) -> datetime:
    end = max(window.end for window in windows)
    return _at(start, end)
