"""Exclusion lists: rows of numbers, made keys of people who are not called."""

from dataclasses import dataclass

import polars as pl

from runner.audience.numbers import Reading, read_numbers
from runner.audience.people import LIST, SUPPRESSED_SCHEMA
from runner.audience.reasons import Invalid
from runner.audience.rows import RowList
from runner.digest.keyed import keyed_column
from runner.errors import Problem, Where
from runner.frames import NUMBER, PERSON, REASON, ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What some rows of an exclusion list say.

    Attributes:
        people: `SUPPRESSED_SCHEMA`.
        unreadable: rows whose number cannot be told; somebody asked not to be called and nobody knows who.
        ignored: rows whose number is not valid, so that no audience can hold it.
    """

    people: pl.DataFrame
    unreadable: RowList
    ignored: RowList


def suppress(rows: pl.DataFrame, *, number: str, reading: Reading, subkey: str, position: int) -> Suppression:
    """Return the people whom *rows* of the exclusion list number *position* (0-based) take out.

    Countries are not looked at: who asked not to be called is not called, wherever the number is from.
    """
    read = read_numbers(
        rows[number],
        Reading(region=reading.region, countries=(), allow_fiction=reading.allow_fiction),
        keep_former=True,
    )
    found = read.with_columns(rows[ROW])
    # A number of before takes out who has it now: `runner.preview.former` finds them.
    valid = found.filter(pl.col(NUMBER).is_not_null())
    people = valid.select(
        keyed_column(subkey, pl.col(NUMBER)).alias(PERSON),
        pl.lit(position, SUPPRESSED_SCHEMA[LIST]).alias(LIST),
    )
    harmless = [Invalid.NOT_VALID.value, Invalid.FICTION.value]
    wrong = found.filter(pl.col(NUMBER).is_null()).select(ROW, is_harmless=pl.col(REASON).is_in(harmless))
    return Suppression(
        people=people,
        unreadable=RowList.of(wrong.filter(~pl.col("is_harmless"))[ROW]),
        ignored=RowList.of(wrong.filter(pl.col("is_harmless"))[ROW]),
    )


def unreadable_problem(rows: RowList, where: Where) -> Problem:
    """Return the problem that stops everything: an exclusion list is read to its last row or nobody is called."""
    return Problem(
        code="unreadable-exclusion",
        message=f"{rows} of an exclusion list hold no number that can be read",
        where=where,
        hint="Correct or remove these rows; national numbers need `[audience] region`.",
    )
