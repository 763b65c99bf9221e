"""CSV, read strictly: UTF-8, commas, RFC 4180 quotes, every record as wide as the header, a final line end.

Polars makes the columns, `runner.sources.records` counts records and bytes a second way, and both must agree: by
itself Polars takes a stray quote, a short row and a cut last line in silence (measured).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from runner.audience.rows import RowList
from runner.errors import InvalidError, Problem, Where
from runner.frames import ROW
from runner.sources.blocks import BLOCK_BYTES, Block
from runner.sources.csv_head import open_head
from runner.sources.encoding import check_utf8
from runner.sources.faults import Fault, Faults
from runner.sources.header import missing_column
from runner.sources.limits import MOST_CHARACTERS, too_many_rows
from runner.sources.opened import Opened
from runner.sources.records import NOWHERE, Positions, Shape, Structure, plain_shape

_PHONE_LIKE = r"^[^0-9]{0,3}(?:[0-9][^0-9A-Za-z]{0,3}){7,15}[^0-9A-Za-z]{0,2}$"


class CsvReader:
    """An open CSV file; see `runner.sources.audience.AudienceReader`."""

    def __init__(
        self,
        path: Path,
        *,
        display: str,
        limit_rows: int,
        limit_where: Where | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self._opened = Opened.open(path, display=display)
        self._where = self._opened.where
        self._limit_rows = limit_rows
        self._limit_where = limit_where
        self._faults = Faults(self._where)
        self._number: int | None = None
        self._row = 1
        self._line = 2
        self._finished = False
        try:
            self._blocks, self._columns = open_head(self._opened, block_bytes=block_bytes)
        except BaseException:
            self.close()
            raise
        self._offset = self._blocks.offset
        self._estimated_rows = self._blocks.estimated_lines()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of the file."""
        return self._columns

    @property
    def estimated_rows(self) -> int:
        """Return about how many rows there are, by the length of the first ones."""
        return self._estimated_rows

    @property
    def total(self) -> int:
        """Return how many rows there were, once all are read."""
        self._check_finished()
        return self._row - 1

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes, hex, once all rows are read."""
        self._check_finished()
        return self._blocks.sha256

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        self._opened.file.close()

    def look_at(self, number: str) -> None:
        """Take the column *number* for the one with the number; raise `InvalidError` where there is none."""
        if number not in self._columns:
            raise missing_column(number, self._columns, self._where)
        self._number = self._columns.index(number)

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the frames *rows*, in file order; see the protocol for what is raised."""
        wanted = list(self._columns if columns is None else columns)
        try:
            for block in self._blocks.whole():
                frame = self._frame(block)
                if frame is not None and not self._faults:
                    yield frame.select(ROW, *wanted)
            if self._blocks.ending is not None:
                self._faults.add(self._blocks.ending, RowList(count=1, first=(self._row,)), line=self._line)
            self._faults.raise_if_any()
            self._opened.check_unchanged()
            self._finished = True
        finally:
            self.close()

    def _frame(self, block: Block) -> pl.DataFrame | None:
        """Check *block* and return its records as *rows*, or None where something is wrong with their borders."""
        content = block.content
        check_utf8(content, self._where, offset=self._offset, row=self._row)
        shape = self._shape(block)
        records = shape.records if shape else (block.structure or Structure(content)).ends.size
        if self._row - 1 + records > self._limit_rows:
            raise too_many_rows(self._where, self._limit_rows, self._limit_where)
        frame = self._parse(content, shape) if shape else None
        if shape and shape.has_breaks and block.structure:
            self._check_swallowed(content, block.structure)
        self._offset += len(content)
        self._line += content.count(b"\n")
        self._row += records
        return frame

    def _shape(self, block: Block) -> Shape | None:
        """Return the counts of *block*, or note what is wrong with its records and return None."""
        width, content = len(self._columns), block.content
        if block.structure is None:
            shape = plain_shape(content, width)
            if shape is not None:
                return shape
        structure = block.structure or Structure(content)
        stray = structure.stray_quotes()
        if stray.size:
            # From here on inside and outside are exchanged, so nothing that follows could be told truly.
            self._note(Fault.QUOTE, stray[:1], content, structure)
            self._faults.raise_if_any()
        blank, cells = structure.blank(), structure.cells()
        is_blank = np.isin(structure.ends, blank)
        wrong = {
            Fault.NUL: np.flatnonzero(structure.bytes == 0) if b"\0" in content else NOWHERE,
            Fault.BARE_CR: structure.bare_returns() if b"\r" in content else NOWHERE,
            Fault.BLANK: blank,
            Fault.SHORT: structure.ends[(cells < width) & ~is_blank],
            Fault.LONG: structure.ends[(cells > width) & ~is_blank],
        }
        for fault, places in wrong.items():
            self._note(fault, places, content, structure)
        return None if any(places.size for places in wrong.values()) else structure.shape()

    def _note(self, fault: Fault, places: Positions, content: bytes, structure: Structure) -> None:
        if places.size:
            rows = np.unique(structure.record_of(places)) + self._row
            line = self._line + content.count(b"\n", 0, int(places[0]))
            self._faults.add(fault, RowList.of(pl.Series(rows)), line=line)

    def _parse(self, content: bytes, shape: Shape) -> pl.DataFrame:
        """Return the records as *rows*; note cells that are wrong in themselves."""
        try:
            frame = _read_csv(content, len(self._columns))
        except pl.exceptions.PolarsError:
            # Its text may hold a cell. What the parser refuses was refused before, so this is a disagreement too.
            raise self._disagreement(shape) from None
        frame.columns = list(self._columns)
        counted, longest = frame.select(
            counted=pl.sum_horizontal(pl.all().str.len_bytes().cast(pl.UInt64).sum()),
            longest=pl.max_horizontal(pl.all().str.len_bytes().max()),
        ).row(0)
        if frame.height != shape.records or counted != shape.cell_bytes:
            raise self._disagreement(shape)
        frame.insert_column(
            0, pl.int_range(self._row, self._row + frame.height, dtype=pl.UInt32, eager=True).alias(ROW)
        )
        if (longest or 0) > MOST_CHARACTERS:
            long = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.len_chars() > MOST_CHARACTERS))
            self._faults.add(Fault.LONG_CELL, RowList.of(long[ROW]))
        if shape.has_breaks and self._number is not None:
            broken = frame.filter(pl.col(self._columns[self._number]).str.contains("\n", literal=True))
            self._faults.add(Fault.BREAK, RowList.of(broken[ROW]))
        if shape.has_empty_quotes:
            cells = pl.exclude(ROW)
            frame = frame.with_columns(pl.when(cells != "").then(cells))
        return frame

    def _disagreement(self, shape: Shape) -> InvalidError:
        return InvalidError(
            [
                Problem(
                    code="two-counts",
                    message=f"rows {self._row:,} to {self._row + shape.records - 1:,} differ when counted another way",
                    where=self._where,
                    hint="Look at the quotes in these rows.",
                )
            ]
        )

    def _check_swallowed(self, content: bytes, structure: Structure) -> None:
        """Note records in which two lines or more look like records themselves: people would be lost in a cell.

        `+1…,"a⏎+2…,b⏎+3…,c"` is one faultless record of two cells and, by the look of it, three people.
        """
        if self._number is None:
            return
        is_full, record = structure.full_lines(len(self._columns))
        lines = _read_csv(content, self._number + 1, quotes=False)
        is_like = lines.to_series(self._number).str.contains(_PHONE_LIKE).fill_null(value=False).to_numpy()
        counts = np.bincount(record[is_full & is_like], minlength=1)
        self._faults.add(Fault.SWALLOWED, RowList.of(pl.Series(np.flatnonzero(counts > 1) + self._row)))

    def _check_finished(self) -> None:
        if not self._finished:
            msg = "known only when all rows have been read"
            raise RuntimeError(msg)


def _read_csv(content: bytes, width: int, *, quotes: bool = True) -> pl.DataFrame:
    """Return the records as String columns; without *quotes*, every line as one, its further cells dropped."""
    # A header of our own keeps Polars from taking the first bytes for a byte order mark or for compressed data.
    header = ",".join(map(str, range(width))).encode() + b"\n"
    return pl.read_csv(
        header + content,
        infer_schema=False,
        quote_char='"' if quotes else None,
        truncate_ragged_lines=not quotes,
    )
