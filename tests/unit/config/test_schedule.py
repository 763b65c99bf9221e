"""Times of day, and when the vendor's own zone must be known."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runner.config.schedule import check_schedule, read_zone


@pytest.mark.parametrize(
    ("lines", "is_problem"),
    [
        ("", False),
        ("not_after = 2026-11-25T18:00:00\n", False),
        ("at = 2026-11-25T09:00:00\n", True),
        ("windows = [{ from = 09:00:00, to = 12:00:00 }]\n", True),
    ],
)
def test_time_of_day_needs_the_vendors_zone(root: Any, lines: str, is_problem: bool) -> None:
    """A moment or a window cannot be told to a vendor whose zone is not known; the problem is at the table."""
    campaign = root.one(f'{root.minimal}\n[schedule]\ntimezone = "UTC"\n{lines}')

    found = check_schedule([campaign], None)

    assert [(problem.code, str(problem.where)) for problem in found] == (
        [("vendor-timezone", "campaigns/plain.toml:17:2")] if is_problem else []
    )
    assert check_schedule([campaign], ZoneInfo("Asia/Shanghai")) == ()


def test_campaign_without_schedule_needs_no_zone(root: Any) -> None:
    """As soon as applied needs no clock of the vendor."""
    assert check_schedule([root.one(root.minimal)], None) == ()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Asia",
        "Asia/Kolkatta",
        "../UTC",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "Factory",
        "é",
        "a\x00b",
    ],
)
def test_what_is_no_zone(name: str) -> None:
    """Folders, paths and this machine's own zone are none."""
    assert read_zone(name) is None


def test_schedule_in_production_with_an_end(root: Any) -> None:
    """With `not_after` a schedule is complete in production; without a schedule nothing is asked."""
    root.campaign(root.minimal + '\n[schedule]\ntimezone = "UTC"\nnot_after = 2026-11-25T18:00:00\n')

    assert root.load(environment="production")[0].schedule.at is None


def test_moment_at_the_end_is_in_time(root: Any) -> None:
    """`at` may be `not_after` itself."""
    lines = "at = 2026-11-25T18:00:00\nnot_after = 2026-11-25T18:00:00\n"

    schedule = root.one(f'{root.minimal}\n[schedule]\ntimezone = "UTC"\n{lines}').schedule

    assert schedule.at == schedule.not_after
