"""One outcome for each call, whatever the order, number and lateness of its reports.

`fold` is a least upper bound, column by column: commutative, associative and idempotent, so reports may be folded as they
come, in any order, again and again, and the result of one fold may be folded with later reports. A push and a record of the
same call are kept apart, since anybody who knows the address can push: `calls` sets them beside each other at the end.
"""

from typing import Final

import polars as pl

from runner.frames import (
    CALL,
    CERTAINTY,
    CONFIRMED,
    JOB,
    OUTCOME,
    OUTCOME_TYPE,
    OUTCOMES,
    PARENT_JOB,
    RECALLS,
    REPORTED,
    SOURCE,
)

_STANDING: Final = "@standing"
_PUSH, _RECORD = "push", "record"
_ONLY_PUSHED: Final = (JOB, PARENT_JOB, RECALLS)
_SAID: Final = (OUTCOME, CERTAINTY, SOURCE)


def fold(reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return one row per call and source, sorted by both, in the schema of *reports*.

    The more certain outcome stands, of equally certain ones the one that `runner.model.outcome.Outcome` names later. Of
    every other column the greatest value stands: what a report leaves out, another one fills in, and of two that disagree
    the choice is the same in every order.

    Args:
        reports: *reports* or *outcomes* of `runner.frames`, or some of their columns with CALL, OUTCOME, CERTAINTY, SOURCE.
    """
    return _folded(reports.lazy()).sort(CALL, SOURCE).collect()


def calls(reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return *calls* of `runner.frames`: one row per call, sorted by call, with the facts that *reports* have.

    REPORTED is what pushes say and CONFIRMED what records say; what anything is decided by is CONFIRMED alone. OUTCOME is
    what is shown: the confirmed one, else the reported one, and the reported one also where a record cannot know better. A
    record carries no status: it may leave open how a call ended, and it cannot tell a machine that answered from a person.
    Of the other columns a record's values stand where there is one, also where it has none: it knows all but JOB, PARENT_JOB
    and RECALLS, so a key that only a report tells of was not pressed as far as anybody can confirm.
    """
    return beside(reports).sort(CALL)


def beside(reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return what `calls` does, in any order: a million strings are sorted more slowly than all else is done."""
    loaded = reports.lazy().collect()
    columns = [name for name in loaded.columns if name not in _SAID]
    facts = [name for name in columns if name != CALL]
    pushes = _said_once(loaded.filter(pl.col(SOURCE) == _PUSH)).select(
        *columns, pl.col(OUTCOME).alias(REPORTED)
    )
    records = _said_once(loaded.filter(pl.col(SOURCE) == _RECORD)).select(
        *columns, pl.col(OUTCOME).alias(CONFIRMED)
    )
    nothing = pl.lit(None, dtype=OUTCOME_TYPE)
    if records.is_empty():
        both = pushes.with_columns(nothing.alias(CONFIRMED))
    elif pushes.is_empty():
        both = records.with_columns(nothing.alias(REPORTED))
    else:
        stands = [_known(name) if name in _ONLY_PUSHED else _recorded(name) for name in facts]
        joined = records.lazy().join(pushes.lazy(), on=CALL, how="full", coalesce=True, suffix="?")
        both = joined.with_columns(*stands).collect()
    return both.select(*columns, REPORTED, CONFIRMED, _shown().alias(OUTCOME))


def _said_once(reports: pl.DataFrame) -> pl.DataFrame:
    """Return *reports*, of one source, folded; as they are where no call is in it twice, which is told much faster."""
    # As many hashes as rows are as many calls. Two calls of one hash only have this folded for nothing.
    if reports[CALL].hash().n_unique() == reports.height:
        return reports
    return _folded(reports.lazy()).collect()


def _folded(reports: pl.LazyFrame) -> pl.LazyFrame:
    columns = reports.collect_schema().names()
    standing = pl.col(CERTAINTY).cast(pl.UInt16) * len(OUTCOMES) + rank(OUTCOME)
    facts = [name for name in columns if name not in (CALL, *_SAID)]
    return (
        reports.group_by(CALL, SOURCE)
        .agg(*(pl.col(name).max() for name in facts), standing.max().alias(_STANDING))
        .with_columns(
            outcome_of(pl.col(_STANDING) % len(OUTCOMES)).alias(OUTCOME),
            (pl.col(_STANDING) // len(OUTCOMES)).cast(pl.UInt8).alias(CERTAINTY),
        )
        .select(*columns)
    )


def rank(column: str) -> pl.Expr:
    """Return the ranks of the outcomes in *column*, UInt16, so that the greatest of several is the one that stands."""
    return pl.col(column).to_physical().cast(pl.UInt16)


def outcome_of(ranks: pl.Expr) -> pl.Expr:
    """Return the outcomes of these *ranks*, null for null."""
    return ranks.replace_strict(list(range(len(OUTCOMES))), list(OUTCOMES), return_dtype=OUTCOME_TYPE)


def _known(name: str) -> pl.Expr:
    return pl.coalesce(name, f"{name}?").alias(name)


def _recorded(name: str) -> pl.Expr:
    return pl.when(pl.col(CONFIRMED).is_null()).then(pl.col(f"{name}?")).otherwise(pl.col(name)).alias(name)


def _shown() -> pl.Expr:
    confirmed, reported = pl.col(CONFIRMED), pl.col(REPORTED)
    is_open = (confirmed == "unknown") | ((confirmed == "answered") & (reported == "voicemail"))
    return pl.when(is_open).then(pl.coalesce(reported, confirmed)).otherwise(pl.coalesce(confirmed, reported))
