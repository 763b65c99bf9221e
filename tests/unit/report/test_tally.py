"""Figures: what they count, and that nothing but the set of reports decides them."""

import statistics
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import (
    CALL,
    CALLED,
    CERTAINTY,
    CHARGED,
    COST,
    COUNTRY,
    CURRENCY,
    DURATION,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    PERSON,
    RANG,
    SOURCE,
)
from runner.model.campaign import Triggers
from runner.model.outcome import Outcome
from runner.report.figures import Cost, Durations, Expected, Figures, Funnel, Missing, Part
from runner.report.outcome import fold
from runner.report.tally import figures
from tests.unit.report.conftest import some_reports

NINE = 1_795_510_800_000
"""2026-11-24 09:00 UTC."""
MINUTE = 60_000
EXPECTED = Expected(
    planned=8,
    accepted=7,
    listening_s=20.0,
    triggers=Triggers(on_failed=True, success_after_s=None, key="6", on_ring=False),
    timezone="Asia/Kolkata",
)


def outcomes_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return outcomes; a row is of a call of its own, by record and stated, unless it says otherwise."""
    usual = {COUNTRY: "IN", CALLED: NINE, OUTCOME: "unknown", CERTAINTY: 1, SOURCE: "record"}
    full = [dict.fromkeys(OUTCOME_SCHEMA) | usual | {CALL: f"c{at}"} | row for at, row in enumerate(rows)]
    return pl.DataFrame(full, schema=OUTCOME_SCHEMA, orient="row")


def shown(outcomes: pl.DataFrame, expected: Expected = EXPECTED, **span: datetime) -> Figures:
    """Return the figures of one campaign and edition."""
    return figures(outcomes, expected, campaign="overdue", edition="2026-11", **span)


AFTERNOON = outcomes_of(
    # Answers at the second call, listens to the end and presses 6.
    {PERSON: 1, OUTCOME: "no_answer", RANG: NINE},
    {
        PERSON: 1,
        CALLED: NINE + 45 * MINUTE,
        OUTCOME: "answered",
        DURATION: 19,
        CHARGED: 20,
        COST: "0.01",
        KEY: "6",
    },
    # Answers and hangs up early; the push says that it was a machine.
    {PERSON: 2, OUTCOME: "answered", DURATION: 9, CHARGED: 20, COST: "0.01", CURRENCY: "USD", CALL: "two"},
    {PERSON: 2, OUTCOME: "voicemail", CERTAINTY: 2, SOURCE: "push", CALL: "two"},
    # Busy in the next hour, in another country; the push contradicts.
    {PERSON: 3, OUTCOME: "busy", COUNTRY: "GB", CALLED: NINE + 61 * MINUTE, CALL: "three"},
    {PERSON: 3, OUTCOME: "answered", CERTAINTY: 2, SOURCE: "push", KEY: "9", CALL: "three"},
    # Only a push tells, and what it costs by that.
    {PERSON: 4, OUTCOME: "answered", CERTAINTY: 2, SOURCE: "push", DURATION: 4, COST: "5", KEY: "1"},
    # Nothing tells how it ended.
    {PERSON: 5, OUTCOME: "unknown", COUNTRY: None},
    # A number that does not exist.
    {PERSON: 6, OUTCOME: "failed"},
)


def test_every_figure() -> None:
    """Six people, seven calls: each figure by hand."""
    report = shown(AFTERNOON)

    assert report.calls == 7
    assert (report.reported, report.confirmed) == (3, 5)
    assert report.funnel == Funnel(planned=8, accepted=7, rang=4, answered=2, key=2, sms=4)
    assert report.outcomes == {
        Outcome.ANSWERED: 2,
        Outcome.VOICEMAIL: 1,
        Outcome.BUSY: 1,
        Outcome.NO_ANSWER: 0,
        Outcome.FAILED: 1,
        Outcome.UNKNOWN: 1,
    }
    assert {o: n for o, n in report.by_records.items() if n} == {
        Outcome.ANSWERED: 2,
        Outcome.BUSY: 1,
        Outcome.FAILED: 1,
        Outcome.UNKNOWN: 1,
    }
    assert {o: n for o, n in report.by_pushes.items() if n} == {Outcome.ANSWERED: 2, Outcome.VOICEMAIL: 1}
    assert report.keys == {"1": 1, "6": 1}
    assert report.missing == Missing(silent=1, unconfirmed=1, unknown=1, contradicted=2)
    assert report.cost == Cost(
        by_currency={"": Decimal("0.01"), "USD": Decimal("0.01")},
        reported_only={"": Decimal(5)},
        charged_s=40,
    )
    assert report.durations == Durations(
        calls=2,
        seconds=23,
        median_s=11.5,
        shares={
            "under a quarter": 0,
            "under a half": 1,
            "under three quarters": 0,
            "nearly all": 0,
            "to the end": 1,
        },
        silent_to_the_end=0,
    )


def test_every_breakdown() -> None:
    """Calls by country, by local hour and day, and by the how-manieth call of a person."""
    report = shown(AFTERNOON)

    assert report.countries == (
        Part(name="?", total=1, outcomes={Outcome.UNKNOWN: 1}),
        Part(name="GB", total=1, outcomes={Outcome.BUSY: 1}),
        Part(
            name="IN",
            total=5,
            outcomes={Outcome.ANSWERED: 2, Outcome.VOICEMAIL: 1, Outcome.NO_ANSWER: 1, Outcome.FAILED: 1},
        ),
    )
    # 09:00 UTC is 14:30 in India.
    assert [(part.name, part.total) for part in report.hours] == [("14", 5), ("15", 2)]
    assert [(part.name, part.total) for part in report.days] == [("2026-11-24", 7)]
    assert [(part.name, part.total) for part in report.rounds] == [("1", 6), ("2", 1)]


def test_a_stretch_of_time() -> None:
    """Calls outside are not counted, and a second call stays a second one."""
    second = shown(AFTERNOON, since=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    first = shown(AFTERNOON, until=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))

    assert (second.calls, first.calls) == (2, 5)
    assert [(part.name, part.total) for part in second.rounds] == [("1", 1), ("2", 1)]
    assert second.since == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_who_was_called_at_another_time_is_not_missing() -> None:
    """Six of seven were heard of at some time; in a stretch without any call that is still so."""
    whole, nothing = shown(AFTERNOON), shown(AFTERNOON, since=datetime(2026, 11, 30, tzinfo=UTC))

    assert (nothing.calls, nothing.missing.silent) == (0, 1)
    assert whole.missing.silent == 1


def test_nothing_at_all() -> None:
    """Without outcomes every figure is nought, and everybody who was accepted is missing."""
    report = shown(outcomes_of())

    assert report.calls == 0
    assert set(report.outcomes.values()) == {0}
    assert report.missing.silent == 7
    assert report.durations.median_s is None
    assert (report.countries, report.hours, report.rounds, report.cost.by_currency) == ((), (), (), {})


def test_without_an_sms_or_a_recording() -> None:
    """What does not exist has no figure."""
    report = shown(AFTERNOON, Expected(planned=None, accepted=7))

    assert report.funnel.sms is None
    assert report.durations.shares == {}
    assert report.durations.silent_to_the_end == 0


@given(st.lists(st.tuples(st.integers(0, 25), st.sampled_from([None, "1", "6"])), max_size=30))
def test_durations_are_those_of_all_answered_calls(heard: list[tuple[int, str | None]]) -> None:
    """Whatever they are: number, sum and median, and every call is in one share."""
    rows = [
        {PERSON: at, OUTCOME: "answered", DURATION: seconds, KEY: key}
        for at, (seconds, key) in enumerate(heard)
    ]
    noise: list[dict[str, Any]] = [
        {PERSON: 90, OUTCOME: "answered"},
        {PERSON: 91, OUTCOME: "voicemail", DURATION: 3},
    ]

    durations = shown(outcomes_of(*rows, *noise)).durations

    every = [seconds for seconds, _ in heard]
    assert (durations.calls, durations.seconds) == (len(every), sum(every))
    assert durations.median_s == (statistics.median(every) if every else None)
    assert sum(durations.shares.values()) == len(every)
    assert durations.silent_to_the_end == sum(seconds >= 19 and key is None for seconds, key in heard)


def test_who_listens_to_the_end_and_presses_nothing_may_be_a_machine() -> None:
    """A second less than what is played is to the end; a key shows a person."""
    report = shown(
        outcomes_of(
            {PERSON: 1, OUTCOME: "answered", DURATION: 19},
            {PERSON: 2, OUTCOME: "answered", DURATION: 40},
            {PERSON: 3, OUTCOME: "answered", DURATION: 40, KEY: "1"},
            {PERSON: 4, OUTCOME: "answered", DURATION: 18},
        )
    )

    assert report.durations.shares["to the end"] == 3
    assert report.durations.shares["nearly all"] == 1
    assert report.durations.silent_to_the_end == 2


@given(some_reports(), st.randoms(use_true_random=False), st.integers(0, 12))
def test_the_order_of_reports_changes_no_figure(reports: pl.DataFrame, dice: Any, late: int) -> None:
    """Promise 10: shuffled, repeated, delayed and folded in parts, the reports give the same figures."""
    names = {name: at for at, name in enumerate(["c1", "c2", "c3"])}
    person = pl.col(CALL).replace_strict(names, return_dtype=pl.UInt128) // 2
    outcomes = reports.with_columns(person.alias(PERSON), pl.lit("GB").alias(COUNTRY)).select(*OUTCOME_SCHEMA)
    rows = [at for at in range(outcomes.height) for _ in range(dice.randint(1, 3))]
    dice.shuffle(rows)
    shuffled = outcomes[rows]

    in_parts = pl.concat([fold(shuffled[:late]), fold(shuffled[late:])])

    assert shown(shuffled) == shown(outcomes)
    assert shown(in_parts) == shown(outcomes)
