"""Writing a table of calls to a file that only its owner may read, outside of what git would commit."""

from pathlib import Path
from typing import TYPE_CHECKING

from runner.engines import git
from runner.errors import InvalidError, Problem

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".parquet")


def check_place(path: Path) -> None:
    """Return if a table can be written to *path*: asked before anything is read.

    Raises:
        InvalidError: it ends otherwise, something is there, or git would commit it.
    """
    place = path.parent.resolve() / path.name
    if path.suffix not in ENDINGS:
        _refuse(f"{path} must end in .csv or .parquet", "export-format")
    if place.exists() or place.is_symlink():
        _refuse(f"there is something at {path} already", "export-taken")
    if not place.parent.is_dir():
        _refuse(f"the folder of {path} does not exist", "export-unwritable")
    if git.is_repository(place.parent) and not git.is_ignored(place):
        message = f"{path} lies in a git work tree and is not ignored there: who was called is not committed"
        _refuse(message, "export-in-git")


def write_table(path: Path, table: "pl.DataFrame") -> None:
    """Write *table* to *path*, mode 0600, where nothing is.

    Raises:
        InvalidError: it cannot be written.
    """
    import os  # noqa: PLC0415

    from runner.report.export import harmless  # noqa: PLC0415

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            if path.suffix == ".csv":
                harmless(table).write_csv(file)
            else:
                table.write_parquet(file)
    except OSError as error:
        _refuse(f"{path} cannot be written: {error.strerror or 'unknown'}", "export-unwritable")


def _refuse(message: str, code: str) -> None:
    raise InvalidError([Problem(code=code, message=message)])
