"""Exclusion lists, read as strictly as audiences: one that cannot be read to its last row stops everything."""

from pathlib import Path

from runner.errors import InvalidError, Problem, Where
from runner.sources.audience import AudienceReader, open_audience


def open_exclusions(
    path: Path, *, display: str, number: str, limit_rows: int, limit_where: Where | None = None
) -> tuple[AudienceReader, str]:
    """Return a reader of an exclusion list and the column with its numbers.

    That is the column *number* of the campaign where the list has it, else the only column.

    Raises:
        InvalidError: as `open_audience`, or there are several columns and none is *number*.
    """
    reader = open_audience(path, display=display, limit_rows=limit_rows, limit_where=limit_where)
    if number in reader.columns:
        reader.look_at(number)
        return reader, number
    if len(reader.columns) == 1:
        reader.look_at(reader.columns[0])
        return reader, reader.columns[0]
    reader.close()
    raise InvalidError(
        [
            Problem(
                code="missing-column",
                message=f"an exclusion list has one column, or one that is called {number!r} as in the audience",
                where=Where(path=display, line=1),
            )
        ]
    )
