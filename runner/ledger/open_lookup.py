"""Opening a ledger to look people up in it: an embedded one by its driver alone, PostgreSQL through the library of databases."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from runner.errors import LedgerError
from runner.ledger.embedded import embedded_path
from runner.ledger.lookup import LedgerLookup
from runner.ledger.sqlite_file import cause_of, connected, reading_options

_SOMETHING_ELSE = sqlite3.SQLITE_ERROR
"""What a statement gets that names a table which is not there."""


@contextmanager
def open_lookup(url: str) -> Iterator[LedgerLookup | None]:
    """Yield the ledger at *url*, in one state of it; None where there is none yet. Needs read access only.

    Whose it is has to be asked of it: `runner.ledger.ownership.require_owner`.

    Raises:
        LedgerError: it is of another schema, no ledger, not what its hashes say, or cannot be read.
        InvalidError: *url* names no place for a ledger.
    """
    path = embedded_path(url)
    if path is None:
        yield from _by_library(url)
    elif not _exists(path):
        yield None
    else:
        yield from _by_driver(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise _unusable(path, f"cannot be used: {error.strerror}") from error


def _by_driver(path: Path) -> Iterator[LedgerLookup]:
    try:
        with closing(connected(path, reading_options(path))) as connection:
            connection.execute("BEGIN")

            def query(statement: str, **values: object) -> Iterable[Sequence[object]]:
                return connection.execute(statement, values)

            yield LedgerLookup(query, place=str(path))
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == _SOMETHING_ELSE:
            message = f"{path} is a database, but not a ledger"
            raise LedgerError(message, hint="Check RUNNER_LEDGER_URL.", code="ledger-foreign") from error
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise _unusable(path, cause_of(error) or f"could not be used ({name})") from error
    except OSError as error:
        raise _unusable(path, f"cannot be used: {error.strerror}") from error


def _by_library(url: str) -> Iterator[LedgerLookup | None]:
    from sqlalchemy import text  # noqa: PLC0415

    from runner.ledger.database import database_of, explained  # noqa: PLC0415
    from runner.ledger.reader import SqlReader  # noqa: PLC0415
    from runner.ledger.revision import require_revision  # noqa: PLC0415

    database = database_of(url)
    with explained(database):
        if not database.exists():
            yield None
            return
        with SqlReader(database, database.reader()) as reader, reader.reading() as connection:
            require_revision(connection, place=database.place)

            def query(statement: str, **values: object) -> Iterable[Sequence[object]]:
                options = {"ledger_blocks": True}
                return [
                    tuple(row)
                    for row in connection.execute(text(statement), values, execution_options=options)
                ]

            yield LedgerLookup(query, place=database.place)


def _unusable(path: Path, what: str) -> LedgerError:
    return LedgerError(f"the ledger {path} {what}", code="ledger-database")
