"""What is confirmed of people, by the call records alone: what anything may be decided by."""

from typing import Final

import polars as pl

from runner.frames import CALL, CERTAINTY, CONFIRMED, KEY, OUTCOME, OUTCOME_TYPE, PERSON, SOURCE
from runner.report.outcome import beside, outcome_of, rank

CALLS: Final = "@calls"
PRESSED: Final = "@pressed"

READ: Final = (PERSON, CALL, KEY, OUTCOME, CERTAINTY, SOURCE)
"""The columns of *outcomes* that `confirmed` needs."""


def records_of(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return those of *outcomes* (READ and others) that the vendor was asked for, and not those that were pushed."""
    return outcomes.filter(pl.col(SOURCE) == "record")


def confirmed(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return one row a person with a call record: PERSON, CONFIRMED, PRESSED: Boolean, CALLS: UInt32, in any order.

    CONFIRMED is the best of all calls of the person, as `runner.report.tally` counts people by records; PRESSED tells whether
    a record of any of them has a key. Pushes are passed over, whatever they say.

    Args:
        outcomes: *outcomes* of `runner.frames`, or READ of them; of one campaign and edition, all rows of a person.
    """
    calls = beside(records_of(outcomes).select(READ))
    return (
        calls.lazy()
        .group_by(PERSON)
        .agg(
            rank(CONFIRMED).max().alias(CONFIRMED),
            pl.col(KEY).is_not_null().any().alias(PRESSED),
            pl.len().cast(pl.UInt32).alias(CALLS),
        )
        .with_columns(outcome_of(pl.col(CONFIRMED)).cast(OUTCOME_TYPE).alias(CONFIRMED))
        .collect()
    )
