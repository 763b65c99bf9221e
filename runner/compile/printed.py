"""What units printed, once per distinct combination of the columns that they read, for all ranges of an audience.

A city, a name or a date comes again in the next range, and rendering it again would cost more than all else together.
What is kept is bounded; where it is full it is begun anew, which costs time and changes nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.batches import Failure, schema_of
from runner.compile.program import Unit
from runner.digest.keyed import framed_column

Make = Callable[[pl.DataFrame], list[tuple[pl.DataFrame, list[Failure]]]]

MOST_BYTES = 128 * 1024 * 1024
DISTINCT_SHARE = 0.98
"""Above it, rows are rendered as they come: looking each up among the distinct ones would cost more."""

_NOWHERE = -1
_NUMBER_BYTES = 64
"""About what Polars keeps for each text that it has numbered."""


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

    def keep(self, numbers: npt.NDArray[np.int64], made: pl.DataFrame) -> None:
        """Keep *made*, what was printed for the combinations *numbers*."""
        first = self.made.height
        self.rows[numbers] = np.arange(first, first + made.height, dtype=np.int32)
        self.made = pl.concat([self.made, made], rechunk=True)


def _numbered(failures: Sequence[Failure], numbers: npt.NDArray[np.int64]) -> list[Failure]:
    """Return *failures*, by index, by those *numbers* that have these indices."""
    return [
        failure if failure.row is None else replace(failure, row=int(numbers[failure.row]))
        for failure in failures
    ]


class Notes:
    """Combinations of *columns* that occurred, numbered, and what units printed for them."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = list(columns)
        # Polars numbers texts of its categorical types once for all columns that are of one, as long as there is one.
        self._kind = pl.Categorical(pl.Categories.random())
        self._anchor: pl.Series | None = pl.Series(dtype=self._kind)
        self._is_new = True
        self._known = 0
        self._pages: dict[int, _Page] = {}
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Return about how many bytes are kept."""
        return self._known * _NUMBER_BYTES + sum(
            int(page.made.estimated_size()) + page.rows.nbytes for page in self._pages.values()
        )

    def numbers(self, cells: pl.DataFrame) -> pl.Series | None:
        """Return the number (UInt32) of the combination on each row of *cells*; None where hardly any comes twice."""
        with self._lock:
            if self._anchor is None:
                return None
            column = (
                pl.col(self._columns[0])
                if len(self._columns) == 1
                else framed_column(*map(pl.col, self._columns))
            )
            numbers = cells.select((column.cast(self._kind).to_physical() + 1).fill_null(0)).to_series()
            if self._is_new and numbers.n_unique() > DISTINCT_SHARE * cells.height:
                self._anchor = None
                return None
            self._is_new = False
            self._known = max(self._known, int(numbers.max() or 0) + 1)  # type: ignore[arg-type]
            return numbers

    def printed(
        self, units: Sequence[Unit], cells: pl.DataFrame, numbers: pl.Series, make: Make
    ) -> tuple[pl.DataFrame, list[Failure]]:
        """Return what the first of *units* prints for each row of *cells*, whose combinations have *numbers*.

        *make* is asked for rows of combinations for which that is not known, and for the other units too, which are going
        to be asked for. Failures are by number of the combination; what failed is asked again when it comes again.
        """
        with self._lock:
            pages = [self._page(unit) for unit in units]
            number_of = numbers.to_numpy()
            unknown = np.flatnonzero(pages[0].rows[number_of] == _NOWHERE)
            example = np.full(self._known, _NOWHERE, np.int32)
            example[number_of[unknown]] = unknown
            missing = np.flatnonzero(example != _NOWHERE)
            made = make(cells.select(self._columns)[example[missing]])
            failures = [_numbered(failed, missing) for _, failed in made]
            for page, (texts, _) in zip(pages, made, strict=True):
                page.keep(missing, texts)
            printed = pages[0].made[pages[0].rows[number_of]]
            for page, failed in zip(pages, failures, strict=True):
                page.rows[[failure.row for failure in failed if failure.row is not None]] = _NOWHERE
        return printed, failures[0]

    def _page(self, unit: Unit) -> _Page:
        empty = _Page(pl.DataFrame(schema=schema_of(unit)), np.empty(0, np.int32))
        page = self._pages.setdefault(unit.number, empty)
        new = self._known - page.rows.size
        page.rows = np.concatenate([page.rows, np.full(new, _NOWHERE, np.int32)])
        return page
