"""The one door to an audience file, whatever its format."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runner.errors import InvalidError, Problem, Where
from runner.sources.csv_head import csv_columns

if TYPE_CHECKING:
    import polars as pl


class AudienceReader(Protocol):
    """An open audience, to be closed. `rows` is called once and closes it; then `sha256` and `total` are known."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of the file."""
        ...

    @property
    def estimated_rows(self) -> int:
        """Return about how many rows there are, before any is read: exact for Parquet."""
        ...

    def look_at(self, number: str) -> None:
        """Take the column *number* for the one with the number: its cells are on one line.

        Raises:
            InvalidError: there is no such column.
        """
        ...

    def rows(self, columns: Sequence[str] | None = None) -> Iterator["pl.DataFrame"]:
        """Yield the frames *rows* of `runner.frames`, in file order, bounded in size, with *columns* only if given.

        Raises:
            InvalidError: after the last good frame, with everything that is wrong in the file.
            RefusedError: there are more rows than the limit.
        """
        ...

    @property
    def total(self) -> int:
        """Return how many rows there were."""
        ...

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the file's bytes, hex."""
        ...

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        ...


def columns_of(path: Path, *, display: str, limit_rows: int) -> tuple[str, ...]:
    """Return the names of the columns of the audience at *path*; of a CSV file nothing but its first line is looked at.

    Raises:
        InvalidError, RefusedError: see `open_audience`.
    """
    if path.suffix.lower() == ".csv":
        return csv_columns(path, display=display)
    reader = open_audience(path, display=display, limit_rows=limit_rows)
    reader.close()
    return reader.columns


def open_audience(
    path: Path,
    *,
    display: str,
    limit_rows: int,
    number: str | None = None,
    limit_where: Where | None = None,
) -> AudienceReader:
    """Return a reader of the CSV or Parquet file at *path*; header or footer have been read and checked.

    Args:
        path: absolute, resolved through links.
        display: how messages call the file, relative to the root.
        limit_rows: most rows, `[limits] rows`.
        number: the column with the number: it must exist, and its cells are on one line.
        limit_where: where the limit is set.

    Raises:
        InvalidError: no such file, neither format, in disguise, header or footer wrong.
        RefusedError: a Parquet footer tells of more rows than the limit.
    """
    reader: AudienceReader
    match path.suffix.lower():
        case ".csv":
            from runner.sources.csv_file import CsvReader  # noqa: PLC0415  both load Polars, but not for `--help`

            reader = CsvReader(path, display=display, limit_rows=limit_rows, limit_where=limit_where)
        case ".parquet":
            from runner.sources.parquet_file import ParquetReader  # noqa: PLC0415

            reader = ParquetReader(path, display=display, limit_rows=limit_rows, limit_where=limit_where)
        case _:
            raise InvalidError(
                [
                    Problem(
                        code="unknown-format",
                        message="an audience is a .csv or a .parquet file",
                        where=Where(path=display),
                    )
                ]
            )
    if number is not None:
        try:
            reader.look_at(number)
        except InvalidError:
            reader.close()
            raise
    return reader
