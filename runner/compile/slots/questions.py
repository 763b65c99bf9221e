"""What the allocation must know beyond the first measures, as questions that every range can be asked.

Most campaigns fit at once and none is ever asked. Answers merge like measures do. A question names columns, numbers and,
after a split, values: like the rows themselves it stays in memory and scratch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from runner.compile.slots.layout import Group, Key, KeyValue, Parts
from runner.compile.slots.statistics import Rows, merged

Stretch = tuple[int, int, int]
"""Number of a text, and the positions among its holes of the first and the last hole of a stretch of it."""


@dataclass(frozen=True, slots=True)
class FitQuestion:
    """How a value that is put together or cut up lies in its slots."""

    group: Group
    parts: Parts = field(repr=False)
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FitAnswer:
    """How a value lies in its slots.

    Attributes:
        longest: UTF-16 units of the longest.
        visible: fewest characters that show something, counted up to the capacity's slots.
        slots: with how many slots all rows that have enough visible characters can be cut; at least as many as asked.
        stuck: rows that cannot be cut into any number of slots that the capacity allows.
    """

    longest: int
    visible: int
    slots: int
    stuck: Rows

    def __add__(self, other: "FitAnswer") -> "FitAnswer":
        """Return the answer for both sets of rows together."""
        return FitAnswer(
            longest=max(self.longest, other.longest),
            visible=min(self.visible, other.visible),
            slots=max(self.slots, other.slots),
            stuck=self.stuck + other.stuck,
        )


@dataclass(frozen=True, slots=True)
class WideQuestion:
    """How long stretches of a text become, and how many different values columns have, up to *cap*."""

    group: Group
    stretches: tuple[Stretch, ...]
    columns: tuple[str, ...]
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WideAnswer:
    """The stretches' longest lengths in UTF-16 units, and the columns' values; None where they are more than the cap."""

    cap: int
    stretches: Mapping[Stretch, int]
    values: Mapping[str, frozenset[str] | None] = field(repr=False)

    def __add__(self, other: "WideAnswer") -> "WideAnswer":
        """Return the answer for both sets of rows together."""

        def union(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
            both = None if left is None or right is None else left | right
            return both if both is not None and len(both) <= self.cap else None

        return WideAnswer(
            cap=self.cap,
            stretches=merged(self.stretches, other.stretches, max),
            values=merged(self.values, other.values, union),
        )


@dataclass(frozen=True, slots=True)
class KeyQuestion:
    """How columns and stretches are in the parts that each single one of *keys* would split the group into."""

    group: Group
    keys: tuple[Key, ...]
    columns: tuple[str, ...]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeyAnswer:
    """Per key one table with a row per value of it.

    The columns: ``value``; ``count``: UInt32 rows; per column of the question ``longest{i}``: UInt32 units of the longest
    value, ``visible{i}``: Int64, the fewest visible characters, counted up to the capacity's slots, ``least{i}`` and
    ``most{i}``: UInt64, of the hashes of its values, so that they are equal where the column is constant; per stretch
    ``stretch{i}``: UInt32 units of the longest.
    """

    tables: Mapping[Key, pl.DataFrame] = field(repr=False)

    def __add__(self, other: "KeyAnswer") -> "KeyAnswer":
        """Return the answer for both sets of rows together."""
        both = {key: pl.concat([table, other.tables[key]]) for key, table in self.tables.items()}
        return KeyAnswer(tables={key: by_value(table) for key, table in both.items()})


def by_value(table: pl.DataFrame) -> pl.DataFrame:
    """Return *table* with one row per value of its key."""
    how = {"count": pl.Expr.sum, "visible": pl.Expr.min, "least": pl.Expr.min}
    rest = [name for name in table.columns if name != "value"]
    totals = [how.get(name.rstrip("0123456789"), pl.Expr.max)(pl.col(name)) for name in rest]
    return table.group_by("value").agg(totals)


Counts = Mapping[tuple[KeyValue, ...], int]
"""Rows by the values of some keys."""


@dataclass(frozen=True, slots=True)
class CountQuestion:
    """How many rows are in each part that sets of keys split the group into; not of interest beyond *cap* parts."""

    group: Group
    sets: tuple[tuple[Key, ...], ...]
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountAnswer:
    """Per set of keys the rows of each combination of their values that occurs; None where there are more than the cap."""

    cap: int
    counts: Mapping[tuple[Key, ...], Counts | None] = field(repr=False)

    def __add__(self, other: "CountAnswer") -> "CountAnswer":
        """Return the answer for both sets of rows together."""

        def added(left: Counts | None, right: Counts | None) -> Counts | None:
            both = None if left is None or right is None else merged(left, right, int.__add__)
            return both if both is not None and len(both) <= self.cap else None

        return CountAnswer(cap=self.cap, counts=merged(self.counts, other.counts, added))


@dataclass(frozen=True, slots=True)
class SplitQuestion:
    """The first measures again, for each part of a group split by *keys*; they arrive as groups of their own."""

    group: Group
    keys: tuple[Key, ...]


Question = FitQuestion | WideQuestion | KeyQuestion | CountQuestion | SplitQuestion
Answer = FitAnswer | WideAnswer | KeyAnswer | CountAnswer
