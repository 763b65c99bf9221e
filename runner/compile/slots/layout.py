"""What the allocation decides: which rows go together, their skeletons, and from what each slot is filled."""

from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from runner.compile.slots.characters import shows, units_of
from runner.model.skeleton import Skeleton


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A column's value without its first *skip* and its last *drop* code points."""

    column: str
    skip: int = 0
    drop: int = 0


Parts = tuple[str | Excerpt, ...]
"""A value put together from excerpts and literals, in order."""


@dataclass(frozen=True, slots=True)
class Source:
    """What fills one slot, or several in a row (1-based numbers): the value is cut so that each of them gets a piece."""

    parts: Parts = field(repr=False)
    slots: tuple[int, ...]


class KeyKind(StrEnum):
    """By what a column splits rows: its value, the number of slots its length needs, or whether it shows anything."""

    BLANK = "blank"
    LENGTH = "length"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Key:
    """What rows must have in common to stay in one cohort when a cohort is split."""

    column: str
    kind: KeyKind


KeyValue = str | int | bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one variant and form, and, once split, of the same values of some keys."""

    variant: int
    form: int
    split: tuple[tuple[Key, KeyValue], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Rows that share skeletons and settings.

    Attributes:
        skeletons: by number of the text; personal data once constants are folded.
        rows: how many of all measured rows belong to it.
    """

    group: Group
    skeletons: dict[int, Skeleton] = field(repr=False)
    sources: tuple[Source, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The cohorts; their positions are the values of the column COHORT."""

    cohorts: tuple[Cohort, ...]


def value_of(parts: Parts) -> pl.Expr:
    """Return the String expression that puts *parts* together."""
    pieces = [pl.lit(part) if isinstance(part, str) else _excerpt(part) for part in parts]
    return pieces[0] if len(pieces) == 1 else pl.concat_str(pieces)


def _excerpt(part: Excerpt) -> pl.Expr:
    value = pl.col(part.column)
    if part.skip:
        value = value.str.slice(part.skip)
    return value.str.head(-part.drop) if part.drop else value


def key_values(frame: pl.DataFrame, key: Key, slot_units: int) -> pl.Series:
    """Return the value of *key* on each row of *frame*: String, UInt32 (slots that the length needs) or Boolean (blank)."""
    match key.kind:
        case KeyKind.VALUE:
            return frame[key.column]
        case KeyKind.LENGTH:
            lengths = units_of(frame[key.column])
            return ((lengths + (slot_units - 1)) // slot_units).clip(1)
        case KeyKind.BLANK:
            return frame.select(~shows(pl.col(key.column))).to_series()
