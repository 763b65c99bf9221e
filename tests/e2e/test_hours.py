"""When people are called: never before the start, never outside the windows, never after the end."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import Bank

LONDON = ZoneInfo("Europe/London")
DAY_S = 86_400


@pytest.fixture
def bank(bank: Bank) -> Bank:
    """The bank, which knows the zone that its vendor reads times in."""
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    return bank


def tomorrow(bank: Bank) -> date:
    """Return tomorrow's date in London."""
    return datetime.fromtimestamp(bank.time.wall() + DAY_S, LONDON).date()


def schedule(bank: Bank, *lines: str) -> None:
    """Give the campaign a schedule in London."""
    bank.campaign(more="\n".join(["", "[schedule]", 'timezone = "Europe/London"', *lines, ""]))


def dialled(bank: Bank) -> list[datetime]:
    """Return when people were dialled, in London, ascending, four days later."""
    bank.time.skip(4 * DAY_S)
    outcomes = [call["outcome"] for call in bank.calls()]
    assert all(outcomes)
    return sorted(datetime.fromisoformat(one["dialled_at"]).astimezone(LONDON) for one in outcomes)


def test_tomorrow_within_the_windows(bank: Bank) -> None:
    """Handed over today, dialled tomorrow from the first window on, by the clocks of London and not of the vendor."""
    day = tomorrow(bank)
    schedule(
        bank,
        f"at = {day}T09:30:00",
        "windows = [{ from = 09:00:00, to = 12:00:00 }, { from = 14:00:00, to = 18:00:00 }]",
        f"not_after = {day}T18:00:00",
    )

    applied = bank.run("apply", "--ack-calls", 3)
    waiting = bank.run("plan", "--format", "json").json()["summary"]
    times = dialled(bank)
    later = bank.run("plan")

    assert applied.code == 0
    assert waiting["waiting"] == 3
    assert [one.date() for one in times] == [day] * 3
    assert times[0] >= datetime.combine(day, time(9, 30), LONDON)
    assert times[-1] <= datetime.combine(day, time(12), LONDON)
    assert bank.engine.summary()["past_send_times"] == 0
    assert f"over since {day} 18:00 Europe/London, calls nobody" in later.out


def test_a_window_that_is_not_open_yet(bank: Bank) -> None:
    """Without a start, people wait for the window; with recall, the rounds come within it as well."""
    now = datetime.fromtimestamp(bank.time.wall(), UTC).astimezone(LONDON)
    opens = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    if opens.hour > 20 or opens.date() != now.date():
        bank.time.skip(6 * 3600)
        now = datetime.fromtimestamp(bank.time.wall(), UTC).astimezone(LONDON)
        opens = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    schedule(bank, f"windows = [{{ from = {opens:%H:%M}:00, to = {opens.hour + 2:02}:00:00 }}]")

    applied = bank.run("apply", "--ack-calls", 3)
    times = dialled(bank)

    assert applied.code == 0
    assert min(times) >= opens
    assert max(times) <= opens + timedelta(hours=2)


def test_a_start_that_has_passed(bank: Bank) -> None:
    """Somebody applies an hour late: people are called now, with a start that still lies ahead of the vendor's clock."""
    start = datetime.fromtimestamp(bank.time.wall() - 3600, LONDON)
    end = datetime.fromtimestamp(bank.time.wall() + 7200, LONDON)
    schedule(bank, f"at = {start:%Y-%m-%dT%H:%M:%S}", f"not_after = {end:%Y-%m-%dT%H:%M:%S}")
    before = datetime.fromtimestamp(bank.time.wall(), LONDON)

    applied = bank.run("apply", "--ack-calls", 3)
    times = dialled(bank)

    assert applied.code == 0
    assert bank.engine.summary()["past_send_times"] == 0
    assert timedelta(minutes=1) < times[0] - before < timedelta(minutes=5)


def test_past_the_end(bank: Bank) -> None:
    """The campaign is over: one line, nobody to call, exit 0, no acknowledgement needed."""
    end = datetime.fromtimestamp(bank.time.wall() - 60, LONDON)
    schedule(bank, f"not_after = {end:%Y-%m-%dT%H:%M:%S}")

    plan = bank.run("plan", "--detailed-exitcode")
    applied = bank.run("apply")

    assert (plan.code, applied.code) == (0, 0)
    assert "over since" in plan.out
    assert len(plan.out.splitlines()) == 5
    assert "send" not in bank.requests()


def test_recall_rounds_that_do_not_fit(bank: Bank) -> None:
    """Three rounds an hour apart do not fit into a window of two hours: warned of by plan, refused by apply."""
    day = tomorrow(bank)
    bank.campaign(
        more=f'\n[schedule]\ntimezone = "Europe/London"\nat = {day}T09:00:00\n'
        f"windows = [{{ from = 09:00:00, to = 11:00:00 }}]\nnot_after = {day}T18:00:00\n"
        '\n[recall]\nrounds = 3\nevery = "60m"\nwho = "failed"\n'
    )

    plan = bank.run("plan")
    applied = bank.run("apply", "--ack-calls", 3)

    assert plan.code == 0
    assert "warning: " in plan.out
    assert applied.code == 6
    assert "the last of 3 recall rounds, 60 minutes apart, would begin at 12:00 Europe/London" in applied.err
    assert "send" not in bank.requests()


def test_recall_rounds_stay_within_the_windows(bank: Bank) -> None:
    """A vendor that does not keep windows for recall rounds still calls nobody outside of them."""
    day = tomorrow(bank)
    bank.campaign(
        more=f'\n[schedule]\ntimezone = "Europe/London"\nat = {day}T09:00:00\n'
        f"windows = [{{ from = 09:00:00, to = 12:00:00 }}]\nnot_after = {day}T18:00:00\n"
        '\n[recall]\nrounds = 3\nevery = "45m"\nwho = "all"\n'
    )

    applied = bank.run("apply", "--ack-calls", 3)
    times = dialled(bank)

    assert applied.code == 0
    assert len(times) > 3
    assert times[0] >= datetime.combine(day, time(9), LONDON)
    assert times[-1] <= datetime.combine(day, time(12), LONDON)
