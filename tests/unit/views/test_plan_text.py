"""A plan as text."""

from datetime import UTC, datetime, time

from runner.errors import Where
from runner.model.campaign import Window
from runner.model.plan import Bucket, Guard, Hours, PlannedTask, Reason, SampleText, SegmentCounts
from runner.views.plan_text import hours_text, plan_lines
from tests.unit.views.conftest import campaign_plan, plan_of


def test_a_whole_plan() -> None:
    """Head, every row in a bucket with the sum, facts, a sample text, and what to do next."""
    assert plan_lines(plan_of(campaign_plan())) == [
        "Plan 01234567  sandbox  2026-11-24 09:30 UTC  no ledger yet",
        "",
        "overdue 2026-11  (campaigns/overdue.toml)",
        "",
        "  + 12 to call",
        "  =  8 already called",
        "    --",
        "    20 accounted for of 20 rows",
        "",
        "  countries GB 20",
        "  hours     as soon as applied",
        "  requests  1 request of at most 12 people, 1 cohort",
        "  guard     calls 12 of 100 ok",
        "  settings  voice: text to speech, EN",
        "",
        "  voice (sample row 1)",
        "  | Hello Sam.",
        "",
        "To call 12 people: runner apply --ack-calls 12   or: make apply ACK=12",
    ]


def test_nobody_to_call() -> None:
    """A plan with nothing to do says so, with the zero in sight."""
    lines = plan_lines(plan_of(campaign_plan(buckets={Bucket.CALLED_SAME: 20}, tasks=())))

    assert lines[-1] == "Nobody to call."
    assert "  +  0 to call" in lines


def test_the_next_step_has_the_same_arguments() -> None:
    """What applies this plan is written so that it can be pasted into a shell."""
    lines = plan_lines(plan_of(campaign_plan()), arguments=["--plan", "my plan.json"])

    assert lines[-1] == "To call 12 people: runner apply --plan 'my plan.json' --ack-calls 12"


def test_a_refused_plan_gives_no_command() -> None:
    """Where a guard refuses, the last line says which, and not how to apply it."""
    guard = Guard(name="calls", value=12, limit=5, where=Where(path="c.toml", line=9, column=1), passed=False)

    lines = plan_lines(plan_of(campaign_plan(guards=(guard,))))

    assert "  guard     calls 12 of 5 REFUSED (c.toml:9:1)" in lines
    assert lines[-1] == "Apply would refuse overdue by `calls`: see the guards above."


def test_small_counts_of_breakdowns_are_hidden() -> None:
    """Buckets are exact; reasons, countries, requests, parts and forms below ten are `<10`."""
    plan = campaign_plan(
        rows=25,
        buckets={Bucket.NEW: 12, Bucket.INVALID: 13},
        reasons=(
            Reason(bucket=Bucket.INVALID, text="foreign", count=3, rows=(2, 5, 9)),
            Reason(bucket=Bucket.INVALID, text="not a number", count=10, rows=(1, 3, 4)),
        ),
        countries={"GB": 11, "AU": 1},
        tasks=tuple(PlannedTask(name=f"t{n}", people=6, cohort=n, variant="") for n in range(2)),
        segments=(SegmentCounts(title="sms parts", histogram={1: 11, 2: 1}, ucs2=2, forcing={"ł": 2}),),
        unreached=(Reason(bucket=Bucket.NEW, text="Call us.", count=4),),
    )

    lines = plan_lines(plan_of(plan), detail=True)

    assert "  ! 13 invalid: foreign <10 (row 2, 5, 9), not a number 10 (row 1, 3, 4, …)" in lines
    assert "  countries GB 11  AU <10" in lines
    assert "  requests  2 requests of at most <10 people, 2 cohorts" in lines
    assert "  sms parts 1 part 11, 2 parts <10; <10 not in the GSM alphabet because of ł" in lines
    assert "  not in the sample: Call us., <10 people" in lines
    assert "  task t0  <10 people  " in lines


def test_a_campaign_that_is_over_takes_one_line() -> None:
    """Past `not_after` nothing else is worth a line."""
    hours = Hours(timezone="UTC", at=None, not_after=datetime(2026, 11, 1, 18, 0, tzinfo=UTC), windows=())

    lines = plan_lines(plan_of(campaign_plan(over=True, hours=hours, buckets={Bucket.OUTSIDE: 20})))

    assert lines[2:] == [
        "overdue 2026-11  (campaigns/overdue.toml): over since 2026-11-01 18:00 UTC, calls nobody; 20 rows in the audience",
        "",
        "Nobody to call.",
    ]


def test_a_campaign_without_a_sample_shows_templates() -> None:
    """Never a text of the audience."""
    lines = plan_lines(plan_of(campaign_plan(sample=())))

    assert lines[-6:-2] == [
        "",
        "  voice template",
        "  | Hello {{ name }}.",
        "  (no sample is committed, so only templates are shown; see `[audience] sample`)",
    ]


def test_a_large_campaign_stays_within_forty_lines() -> None:
    """Long texts, many texts, forms and countries are counted; `--detail` shows them."""
    plan = campaign_plan(
        sample=tuple(SampleText(row=n, title="voice", text="line\n" * 30) for n in range(40)),
        unreached=tuple(Reason(bucket=Bucket.NEW, text=f"form {n}", count=20) for n in range(30)),
        countries={f"C{n}": n + 10 for n in range(60)},
        tasks=tuple(PlannedTask(name=f"t{n}", people=6, cohort=n, variant="") for n in range(200)),
    )

    lines = plan_lines(plan_of(plan))

    assert len(lines) <= 42
    assert "  | … and 25 more lines" in lines
    assert "  and 39 more texts: --detail shows all" in lines
    assert "  not in the sample: 26 more forms, 520 people" in lines
    assert len(plan_lines(plan_of(plan), detail=True)) > 1000


def test_hours_in_words() -> None:
    """Start, windows, end and zone."""
    hours = Hours(
        timezone="Asia/Kolkata",
        at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
        not_after=datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
        windows=(Window(start=time(9), end=time(12)), Window(start=time(14), end=time(18))),
    )

    assert hours_text(hours) == (
        "from 2026-11-25 09:00; 09:00-12:00, 14:00-18:00; not after 2026-11-25 18:00 Asia/Kolkata"
    )


def test_foreign_text_is_inert(evil: str) -> None:
    """Whatever comes from files stays on its line and moves no cursor."""
    plan = campaign_plan(
        path=evil,
        reasons=(Reason(bucket=Bucket.NEW, text=evil, count=1),),
        countries={evil: 20},
        guards=(Guard(name="calls", value=1, limit=2, where=Where(path=evil), passed=False),),
        segments=(SegmentCounts(title="sms", histogram={1: 1}, ucs2=1, forcing={evil: 1}),),
        sample=(SampleText(row=1, title="voice", text=evil),),
        templates={"voice": evil},
        unreached=(Reason(bucket=Bucket.NEW, text=evil, count=1),),
        settings_lines=(evil,),
        warnings=(evil,),
        tasks=(PlannedTask(name="t", people=12, cohort=0, variant=evil),),
    )

    lines = plan_lines(plan_of(plan), detail=True, arguments=[evil])

    text = "\n".join(lines)
    assert not [char for char in text if char in "\x1b\x07\x9b\u202e"]
    assert not [line for line in lines if line.strip().startswith("::") or "##[" in line]
