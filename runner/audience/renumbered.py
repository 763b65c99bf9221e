"""Numbers that their country changed; see ``renumbered.toml`` beside this module for the list and its sources.

A person is one telephone, so whoever was called under a number of before is not called again under the present one. People
are stored under the present number, and looked up under every number that it was.
"""

from collections.abc import Iterator

import polars as pl

from runner.audience.renumbering import Change, changes, countries, may_be
from runner.digest.keyed import keyed_column
from runner.frames import NUMBER, PERSON

__all__ = [
    "CURRENT",
    "FORMER_SCHEMA",
    "Change",
    "changes",
    "countries",
    "is_former",
    "keyed_people",
    "may_be",
]

CURRENT = "@current"
"""PERSON of somebody in the audience, beside the key that they have under a former number; UInt128."""

FORMER_SCHEMA = pl.Schema({PERSON: pl.UInt128, CURRENT: pl.UInt128})
"""PERSON is the key under a former number here."""


def is_former() -> pl.Expr:
    """Return whether NUMBER is of a form that some country gave up; null stays null."""
    return pl.col(NUMBER).str.contains("|".join(f"(?:{change.old})" for change in changes()))


def keyed_people(numbers: pl.Series, countries_of: pl.Series, subkey: str) -> tuple[pl.Series, pl.DataFrame]:
    """Return the person key of each of *numbers* (E.164), and the keys that these people have under former numbers.

    Args:
        numbers: of people who can be called.
        countries_of: their regions.
        subkey: of the ledger key.

    Returns:
        PERSON, UInt128, over the present form of each number; and `FORMER_SCHEMA`.
    """
    concerned = sorted(countries() & set(countries_of.unique().drop_nulls()))
    if not concerned:
        return _keys(numbers, subkey).alias(PERSON), _nobody()
    present = _present(numbers, concerned)
    people = pl.DataFrame({NUMBER: present, CURRENT: _keys(present, subkey)})
    of_theirs = people.filter(countries_of.is_in(concerned)).unique(CURRENT)
    former = [
        part.select(_keys(part[NUMBER], subkey).alias(PERSON), CURRENT)
        for part in _formers(of_theirs, concerned)
    ]
    return people[CURRENT].alias(PERSON), pl.concat([_nobody(), *former])


def _keys(numbers: pl.Series, subkey: str) -> pl.Series:
    return numbers.to_frame(NUMBER).select(keyed_column(subkey, pl.col(NUMBER))).to_series()


def _present(numbers: pl.Series, concerned: list[str]) -> pl.Series:
    """Return *numbers* with those that are certainly of a former form in their present one."""
    sure = [change for change in changes() if change.is_sure and change.country in concerned]
    is_old = numbers.str.contains("|".join(f"(?:{change.old})" for change in sure)) if sure else None
    if is_old is None or not is_old.any():
        return numbers
    old = numbers.filter(is_old)
    now = old
    # One after the other, each computed at once: as one expression it would hold itself twice a change.
    for change in sure:
        hit = old.str.contains(change.old)
        now = now.zip_with(~hit, old.str.replace(change.old, change.to_new))
    return numbers.clone().scatter(is_old.arg_true(), now)


def _formers(people: pl.DataFrame, concerned: list[str]) -> Iterator[pl.DataFrame]:
    """Yield, change by change, those of *people* whom it concerns, with the number that they had."""
    for change in changes():
        if change.country in concerned:
            # By its first digits first, which costs a tenth of the pattern.
            near = people.filter(pl.col(NUMBER).str.starts_with(change.to_new.partition("$")[0]))
            found = near.filter(pl.col(NUMBER).str.contains(change.new))
            if found.height:
                yield found.with_columns(pl.col(NUMBER).str.replace(change.new, change.to_old))


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema=FORMER_SCHEMA)
