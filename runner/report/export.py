"""Calls as a table for other tools, with people by pseudonym, and by number only where that was asked for."""

from typing import Final

import polars as pl

from runner.digest.keyed import keyed_text_column
from runner.frames import (
    AUDIO,
    CALL,
    CALLED,
    CHARGED,
    CONFIRMED,
    COST,
    COUNTRY,
    CURRENCY,
    DURATION,
    ENDED,
    KEY,
    NUMBER,
    OUTCOME,
    PERSON,
    PICKED_UP,
    RANG,
    REPORTED,
    SUBMITTED,
)
from runner.report.outcome import calls

_TIMES: Final = {
    SUBMITTED: "submitted_at",
    CALLED: "called_at",
    RANG: "rang_at",
    PICKED_UP: "answered_at",
    ENDED: "ended_at",
}
_TEXTS: Final = {COUNTRY: "country", COST: "cost", CURRENCY: "currency", KEY: "key", AUDIO: "audio"}
_NUMBERS: Final = {DURATION: "duration_s", CHARGED: "charged_s"}
_SAID: Final = {REPORTED: "reported", CONFIRMED: "confirmed", OUTCOME: "outcome"}
_FORMULA: Final = r"^[=+\-@\t\r]"


def exported(
    outcomes: pl.DataFrame, *, campaign: str, edition: str, subkey: str, numbers: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return one row per call, ordered by time and call: campaign, edition, person, call, country, times, costs, outcomes.

    ``person`` is 32 hex digits: the same for one person in every export from one ledger, and made so that it leads neither to
    the number nor to the ledger's own keys without the ledger key. Times are Datetime, UTC, milliseconds; costs are decimal text.

    Args:
        outcomes: *outcomes* of `runner.frames`, of one campaign and edition.
        campaign: its name.
        edition: its edition.
        subkey: of the ledger's key, for pseudonyms.
        numbers: PERSON and NUMBER, each person once; given, the column ``number`` follows ``person``, null where it is not known.
    """
    named = [] if numbers is None else [pl.col(NUMBER).alias("number")]
    moments = {
        new: pl.from_epoch(old, time_unit="ms").dt.replace_time_zone("UTC") for old, new in _TIMES.items()
    }
    told = calls(outcomes)
    return (
        (told if numbers is None else told.join(numbers, on=PERSON, how="left"))
        .sort(CALLED, CALL, nulls_last=True)
        .with_columns(keyed_text_column(subkey, pl.col(PERSON).cast(pl.String)).alias("person"))
        .select(
            pl.lit(campaign).alias("campaign"),
            pl.lit(edition).alias("edition"),
            pl.col("person"),
            *named,
            pl.col(CALL).alias("call"),
            *(pl.col(old).alias(new) for old, new in _TEXTS.items()),
            **moments,
            **{new: pl.col(old) for old, new in _NUMBERS.items()},
            **{new: pl.col(old).cast(pl.String) for old, new in _SAID.items()},
        )
    )


def harmless(table: pl.DataFrame) -> pl.DataFrame:
    """Return *table* for CSV: no text begins with what a spreadsheet takes for a formula; times as ISO 8601, UTC."""
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    times = [name for name, kind in table.schema.items() if isinstance(kind, pl.Datetime)]
    guarded = (
        pl.when(pl.col(name).str.contains(_FORMULA)).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name))
        for name in texts
    )
    return table.with_columns(
        *(one.alias(name) for one, name in zip(guarded, texts, strict=True)),
        *(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ") for name in times),
    )
