"""Parquet, read as text: the footer is checked before any data, every column must have one plain spelling as text."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from runner.audience.rows import RowList
from runner.errors import InvalidError, Problem, Where
from runner.frames import ROW
from runner.sources import magic
from runner.sources.faults import Fault, Faults
from runner.sources.header import check_columns, missing_column
from runner.sources.limits import MOST_CHARACTERS, too_many_rows
from runner.sources.opened import Opened

BATCH_ROWS = 100_000
_HASH_BLOCK = 1 << 20
_FOOTER_BYTES = 12


class ParquetReader:
    """An open Parquet file; see `runner.sources.audience.AudienceReader`."""

    def __init__(self, path: Path, *, display: str, limit_rows: int, limit_where: Where | None) -> None:
        self._opened = Opened.open(path, display=display)
        self._where = self._opened.where
        self._limit_rows = limit_rows
        self._limit_where = limit_where
        self._faults = Faults(self._where)
        self._number: str | None = None
        self._sha256: str | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of the file."""
        return tuple(self._schema)

    @property
    def estimated_rows(self) -> int:
        """Return about how many rows there are: exact, from the footer."""
        return self._rows

    @property
    def total(self) -> int:
        """Return how many rows there were."""
        return self._rows

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes, hex, once all rows are read."""
        if self._sha256 is None:
            msg = "known only when all rows have been read"
            raise RuntimeError(msg)
        return self._sha256

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        self._opened.file.close()

    def look_at(self, number: str) -> None:
        """Take the column *number* for the one with the number; raise `InvalidError` where there is none."""
        if number not in self._schema:
            raise missing_column(number, self.columns, Where(path=self._where.path))
        self._number = number

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Yield the frames *rows*, in file order; see the protocol for what is raised."""
        wanted = list(self._schema if columns is None else columns)
        first = 1
        try:
            for frame in self._batches(self._texts(wanted)):
                rows = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True).alias(ROW)
                frame.insert_column(0, rows)
                first += frame.height
                self._check_cells(frame)
                if not self._faults:
                    yield frame
            self._faults.raise_if_any()
            if first - 1 != self._rows:
                raise self._invalid("two-counts", "the footer tells of another number of rows than there are")
            self._sha256 = self._hash()
            self._opened.check_unchanged()
        finally:
            self.close()

    def _start(self) -> None:
        file = self._opened.file
        head = file.read(magic.LONGEST)
        if not head:
            raise self._invalid("empty-file", "the file is empty")
        file.seek(-min(self._opened.size, len(magic.PARQUET)), os.SEEK_END)
        magic.check_parquet(head, file.read(), self._where)
        if self._opened.size < _FOOTER_BYTES:
            raise self._unreadable()
        try:
            self._schema = dict(self._scan().collect_schema())
            self._rows = int(self._scan().select(pl.len()).collect().item())
        except pl.exceptions.PolarsError:
            raise self._unreadable() from None
        check_columns(self.columns, self._where)
        if self._rows > self._limit_rows:
            raise too_many_rows(self._where, self._limit_rows, self._limit_where, rows=self._rows)

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(
            self._opened.path, glob=False, hive_partitioning=False, missing_columns="raise"
        )

    def _texts(self, wanted: Sequence[str]) -> list[pl.Expr]:
        """Return the expressions that make text of the columns, or raise with all columns that have none."""
        problems: list[Problem] = []
        texts: list[pl.Expr] = []
        for name in wanted:
            text = _text(name, self._schema[name])
            if text is None:
                problems.append(self._no_text(name, self._schema[name]))
            else:
                texts.append(text)
        if self._number is not None and self._number in wanted:
            kind = self._schema[self._number]
            if not (
                kind.is_integer() or kind in (pl.String, pl.Categorical, pl.Enum, pl.Null) or kind.is_float()
            ):
                problems.append(self._no_text(self._number, kind))
        if problems:
            raise InvalidError(problems)
        return texts

    def _no_text(self, name: str, kind: pl.DataType) -> Problem:
        what = (
            "numbers as text"
            if name == self._number
            else "it as text, or as a decimal, integer, date or boolean"
        )
        return Problem(
            code="not-text",
            message=f"column {name!r} is stored as {kind.base_type()}, which has no one spelling",
            where=self._where,
            hint=f"Store {what}.",
        )

    def _batches(self, texts: Sequence[pl.Expr]) -> Iterator[pl.DataFrame]:
        try:
            batches = self._scan().select(texts).collect_batches(chunk_size=BATCH_ROWS, maintain_order=True)
            yield from batches
        except pl.exceptions.PolarsError:
            # Its text may hold a value.
            raise self._unreadable() from None

    def _check_cells(self, frame: pl.DataFrame) -> None:
        cells = pl.exclude(ROW)
        long = frame.filter(pl.any_horizontal(cells.str.len_bytes() > MOST_CHARACTERS))
        if long.height:
            long = long.filter(pl.any_horizontal(cells.str.len_chars() > MOST_CHARACTERS))
            self._faults.add(Fault.LONG_CELL, RowList.of(long[ROW]))
        nul = frame.filter(pl.any_horizontal(cells.str.contains("\0", literal=True)))
        self._faults.add(Fault.NUL, RowList.of(nul[ROW]))
        if self._number in frame.columns:
            broken = frame.filter(pl.col(self._number).str.contains(r"[\r\n]"))
            self._faults.add(Fault.BREAK, RowList.of(broken[ROW]))

    def _hash(self) -> str:
        digest = hashlib.sha256()
        self._opened.file.seek(0)
        while data := self._opened.file.read(_HASH_BLOCK):
            digest.update(data)
        return digest.hexdigest()

    def _unreadable(self) -> InvalidError:
        return self._invalid("unreadable-parquet", "the Parquet file is damaged", "Write it again.")

    def _invalid(self, code: str, message: str, hint: str | None = None) -> InvalidError:
        return InvalidError([Problem(code=code, message=message, where=self._where, hint=hint)])


def _text(name: str, kind: pl.DataType) -> pl.Expr | None:
    """Return the expression that spells a column of type *kind*, or None where there is more than one way to spell it."""
    column = pl.col(name)
    if kind in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        text = column.cast(pl.String)
        return pl.when(text != "").then(text).alias(name)
    if kind.is_integer() or kind.is_decimal() or kind == pl.Boolean:
        return column.cast(pl.String)
    if kind == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if kind == pl.Time:
        return column.dt.strftime("%H:%M:%S%.f")
    if isinstance(kind, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if kind.time_zone else ""))
    return None
