"""Times of sending and windows of the day, in the vendor's zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import InvalidError
from runner.laaffic.timing import span_of, times_of
from runner.model.campaign import Window
from runner.model.task import Timing
from tests.unit.laaffic.conftest import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
KOLKATA = "Asia/Kolkata"


def timing(*windows: tuple[time, time], at: datetime | None = None, zone: str | None = KOLKATA) -> Timing:
    """Return a timing from pairs of local times."""
    return Timing(
        send_at=at, windows=tuple(Window(start=start, end=end) for start, end in windows), timezone=zone
    )


def windows_of(
    *windows: tuple[time, time], at: datetime, zone: str, vendor: ZoneInfo
) -> list[tuple[str, str]]:
    """Return the vendor's windows as pairs."""
    fields = times_of(timing(*windows, at=at, zone=zone), zone=vendor, now=NOW)
    spans = fields["allowSendTime"]
    assert isinstance(spans, list)
    return [(span["strTime"], span["endTime"]) for span in spans]


def test_no_schedule_sends_no_time() -> None:
    """Without a schedule the vendor starts at once, and its zone need not be known."""
    assert times_of(timing(), zone=None, now=NOW) == {}


@pytest.mark.parametrize("schedule", [timing(at=NOW), timing((time(9), time(12)))], ids=["time", "window"])
def test_a_schedule_needs_the_vendors_zone(schedule: Timing) -> None:
    """A wrong guess calls people at night, so there is no default."""
    with pytest.raises(InvalidError, match="RUNNER_VENDOR_TIMEZONE") as caught:
        times_of(schedule, zone=None, now=NOW)

    assert caught.value.problems[0].code == "vendor-timezone-unset"


def test_times_are_the_vendors() -> None:
    """Nine in Kolkata is half past eleven in Shanghai."""
    at = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo(KOLKATA))

    fields = times_of(timing((time(9), time(12)), (time(14), time(18)), at=at), zone=SHANGHAI, now=NOW)

    assert fields == {
        "sendTime": "2026-11-25 11:30:00",
        "allowSendTime": [
            {"strTime": "11:30", "endTime": "14:30"},
            {"strTime": "16:30", "endTime": "20:30"},
        ],
    }


def test_a_time_of_sending_is_never_earlier_than_said() -> None:
    """Fractions of a second are rounded up."""
    at = datetime(2026, 11, 25, 9, 0, 0, 1, tzinfo=UTC)

    assert times_of(timing(at=at), zone=SHANGHAI, now=NOW) == {"sendTime": "2026-11-25 17:00:01"}


def test_a_time_that_occurs_twice_at_the_vendor_is_refused() -> None:
    """The vendor's text could mean an hour earlier."""
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    with pytest.raises(InvalidError, match="twice"):
        times_of(timing(at=at), zone=ZoneInfo("Europe/Berlin"), now=NOW)


def test_a_window_over_the_vendors_midnight_is_sent_as_two() -> None:
    """Nine to noon in New York is ten in the evening to one at night in Shanghai."""
    at = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("America/New_York"))

    spans = windows_of((time(9), time(12)), at=at, zone="America/New_York", vendor=SHANGHAI)

    assert spans == [("00:00", "01:00"), ("22:00", "23:59")]


def test_a_window_that_ends_at_the_vendors_midnight_is_one() -> None:
    """Nothing is left of it on the next day."""
    at = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("America/New_York"))

    spans = windows_of((time(9), time(11)), at=at, zone="America/New_York", vendor=SHANGHAI)

    assert spans == [("22:00", "23:59")]


def test_more_than_three_windows_are_refused() -> None:
    """Three windows of which one passes midnight are four."""
    at = datetime(2026, 11, 25, 8, 0, tzinfo=ZoneInfo("America/New_York"))
    windows = [(time(8), time(9)), (time(10), time(12)), (time(13), time(14))]

    with pytest.raises(InvalidError, match="become 4") as caught:
        windows_of(*windows, at=at, zone="America/New_York", vendor=SHANGHAI)

    assert caught.value.problems[0].code == "too-many-windows"


def test_windows_are_those_of_the_day_of_sending() -> None:
    """A task handed over in winter for a day in summer has summer's windows."""
    at = datetime(2026, 7, 1, 9, 0, tzinfo=ZoneInfo("Europe/London"))
    window = (time(9), time(12))

    assert windows_of(window, at=at, zone="Europe/London", vendor=SHANGHAI) == [("16:00", "19:00")]


def test_without_a_time_the_day_is_today_at_the_place() -> None:
    """At 09:00 UTC on 24 November it is winter in London."""
    fields = times_of(timing((time(9), time(12)), zone="Europe/London"), zone=SHANGHAI, now=NOW)

    assert fields == {"allowSendTime": [{"strTime": "17:00", "endTime": "20:00"}]}


def test_a_window_in_the_hour_that_does_not_exist_is_no_window() -> None:
    """Clocks in London go from 01:00 to 02:00 on 29 March 2026; an empty list would mean any hour, so it is refused."""
    at = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)

    with pytest.raises(InvalidError, match="None of the windows"):
        windows_of((time(1, 10), time(1, 50)), at=at, zone="Europe/London", vendor=SHANGHAI)


def test_seconds_shorten_a_window() -> None:
    """The vendor takes minutes: the start is rounded up, the end down."""
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    spans = windows_of((time(9, 0, 1), time(11, 59, 59)), at=at, zone="UTC", vendor=ZoneInfo("UTC"))

    assert spans == [("09:01", "11:59")]


def test_a_window_needs_its_own_zone() -> None:
    """Local times without a place mean nothing."""
    with pytest.raises(InvalidError, match="no zone"):
        times_of(timing((time(9), time(12)), zone=None), zone=SHANGHAI, now=NOW)


MINUTES = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
CHANGES = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
]
ZONES = st.sampled_from(
    [
        "Asia/Kolkata",
        "America/New_York",
        "Europe/London",
        "Pacific/Apia",
        "Asia/Shanghai",
        "UTC",
        "Australia/Lord_Howe",
    ]
)


@settings(deadline=None)
@given(
    window=st.tuples(MINUTES, MINUTES).map(sorted).filter(lambda pair: pair[0] < pair[1]),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.sampled_from(CHANGES),
    place=ZONES,
    vendor=ZONES,
)
def test_the_vendor_rings_nobody_outside_the_window(
    window: list[time], day: date, place: str, vendor: str
) -> None:
    """At no moment of the day of sending does the vendor's clock show a minute it was told and the place's one outside."""
    start, end = window
    local = ZoneInfo(place)
    at = datetime.combine(day, time(12), local)
    try:
        spans = windows_of((start, end), at=at, zone=place, vendor=ZoneInfo(vendor))
    except InvalidError:
        return

    for minute in range(-16 * 60, 16 * 60):
        moment = at.astimezone(UTC) + timedelta(minutes=minute)
        there = moment.astimezone(local)
        text = f"{moment.astimezone(ZoneInfo(vendor)):%H:%M}"
        if there.date() == day and any(opening <= text <= closing for opening, closing in spans):
            assert start <= there.time() <= end


def test_a_span_has_its_margin_and_the_vendors_zone() -> None:
    """36 hours on either side, as the vendor writes times."""
    span = span_of(NOW, NOW + timedelta(hours=1), zone=SHANGHAI, margin=timedelta(hours=36))

    assert span == {"strTime": "2026-11-23 05:00:00", "endTime": "2026-11-26 06:00:00"}


def test_a_span_in_an_unknown_zone_is_in_utc() -> None:
    """No zone is more than 14 hours away from it."""
    span = span_of(NOW, NOW, zone=None, margin=timedelta(hours=36))

    assert span == {"strTime": "2026-11-22 21:00:00", "endTime": "2026-11-25 21:00:00"}
