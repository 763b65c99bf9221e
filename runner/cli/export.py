"""Writing a table of calls to a file that only its owner may read, outside of what git would commit."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from runner.engines import git
from runner.errors import InvalidError, Problem

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".parquet")


def check_place(path: Path, *, with_numbers: bool = False) -> None:
    """Return if a table can be written to *path*: asked before anything is read.

    Args:
        path: of the file that will be made.
        with_numbers: it will hold numbers of people: it may lie in no work tree of git at all, ignored or not.

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
    if with_numbers and (_has_git_above(place.parent) or git.is_repository(place.parent)):
        message = f"{path} lies in a git work tree: numbers of people are written outside of one only, ignored or not"
        _refuse(message, "export-in-git")
    if git.is_repository(place.parent) and not git.is_ignored(place):
        message = f"{path} lies in a git work tree and is not ignored there: who was called is not committed"
        _refuse(message, "export-in-git")


def write_table(path: Path, table: "pl.DataFrame") -> None:
    """Write *table* to *path*, mode 0600, where nothing is.

    Raises:
        InvalidError: it cannot be written.
    """
    import polars as pl  # noqa: PLC0415

    from runner.report.export import harmless  # noqa: PLC0415

    try:
        # Nobody else's from its first moment on: a mode that is set afterwards leaves one in which others can open it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _refuse(f"{path} cannot be written: {error.strerror or 'unknown'}", "export-unwritable")
    try:
        with os.fdopen(handle, "wb") as file:
            if path.suffix == ".csv":
                harmless(table).write_csv(file)
            else:
                table.write_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        path.unlink(missing_ok=True)  # half a table is no table
        cause = error.strerror if isinstance(error, OSError) else None
        _refuse(f"{path} cannot be written: {cause or 'unknown'}", "export-unwritable")


def _has_git_above(folder: Path) -> bool:
    """Tell whether *folder* or one above it has something called ``.git``, whatever git itself says of it, or cannot."""
    return any(os.path.lexists(at / ".git") for at in (folder, *folder.parents))


def _refuse(message: str, code: str) -> NoReturn:
    raise InvalidError([Problem(code=code, message=message)])
