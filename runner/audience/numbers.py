"""Spellings of numbers, made E.164 and judged: for every row the verdict of `phonenumbers`, at the speed of columns.

Most rows are decided by `runner.audience.bulk`; what it leaves open is asked of the library, once per distinct
spelling. Three rules are ours: numbers for fiction are accepted in rehearsals and refused in production whatever the
library says; what a spreadsheet made of a number is refused, even where its digits happen to make one; and a number of
a country that the campaign does not name is refused.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from runner.audience import bulk, fiction, library, renumbered
from runner.audience.bulk import COUNTRY, DIGITS, INDEX
from runner.audience.reasons import Invalid
from runner.frames import NUMBER, REASON

_SPREADSHEET = r"^\s*[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+]?[0-9]+\s*$|^\s*\+?[0-9]{6,}[.,]0+\s*$"
"""``9.11E+12``; and ``9198765432.0``, from a column of numbers with a gap in it, exported as decimals."""

_ANSWERS = pl.Schema({NUMBER: pl.String, REASON: pl.String, COUNTRY: pl.String})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How numbers are read.

    Attributes:
        region: two letters, the region of numbers that are not international; None = all must be.
        countries: regions that may be called; empty = all.
        allow_fiction: False in production.
    """

    region: str | None
    countries: Collection[str]
    allow_fiction: bool


def read_numbers(spellings: pl.Series, reading: Reading, *, keep_former: bool = False) -> pl.DataFrame:
    """Return what each of *spellings* (String) is.

    Args:
        spellings: as they stand in a file.
        reading: how they are read.
        keep_former: leave the number of a row that cannot be called because its country changed its numbers.

    Returns:
        As many rows, in the same order: NUMBER (String, E.164 with plus; null where the row cannot be called), REASON
        (String, an `Invalid`; null where it can) and COUNTRY (String, two letters or ``001``; null where unknown).
    """
    rows = pl.DataFrame({DIGITS: spellings}).with_row_index(INDEX)
    accepted = bulk.accept(rows.filter(bulk.plain()), home=reading.region)
    is_open = np.ones(rows.height, dtype=np.bool_)
    is_open[accepted[INDEX].to_numpy()] = False
    answered = pl.concat(
        [accepted.insert_column(2, _nothing(accepted.height, REASON)), _ask(rows.filter(is_open), reading)]
    )
    return _by_our_rules(answered.sort(INDEX).drop(INDEX), reading, keep_former=keep_former)


def _ask(rows: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Return INDEX, NUMBER, REASON and COUNTRY of the rows that bulk left open."""
    spelling = pl.col(DIGITS)
    distinct = rows.select(spelling.unique()).with_columns(
        known=pl.when(spelling.is_null() | spelling.str.contains(r"^\s*$"))
        .then(pl.lit(Invalid.EMPTY))
        .when(spelling.str.contains(_SPREADSHEET))
        .then(pl.lit(Invalid.SPREADSHEET))
        # Without region and plus the library refuses whatever the digits are.
        .when(pl.lit(reading.region is None) & bulk.plain() & ~spelling.str.contains("+", literal=True))
        .then(pl.lit(Invalid.NOT_A_NUMBER))
    )
    settled, asked = (
        distinct.filter(pl.col("known").is_not_null()),
        distinct.filter(pl.col("known").is_null()),
    )
    verdicts = [library.ask(one, home=reading.region) for one in asked[DIGITS]]
    answers = pl.concat(
        [
            settled.select(
                DIGITS,
                pl.lit(None, pl.String).alias(NUMBER),
                pl.col("known").alias(REASON),
                pl.lit(None, pl.String).alias(COUNTRY),
            ),
            asked.select(DIGITS).hstack(
                pl.DataFrame(
                    [(one.number, one.reason, one.country) for one in verdicts], schema=_ANSWERS, orient="row"
                )
            ),
        ]
    )
    return rows.join(answers, on=DIGITS, how="left", nulls_equal=True).select(INDEX, NUMBER, REASON, COUNTRY)


def _by_our_rules(answered: pl.DataFrame, reading: Reading, *, keep_former: bool) -> pl.DataFrame:
    if (answered[REASON] == Invalid.NOT_VALID).any():
        gone = (pl.col(REASON) == Invalid.NOT_VALID) & renumbered.is_former()
        answered = answered.with_columns(
            pl.when(gone).then(pl.lit(Invalid.RENUMBERED)).otherwise(pl.col(REASON)).alias(REASON)
        )
    fictional = pl.col(NUMBER).str.contains(fiction.pattern())
    reason = pl.col(REASON)
    if reading.allow_fiction:
        reason = pl.when(~(fictional & (reason == Invalid.NOT_VALID)).fill_null(value=False)).then(reason)
    else:
        reason = pl.when(fictional).then(pl.lit(Invalid.FICTION)).otherwise(reason)
    if reading.countries:
        foreign = reason.is_null() & ~pl.col(COUNTRY).is_in(list(reading.countries))
        reason = pl.when(foreign).then(pl.lit(Invalid.FOREIGN)).otherwise(reason)
    kept = pl.col(REASON).is_null()
    if keep_former:
        kept |= pl.col(REASON) == Invalid.RENUMBERED
    return answered.with_columns(reason.alias(REASON)).with_columns(pl.when(kept).then(pl.col(NUMBER)))


def _nothing(height: int, name: str) -> pl.Series:
    return pl.repeat(None, height, dtype=pl.String, eager=True).alias(name)
