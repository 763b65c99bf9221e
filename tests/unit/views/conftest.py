"""A plan to look at."""

from datetime import UTC, datetime
from typing import Any

import pytest

from runner.errors import Where
from runner.model.entry import EMPTY_HEAD
from runner.model.plan import Bucket, CampaignPlan, Guard, Hours, LedgerStand, Plan, PlannedTask, SampleText

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def campaign_plan(**changes: Any) -> CampaignPlan:
    """Return the plan of a campaign that calls 12 of 20 people, changed as wanted."""
    values: dict[str, Any] = {
        "name": "overdue",
        "edition": "2026-11",
        "path": "campaigns/overdue.toml",
        "rows": 20,
        "buckets": {Bucket.NEW: 12, Bucket.CALLED_SAME: 8},
        "reasons": (),
        "countries": {"GB": 20},
        "tasks": (PlannedTask(name="overdue.2026-11.aaaaaaaaaaaaaa", people=12, cohort=0, variant="EN"),),
        "hours": Hours(timezone=None, at=None, not_after=None, windows=()),
        "guards": (Guard(name="calls", value=12, limit=100, where=Where(path="c.toml"), passed=True),),
        "segments": (),
        "sample": (SampleText(row=1, title="voice", text="Hello Sam."),),
        "templates": {"voice": "Hello {{ name }}.\n"},
        "unreached": (),
        "settings_lines": ("voice: text to speech, EN",),
        "warnings": (),
        "inputs": {},
        "over": False,
        "digest": "ab" * 32,
        **changes,
    }
    return CampaignPlan(**values)


def plan_of(*campaigns: CampaignPlan, **changes: Any) -> Plan:
    """Return a plan of *campaigns*."""
    values: dict[str, Any] = {
        "format_version": 1,
        "environment": "sandbox",
        "account": None,
        "created_at": AT,
        "ledger": LedgerStand(lineage=None, key_id="k" * 16, head=EMPTY_HEAD),
        "campaigns": campaigns,
        "digest": "0123456789abcdef" * 4,
        **changes,
    }
    return Plan(**values)


@pytest.fixture
def evil() -> str:
    """A text that would move a cursor, link, reverse, forge a line, and command a CI system."""
    return "\x1b[2J\x1b]8;;http://evil\x07\u202e\n::error::x\n##[error]y\x9b1m"
