"""Many reports, one outcome."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import (
    CALL,
    CALL_SCHEMA,
    CERTAINTY,
    CONFIRMED,
    COST,
    COUNTRY,
    JOB,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    OUTCOMES,
    PERSON,
    REPORT_SCHEMA,
    REPORTED,
    SOURCE,
    SOURCES,
)
from runner.model.outcome import Outcome, Source
from runner.report.outcome import calls, fold
from tests.unit.report.conftest import reports_of, some_reports


def test_columns_hold_the_words_of_the_model() -> None:
    """The types of the frames and the enums of the model say the same in the same order."""
    assert tuple(Outcome) == OUTCOMES
    assert tuple(Source) == SOURCES


@given(some_reports(), st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_duplicates_and_delays_change_nothing(reports: pl.DataFrame, dice: Any, late: int) -> None:
    """Shuffled, with each report up to three times, and folded in two parts: the same calls as at once and in order."""
    rows = [at for at in range(reports.height) for _ in range(dice.randint(1, 3))]
    dice.shuffle(rows)
    shuffled = reports[rows]

    early, rest = shuffled[:late], shuffled[late:]
    in_parts = pl.concat([fold(early), rest])

    assert calls(shuffled).equals(calls(reports))
    assert fold(in_parts).equals(fold(reports))
    assert calls(fold(reports)).equals(calls(reports))


@given(some_reports())
def test_pushes_never_change_what_is_confirmed(reports: pl.DataFrame) -> None:
    """Without any push every call that has a record is confirmed as the same."""
    records = reports.filter(pl.col(SOURCE) == "record")

    alone = calls(records).select(CALL, CONFIRMED)
    beside = calls(reports).filter(pl.col(CONFIRMED).is_not_null()).select(CALL, CONFIRMED)

    assert alone.equals(beside)


def shown(*rows: dict[str, Any]) -> tuple[Any, ...]:
    """Return what is reported, confirmed and shown of the one call of *rows*."""
    frame = calls(reports_of(*rows))
    assert frame.schema == CALL_SCHEMA
    return frame.select(REPORTED, CONFIRMED, OUTCOME).row(0)


def test_late_ringing_does_not_undo_an_answer() -> None:
    """A report that cannot tell comes after one that can, and changes nothing."""
    answered = {OUTCOME: "answered", CERTAINTY: 2}
    rings = {OUTCOME: "unknown", CERTAINTY: 0}

    assert shown(answered, rings) == ("answered", None, "answered")


def test_what_is_stated_stands_against_what_is_derived() -> None:
    """A machine that the vendor names is no person, though the line was answered."""
    stated, derived = {OUTCOME: "voicemail", CERTAINTY: 2}, {OUTCOME: "answered", CERTAINTY: 1}

    assert shown(derived, stated, derived) == ("voicemail", None, "voicemail")


@pytest.mark.parametrize(
    ("reported", "confirmed", "expected"),
    [
        ("answered", "busy", "busy"),
        ("busy", "answered", "answered"),
        ("busy", "unknown", "busy"),
        ("voicemail", "answered", "voicemail"),
        ("voicemail", "busy", "busy"),
        ("unknown", "no_answer", "no_answer"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_what_is_shown(reported: str, confirmed: str, expected: str) -> None:
    """A record's word is shown, except where no record can know."""
    push = {OUTCOME: reported, CERTAINTY: 2}
    record = {OUTCOME: confirmed, CERTAINTY: 1, SOURCE: "record"}

    assert shown(push, record) == (reported, confirmed, expected)


def test_reports_fill_each_other_in() -> None:
    """What one report leaves out another says."""
    rows = ({JOB: 7, KEY: "1"}, {COST: "0.02"})

    assert calls(reports_of(*rows)).select(JOB, COST, KEY).row(0) == (7, "0.02", "1")


def test_a_report_adds_to_a_record_only_what_records_never_have() -> None:
    """The task's number is added; the cost is the record's, and a key that the record does not tell of is none."""
    rows = ({JOB: 7, COST: "9.99", KEY: "1"}, {COST: "0.02", SOURCE: "record"})

    assert calls(reports_of(*rows)).select(JOB, COST, KEY).row(0) == (7, "0.02", None)


def test_no_reports_are_no_calls() -> None:
    """Empty frames keep their schemas."""
    nothing = pl.DataFrame(schema=REPORT_SCHEMA)

    assert fold(nothing).equals(nothing)
    assert calls(nothing).equals(pl.DataFrame(schema=CALL_SCHEMA))


def test_outcomes_of_people_are_folded_like_reports() -> None:
    """Attributed to people, without numbers, the same rows give the same calls, and keep their person."""
    person = 2**100
    rows = reports_of({OUTCOME: "busy", CERTAINTY: 1}, {OUTCOME: "answered", CERTAINTY: 2, SOURCE: "record"})
    outcomes = rows.with_columns(
        pl.lit(person, dtype=pl.UInt128).alias(PERSON), pl.lit("GB").alias(COUNTRY)
    ).select(*OUTCOME_SCHEMA)

    folded, merged = fold(outcomes), calls(outcomes)

    assert folded.schema == OUTCOME_SCHEMA
    assert merged.select(PERSON, COUNTRY, REPORTED, CONFIRMED, OUTCOME).row(0) == (
        person,
        "GB",
        "busy",
        "answered",
        "answered",
    )
