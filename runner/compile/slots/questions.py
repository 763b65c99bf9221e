"""What the allocation must know beyond the first measures, as questions that every range can be asked.

Most campaigns fit at once and none is ever asked. Answers merge like measures do. A question names columns, numbers and,
after a split, values: like the rows themselves it stays in memory and scratch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from runner.compile.slots.layout import Group, Key, Parts
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
class JointQuestion:
    """Which combinations of *keys* occur, how often, and how long values and stretches are in each."""

    group: Group
    keys: tuple[Key, ...]
    columns: tuple[str, ...]
    stretches: tuple[Stretch, ...]


JOINT_ROWS = 100_000
"""Combinations that are kept; beyond it the last keys are given up, one by one, until there are fewer."""

COUNT = "count"


def key_column(index: int) -> str:
    """Return the column of a joint table that holds the value of key *index*."""
    return f"key{index}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointAnswer:
    """One row per combination of the first keys of the question.

    Attributes:
        keys: how many of the question's keys were kept.
        table: ``key0`` …; ``count``: UInt32 rows; per column of the question ``longest{i}``: UInt32 units of the longest
            value, ``visible{i}``: Int64, the fewest visible characters, counted up to the capacity's slots, ``least{i}`` and
            ``most{i}``: UInt64, of the hashes of its values, so that they are equal where the column is constant; per
            stretch ``stretch{i}``: UInt32 units of the longest.
    """

    keys: int
    table: pl.DataFrame = field(repr=False)

    def __add__(self, other: "JointAnswer") -> "JointAnswer":
        """Return the answer for both sets of rows together."""
        keys = min(self.keys, other.keys)
        return joint(pl.concat([self.table, other.table], how="diagonal"), keys)


def joint(table: pl.DataFrame, keys: int) -> JointAnswer:
    """Return *table* with one row per combination of its first keys: as many keys as leave at most `JOINT_ROWS` rows.

    Which keys are kept depends on the combinations only, so it does not matter in which order tables are put together.
    """
    while True:
        by = [key_column(index) for index in range(keys)]
        table = table.group_by(by).agg(*totals(table)) if by else table.select(*totals(table))
        if table.height <= JOINT_ROWS:
            return JointAnswer(keys=keys, table=table)
        keys -= 1


def totals(table: pl.DataFrame) -> list[pl.Expr]:
    """Return how the measures in a joint table are put together over several of its rows."""
    names = [name for name in table.columns if not name.startswith("key")]
    how = {COUNT: pl.Expr.sum, "visible": pl.Expr.min, "least": pl.Expr.min}
    return [how.get(name.rstrip("0123456789"), pl.Expr.max)(pl.col(name)) for name in names]


@dataclass(frozen=True, slots=True)
class SplitQuestion:
    """The first measures again, for each part of a group split by *keys*; they arrive as groups of their own."""

    group: Group
    keys: tuple[Key, ...]


Question = FitQuestion | WideQuestion | JointQuestion | SplitQuestion
Answer = FitAnswer | WideAnswer | JointAnswer
