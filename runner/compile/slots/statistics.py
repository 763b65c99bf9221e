"""What was measured, in values that merge: associative, commutative, independent of the order and the cutting of rows.

Prefixes, suffixes and distinct values are personal data: they are kept out of every `repr`.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SHOWN_ROWS = 20
"""How many row numbers a message shows at most."""


def merged(left: Mapping[K, V], right: Mapping[K, V], add: Callable[[V, V], V]) -> dict[K, V]:
    """Return the entries of both; where both have one, what *add* makes of them."""
    both = {key: add(value, right[key]) if key in right else value for key, value in left.items()}
    return both | {key: value for key, value in right.items() if key not in left}


def common_prefix(one: str, other: str) -> str:
    """Return the longest common beginning."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:index]
    return min(one, other, key=len)


def common_suffix(one: str, other: str) -> str:
    """Return the longest common end."""
    return common_prefix(one[::-1], other[::-1])[::-1]


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows, and the smallest `SHOWN_ROWS` of their numbers."""

    count: int
    first: tuple[int, ...]

    def __add__(self, other: "Rows") -> "Rows":
        """Return both together; they have no row in common."""
        return Rows(self.count + other.count, tuple(sorted(self.first + other.first)[:SHOWN_ROWS]))

    def __str__(self) -> str:
        """Return ``row 7`` or ``rows 1, 2, 3 and 14 more``."""
        named = ", ".join(map(str, self.first))
        more = self.count - len(self.first)
        return f"row{'s' if self.count > 1 else ''} {named}{f' and {more:,} more' if more else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleMeasure:
    """A column of values over the rows of a group.

    Attributes:
        shortest: code points of the shortest value.
        longest: UTF-16 units of the longest value.
        prefix: with what all values begin; the whole value where it is constant. Likewise `suffix`.
        blank: some value shows nothing.
        astral: some value has a character of two units.
        attached: some value has a character that is drawn onto the one before it.
        spaced: some value has a character that shows nothing; None where that was not looked for.
    """

    shortest: int
    longest: int
    prefix: str = field(repr=False)
    suffix: str = field(repr=False)
    constant: bool
    blank: bool
    astral: bool
    attached: bool
    spaced: bool | None

    def __add__(self, other: "HoleMeasure") -> "HoleMeasure":
        """Return the measure of both sets of rows together."""
        spaced = bool(self.spaced or other.spaced)
        return HoleMeasure(
            shortest=min(self.shortest, other.shortest),
            longest=max(self.longest, other.longest),
            prefix=common_prefix(self.prefix, other.prefix),
            suffix=common_suffix(self.suffix, other.suffix),
            constant=self.constant and other.constant and self.prefix == other.prefix,
            blank=self.blank or other.blank,
            astral=self.astral or other.astral,
            attached=self.attached or other.attached,
            spaced=None if not spaced and None in (self.spaced, other.spaced) else spaced,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMeasure:
    """The rows of a group.

    Attributes:
        holes: by column, in order of their first place in the form.
        equal: column → the first column that has the same values on every row.
    """

    rows: int
    holes: Mapping[str, HoleMeasure]
    equal: Mapping[str, str]

    def __add__(self, other: "GroupMeasure") -> "GroupMeasure":
        """Return the measure of both sets of rows together."""
        first: dict[tuple[str, str], str] = {}
        equal = {c: first.setdefault((self.equal[c], other.equal[c]), c) for c in self.holes}
        holes = {column: hole + other.holes[column] for column, hole in self.holes.items()}
        return GroupMeasure(rows=self.rows + other.rows, holes=holes, equal=equal)
