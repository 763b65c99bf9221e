"""What units printed, once per distinct combination of the columns that they read, for all ranges of an audience.

A city, a name or a date comes again in the next range, and rendering it again would cost more than all else together.
What is kept is bounded; where it is full it is begun anew, which costs time and changes nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.batches import Failure, schema_of
from runner.compile.program import Unit

Make = Callable[[pl.DataFrame], tuple[pl.DataFrame, list[Failure]]]

MOST_BYTES = 128 * 1024 * 1024
DISTINCT_SHARE = 0.95
"""Above it, rows are rendered as they come: looking each up among the distinct ones would cost more."""

_NUMBER = "@number_of"
_NOWHERE = -1


class Printed:
    """Notes by the columns that they are of. Threads may share it."""

    def __init__(self) -> None:
        self._notes: dict[tuple[str, ...], Notes] = {}
        self._lock = Lock()

    def of(self, columns: tuple[str, ...]) -> "Notes":
        """Return the notes on *columns*, at least one."""
        with self._lock:
            if sum(notes.size for notes in self._notes.values()) > MOST_BYTES:
                self._notes.clear()
            return self._notes.setdefault(columns, Notes(columns))


@dataclass(slots=True)
class _Page:
    """What one unit printed: *made*, and for each combination its row there, or `_NOWHERE`."""

    made: pl.DataFrame
    rows: npt.NDArray[np.int32]


class Notes:
    """Combinations of *columns* that occurred, numbered, and what units printed for them."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = list(columns)
        self._combinations = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        self._is_worthless: bool | None = None
        self._pages: dict[int, _Page] = {}
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Return about how many bytes are kept."""
        kept = (self._combinations, *(page.made for page in self._pages.values()))
        return sum(int(frame.estimated_size()) for frame in kept)

    def numbers(self, cells: pl.DataFrame) -> pl.Series | None:
        """Return the number (UInt32) of the combination on each row of *cells*; None where hardly any comes twice."""
        keys = cells.select(self._columns)
        with self._lock:
            if self._is_worthless is None:
                distinct = keys.unique()
                self._is_worthless = distinct.height > DISTINCT_SHARE * keys.height
                self._combinations = self._combinations if self._is_worthless else distinct
            if self._is_worthless:
                return None
            found = self._found(keys, self._combinations, first=0)
            unknown = found.is_null()
            if unknown.any():
                new = keys.filter(unknown)
                distinct, first = new.unique(), self._combinations.height
                self._combinations = pl.concat([self._combinations, distinct], rechunk=True)
                found = found.scatter(unknown.arg_true(), self._found(new, distinct, first=first))
            return found

    def _found(self, keys: pl.DataFrame, combinations: pl.DataFrame, *, first: int) -> pl.Series:
        """Return, per row of *keys*, its place in *combinations*, counted from *first*."""
        known = combinations.with_row_index(_NUMBER, offset=first)
        found = keys.join(known, on=self._columns, how="left", nulls_equal=True, maintain_order="left")
        return found[_NUMBER]

    def printed(self, unit: Unit, numbers: pl.Series, make: Make) -> tuple[pl.DataFrame, list[Failure]]:
        """Return what *unit* prints for each of *numbers*; *make* is asked for combinations for which that is not known.

        The numbers of failures are those of combinations. What failed is asked again when it comes again.
        """
        with self._lock:
            page = self._page(unit)
            is_wanted = np.zeros(page.rows.size, np.bool_)
            is_wanted[numbers.to_numpy()] = True
            missing = np.flatnonzero(is_wanted & (page.rows == _NOWHERE))
            made, failures = make(self._combinations[missing])
            first = page.made.height
            page.rows[missing] = np.arange(first, first + made.height, dtype=np.int32)
            page.made = pl.concat([page.made, made], rechunk=True)
            printed = page.made[pl.Series(page.rows[numbers.to_numpy()])]
            failed = [
                replace(failure, row=int(missing[failure.row])) if failure.row is not None else failure
                for failure in failures
            ]
            page.rows[[failure.row for failure in failed if failure.row is not None]] = _NOWHERE
        return printed, failed

    def _page(self, unit: Unit) -> _Page:
        empty = _Page(pl.DataFrame(schema=schema_of(unit)), np.empty(0, np.int32))
        page = self._pages.setdefault(unit.number, empty)
        new = self._combinations.height - page.rows.size
        page.rows = np.concatenate([page.rows, np.full(new, _NOWHERE, np.int32)])
        return page
