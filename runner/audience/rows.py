"""Row numbers of an audience, counted in full and listed in part."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import polars as pl

LISTED = 20
"""How many row numbers are kept, and a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowList:
    """Some rows of an audience; adding two is associative and commutative as long as no row is in both.

    Attributes:
        count: how many rows.
        first: the smallest row numbers, ascending, at most `LISTED`; 1 is the first record after the header.
    """

    count: int = 0
    first: tuple[int, ...] = ()

    @classmethod
    def of(cls, rows: "pl.Series") -> Self:
        """Return the list of the row numbers in *rows*, which may come in any order."""
        return cls(count=rows.len(), first=tuple(rows.bottom_k(LISTED).sort().to_list()))

    @classmethod
    def total(cls, lists: Iterable["RowList"]) -> Self:
        """Return the sum of *lists*."""
        kept = list(lists)
        first = sorted(row for one in kept for row in one.first)[:LISTED]
        return cls(count=sum(one.count for one in kept), first=tuple(first))

    def __add__(self, other: "RowList") -> "RowList":
        return RowList.total((self, other))

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        """Return ``row 3``, ``3 rows (3, 7, 9)`` or ``2,000 rows (3, 7, …)``."""
        if self.count == 1:
            return f"row {self.first[0]:,}"
        shown = [f"{row:,}" for row in self.first]
        return f"{self.count:,} rows ({', '.join([*shown, '…'] if self.count > len(shown) else shown)})"
