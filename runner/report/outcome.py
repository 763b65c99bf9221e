"""One outcome for each call, whatever the order, number and lateness of its reports.

`fold` is a least upper bound, column by column: commutative, associative and idempotent, so reports may be folded as they
come, in any order, again and again, and the result of one fold may be folded with later reports. A push and a record of the
same call are kept apart, since anybody who knows the address can push: `calls` sets them beside each other at the end.
"""

from typing import Final

import polars as pl

from runner.frames import (
    CALL,
    CALL_SCHEMA,
    CERTAINTY,
    CONFIRMED,
    JOB,
    OUTCOME,
    OUTCOME_TYPE,
    OUTCOMES,
    PARENT_JOB,
    RECALLS,
    REPORT_SCHEMA,
    REPORTED,
    SOURCE,
)

_STANDING: Final = "@standing"
_PUSH, _RECORD = "push", "record"
_FACTS: Final = tuple(name for name in CALL_SCHEMA if name not in (REPORTED, CONFIRMED, OUTCOME))
_ONLY_PUSHED: Final = (JOB, PARENT_JOB, RECALLS)


def fold(reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return one row per call and source, sorted by both, in the schema of *reports* (`REPORT_SCHEMA`).

    The more certain outcome stands, of equally certain ones the one that `runner.model.outcome.Outcome` names later. Of
    every other column the greatest value stands: what a report leaves out, another one fills in, and of two that disagree
    the choice is the same in every order.
    """
    standing = pl.col(CERTAINTY).cast(pl.UInt16) * len(OUTCOMES) + pl.col(OUTCOME).to_physical().cast(
        pl.UInt16
    )
    others = [name for name in REPORT_SCHEMA if name not in (CALL, SOURCE, OUTCOME, CERTAINTY)]
    return (
        reports.lazy()
        .group_by(CALL, SOURCE)
        .agg(*(pl.col(name).max() for name in others), standing.max().alias(_STANDING))
        .with_columns(
            _outcome(pl.col(_STANDING) % len(OUTCOMES)).alias(OUTCOME),
            (pl.col(_STANDING) // len(OUTCOMES)).cast(pl.UInt8).alias(CERTAINTY),
        )
        .select(*REPORT_SCHEMA)
        .sort(CALL, SOURCE)
        .collect()
    )


def calls(reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return one row per call, sorted by call (`CALL_SCHEMA`).

    REPORTED is what pushes say and CONFIRMED what records say; what anything is decided by is CONFIRMED alone. OUTCOME is
    what is shown: the confirmed one, else the reported one, and the reported one also where a record cannot know better. A
    record carries no status: it may leave open how a call ended, and it cannot tell a machine that answered from a person.
    Of the other columns a record's values stand where there is one, also where it has none: it knows all but JOB, PARENT_JOB
    and RECALLS, so a key that only a report tells of was not pressed as far as anybody can confirm.
    """
    folded = fold(reports).lazy()
    pushes = folded.filter(pl.col(SOURCE) == _PUSH).select(*_FACTS, pl.col(OUTCOME).alias(REPORTED))
    records = folded.filter(pl.col(SOURCE) == _RECORD).select(*_FACTS, pl.col(OUTCOME).alias(CONFIRMED))
    both = records.join(pushes, on=CALL, how="full", coalesce=True, suffix="?")
    by_push = [pl.coalesce(name, f"{name}?").alias(name) for name in _ONLY_PUSHED]
    by_record = [
        pl.when(pl.col(CONFIRMED).is_null()).then(pl.col(f"{name}?")).otherwise(pl.col(name)).alias(name)
        for name in _FACTS
        if name not in (CALL, *_ONLY_PUSHED)
    ]
    return (
        both.with_columns(*by_push, *by_record, _shown().alias(OUTCOME))
        .select(*CALL_SCHEMA)
        .sort(CALL)
        .collect()
    )


def _shown() -> pl.Expr:
    confirmed, reported = pl.col(CONFIRMED), pl.col(REPORTED)
    is_open = (confirmed == "unknown") | ((confirmed == "answered") & (reported == "voicemail"))
    return pl.when(is_open).then(pl.coalesce(reported, confirmed)).otherwise(pl.coalesce(confirmed, reported))


def _outcome(rank: pl.Expr) -> pl.Expr:
    """Return the outcomes of these ranks."""
    return rank.replace_strict(list(range(len(OUTCOMES))), list(OUTCOMES), return_dtype=OUTCOME_TYPE)
