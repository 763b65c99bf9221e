"""CSV, read strictly: UTF-8, commas, RFC 4180 quotes, every record as wide as the header, a final line end.

Polars makes the columns, `runner.sources.records` counts records and bytes a second way, and both must agree: by
itself Polars takes a stray quote, a short row and a cut last line in silence (measured).
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from runner.audience.rows import RowList
from runner.errors import InvalidError, Problem, Where
from runner.frames import ROW
from runner.sources import magic
from runner.sources.audience import MOST_CHARACTERS, too_many_rows
from runner.sources.encoding import check_utf8
from runner.sources.faults import Fault, Faults
from runner.sources.header import missing_column, parse_header
from runner.sources.opened import Opened
from runner.sources.records import Positions, Shape, Structure, plain_shape

BLOCK_BYTES = 8 << 20
LONGEST_RECORD_BYTES = 64 << 20
"""More than 500 cells of 10,000 characters of ordinary text: a record beyond it means an open quote."""

LONGEST_HEADER_BYTES = 1 << 20

_PHONE_LIKE = r"^[^0-9]{0,3}(?:[0-9][^0-9A-Za-z]{0,3}){7,15}[^0-9A-Za-z]{0,2}$"


class CsvReader:
    """An open CSV file; see `runner.sources.audience.AudienceReader`."""

    def __init__(self, path: Path, *, display: str, limit_rows: int, limit_where: Where | None) -> None:
        self._opened = Opened.open(path, display=display)
        self._where = self._opened.where
        self._limit_rows = limit_rows
        self._limit_where = limit_where
        self._hash = hashlib.sha256()
        self._faults = Faults(self._where)
        self._row = 0
        self._line = 2
        self._offset = 0
        self._finished = False
        self._number: int | None = None
        try:
            self._carry = self._start()
        except BaseException:
            self.close()
            raise

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of the file."""
        return self._columns

    @property
    def estimated_rows(self) -> int:
        """Return about how many rows there are, by the length of the first ones."""
        sample = self._carry
        lines = sample.count(b"\n")
        return self._opened.size * lines // len(sample) if lines else self._opened.size // (len(sample) or 1)

    @property
    def total(self) -> int:
        """Return how many rows there were."""
        self._check_finished()
        return self._row

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes, hex, once all rows are read."""
        self._check_finished()
        return self._hash.hexdigest()

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
        for buffer, structure in self._blocks():
            frame = self._frame(buffer, structure)
            if frame is not None and not self._faults:
                yield frame.select(ROW, *wanted)
        self._faults.raise_if_any()
        self._opened.check_unchanged()
        self._finished = True
        self.close()

    def _start(self) -> bytes:
        """Read and check the header; return what was read beyond it."""
        head = self._read()
        magic.check_text(head[: magic.LONGEST], self._where)
        if not head:
            raise self._invalid("empty-file", "the file is empty")
        if head.startswith(magic.UTF8_BOM):
            self._offset = len(magic.UTF8_BOM)
            head = head[self._offset :]
        end = head.find(b"\n") + 1
        if end == 0 or end > LONGEST_HEADER_BYTES:
            if b"\r" in head[:LONGEST_HEADER_BYTES]:
                raise self._invalid(
                    "bare-cr", "lines end with a lone carriage return", "End lines with LF or CR LF."
                )
            if b"\0" in head[:LONGEST_HEADER_BYTES]:
                raise self._invalid("nul", "the header holds a NUL byte", "This is no text in UTF-8.")
            raise self._invalid("no-line-end", "the first line has no line end", "The file may be cut.")
        header = head[:end]
        check_utf8(header, self._where, offset=self._offset, row=0)
        if b"\0" in header:
            raise self._invalid(
                "nul", "the header holds a NUL byte", "Text in UTF-16 has them: save the file as UTF-8."
            )
        if b"\r" in header.removesuffix(b"\r\n"):
            raise self._invalid(
                "bare-cr", "the header holds a lone carriage return", "End lines with LF or CR LF."
            )
        self._columns = parse_header(header, self._where)
        self._offset += end
        return head[end:]

    def _read(self) -> bytes:
        data = self._opened.file.read(BLOCK_BYTES)
        self._hash.update(data)
        return data

    def _blocks(self) -> Iterator[tuple[bytes, Structure | None]]:
        """Yield buffers that begin with a record; a structure tells how much of it is whole records, None: all."""
        carry, self._carry = self._carry, b""
        data = carry
        while True:
            if b'"' in data:
                structure = Structure(data)
                length = structure.length
            else:
                structure, length = None, data.rfind(b"\n") + 1
            if length:
                yield (data if structure else data[:length]), structure
            elif len(data) > LONGEST_RECORD_BYTES:
                self._faults.add(
                    Fault.OPEN if structure else Fault.LONG_CELL, _one(self._row + 1), line=self._line
                )
                return
            rest = data[length:]
            more = self._read()
            if not more:
                self._end(rest)
                return
            data = rest + more

    def _end(self, rest: bytes) -> None:
        if rest:
            dangling = b'"' in rest and Structure(rest).dangling
            self._faults.add(Fault.OPEN if dangling else Fault.CUT, _one(self._row + 1), line=self._line)

    def _frame(self, buffer: bytes, structure: Structure | None) -> pl.DataFrame | None:
        """Check the whole records of *buffer* and return them as *rows*, or None where something is wrong in them."""
        block = buffer if structure is None else buffer[: structure.length]
        first = self._row + 1
        check_utf8(block, self._where, offset=self._offset, row=first)
        shape = self._shape(block, structure)
        frame = self._parse(block, shape, first) if shape else None
        if shape and shape.breaks and structure:
            self._check_swallowed(block, structure, first)
        self._offset += len(block)
        self._line += block.count(b"\n")
        self._row += shape.records if shape else (structure or Structure(block)).ends.size
        if self._row > self._limit_rows:
            raise too_many_rows(self._where, self._limit_rows, self._limit_where)
        return frame

    def _shape(self, block: bytes, structure: Structure | None) -> Shape | None:
        width = len(self._columns)
        if structure is None and b"\0" not in block:
            shape = plain_shape(block, width)
            if shape is not None and (b"\r" not in block or block.count(b"\r") == block.count(b"\r\n")):
                return shape
        structure = structure or Structure(block)
        wrong = {
            Fault.QUOTE: structure.stray_quotes(),
            Fault.NUL: np.flatnonzero(structure.bytes == 0)
            if b"\0" in block
            else np.empty(0, dtype=np.int64),
            Fault.BARE_CR: structure.bare_returns() if b"\r" in block else np.empty(0, dtype=np.int64),
            Fault.BLANK: structure.blank(),
        }
        cells = structure.cells()
        blank = np.isin(structure.ends, wrong[Fault.BLANK])
        wrong[Fault.SHORT] = structure.ends[(cells < width) & ~blank]
        wrong[Fault.LONG] = structure.ends[(cells > width) & ~blank]
        for fault, places in wrong.items():
            self._note(fault, places, block, structure)
        return None if any(places.size for places in wrong.values()) else structure.shape()

    def _note(self, fault: Fault, places: Positions, block: bytes, structure: Structure) -> None:
        if places.size == 0:
            return
        rows = np.unique(structure.record_of(places)) + self._row + 1
        self._faults.add(
            fault, RowList.of(pl.Series(rows)), line=self._line + block.count(b"\n", 0, int(places[0]))
        )

    def _parse(self, block: bytes, shape: Shape, first: int) -> pl.DataFrame:
        frame = _read_csv(block, len(self._columns)).rename(
            dict(zip(_numbered(len(self._columns)), self._columns, strict=True))
        )
        lengths = frame.select(
            total=pl.sum_horizontal(pl.all().str.len_bytes().cast(pl.UInt64).sum()),
            longest=pl.max_horizontal(pl.all().str.len_bytes().max()),
        ).row(0)
        if frame.height != shape.records or lengths[0] != shape.cell_bytes:
            raise self._invalid(
                "two-counts",
                f"rows {first:,} to {first + shape.records - 1:,} read differently when counted a second way",
                "Check the quotes in these rows.",
            )
        rows = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True).alias(ROW)
        frame = frame.insert_column(0, rows)
        if (lengths[1] or 0) > MOST_CHARACTERS:
            long = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.len_chars() > MOST_CHARACTERS))
            self._faults.add(Fault.LONG_CELL, RowList.of(long[ROW]))
        if shape.breaks and self._number is not None:
            broken = frame.filter(pl.col(self._columns[self._number]).str.contains("\n", literal=True))
            self._faults.add(Fault.BREAK, RowList.of(broken[ROW]))
        if shape.empty_quotes:
            text = pl.col(self._columns)
            frame = frame.with_columns(pl.when(text != "").then(text))
        return frame

    def _check_swallowed(self, block: bytes, structure: Structure, first: int) -> None:
        """Note records in which at least two lines look like records: the second person would be lost in a cell.

        `+1…,"a⏎+2…,b⏎+3…,c"` is one faultless record of two cells and, by the look of it, three people.
        """
        if self._number is None:
            return
        full, record = structure.full_lines(len(self._columns))
        lines = _read_csv(block, self._number + 1, quotes=False)
        like = lines.to_series(self._number).str.contains(_PHONE_LIKE).fill_null(value=False).to_numpy()
        counts = np.bincount(record[full & like], minlength=1)
        rows = np.flatnonzero(counts > 1) + first
        self._faults.add(Fault.SWALLOWED, RowList.of(pl.Series(rows)))

    def _check_finished(self) -> None:
        if not self._finished:
            msg = "known only when all rows have been read"
            raise RuntimeError(msg)

    def _invalid(self, code: str, message: str, hint: str | None = None) -> InvalidError:
        return InvalidError([Problem(code=code, message=message, where=self._where, hint=hint)])


def _numbered(width: int) -> list[str]:
    return [str(number) for number in range(width)]


def _read_csv(block: bytes, width: int, *, quotes: bool = True) -> pl.DataFrame:
    """Return the records of *block* as String columns ``0`` … ``width - 1``; further cells are dropped without quotes."""
    # A header of our own keeps Polars from taking the first bytes for a byte order mark or for compressed data.
    header = ",".join(_numbered(width)).encode() + b"\n"
    return pl.read_csv(
        header + block,
        infer_schema=False,
        quote_char='"' if quotes else None,
        truncate_ragged_lines=not quotes,
    )


def _one(row: int) -> RowList:
    return RowList(count=1, first=(row,))
