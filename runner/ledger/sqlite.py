"""SQLite, where it differs: opening to read or to write, durable commits, one writer at a time, and a file of one's own.

Facts about SQLite are from its documentation (sqlite.org: wal.html, pragma.html, uri.html, rescode.html), read 2026-11,
and were tried.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from runner.errors import LedgerError
from runner.ledger.filesystem import Kind, kind_of
from runner.ledger.frequent import execute
from runner.ledger.private_files import FILE_MODE, draft_of, make_private_folder, put_in_place, sync_folder
from runner.ledger.sqlite_file import (
    beside,
    cause_of,
    connected,
    reading_options,
    refuse_network,
    refuse_unsafe,
)

# FULL: a commit is on the disk when it returns, in WAL mode too, where NORMAL may lose the last ones.
# fullfsync: the same on macOS, where fsync alone leaves them in the disk's own memory.
# secure_delete: outcomes that are erased are overwritten, and not only let go.
_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "secure_delete = ON",
)

_SYNCHRONOUS = "ledger_synchronous"
"""Under which a connection remembers to which level it was set since it was made."""

_WAL = "journal_mode = WAL"
"""Kept in the file, but a restored backup may come without it."""


class SqliteDatabase:
    """A ledger in a file."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    @property
    def path(self) -> Path:
        """Return the file."""
        return self._path

    @property
    def place(self) -> str:
        """Return the path."""
        return str(self._path)

    @property
    def on_one_machine(self) -> bool:
        """Return whether the file is on a disk that only one kernel can have mounted."""
        return kind_of(self._path) is Kind.LOCAL

    @property
    def has_clock(self) -> bool:
        """Return False: it would be that of whoever asks."""
        return False

    def exists(self) -> bool:
        """Return whether there is a file."""
        return self._path.exists()

    def reader(self) -> Engine:
        """Return an engine that reads, also where nothing can be written; see `reading_options`.

        Raises:
            LedgerError: the last writer left entries in a side file that cannot be read without write access.
        """
        return self._engine(reading_options(self._path), NullPool)

    def writer(self) -> Engine:
        """Return an engine that writes; see `Database.writer`."""
        refuse_unsafe(self._path)
        return self._engine("mode=rw", QueuePool, _WAL)

    def build(self, fill: Callable[[Connection], None]) -> None:
        """Make the file under another name and give it its own when it is complete."""
        refuse_network(self._path)
        make_private_folder(self._path.parent)
        self._refuse_remains()
        draft = SqliteDatabase(str(draft_of(self._path)))
        draft._remove()
        try:
            os.close(os.open(draft.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
            draft._fill(fill)
            made = put_in_place(draft.path, self._path)
        finally:
            draft._remove()
        if not made:
            raise LedgerError(f"there is a ledger at {self.place} already", code="ledger-exists")

    def build_instead(self, fill: Callable[[Connection], None], *, aside: str) -> Path:
        """Make the file as `build` does, while another, or what is left of one, is in its place.

        What is there gets a name that ends with *aside*. Between two renames nothing is in the place: a crash there leaves
        both files, and no command takes one for a ledger.

        Returns:
            The new name of what was there.

        Raises:
            LedgerError: a file of that name is there, or nothing can be made here.
        """
        refuse_network(self._path)
        make_private_folder(self._path.parent)
        draft = SqliteDatabase(str(draft_of(self._path)))
        kept = self._path.with_name(f"{self._path.name}.{aside}")
        draft._remove()
        try:
            os.close(os.open(draft.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
            draft._fill(fill)
            if kept.exists():
                raise LedgerError(f"there is a file {kept} already", code="ledger-exists")
            # The file before its log: without the file the log is nothing, without its log the file is an older ledger.
            for file in (self._path, *self._side_files()):
                if file.exists():
                    file.rename(kept.with_name(kept.name + file.name.removeprefix(self._path.name)))
            sync_folder(self._path.parent)
            made = put_in_place(draft.path, self._path)
        finally:
            draft._remove()
        if not made:
            raise LedgerError(f"there is a ledger at {self.place} already", code="ledger-exists")
        return kept

    def now(self, connection: Connection) -> datetime | None:  # noqa: ARG002
        """Return None: a file has no clock."""
        return None

    def explain(self, error: SQLAlchemyError) -> str:
        """Return what *error* means, by SQLite's own code."""
        cause = error.orig if isinstance(error, DBAPIError) else None
        known = cause_of(cause)
        name = getattr(cause, "sqlite_errorname", type(error).__name__)
        return known or f"could not be used ({name})"

    def has_remains(self) -> bool:
        """Return whether there is anything of a ledger, be it no more than the log of one that is gone."""
        return any(file.exists() for file in (self._path, *self._side_files()))

    def _side_files(self) -> tuple[Path, ...]:
        return tuple(beside(self._path, suffix) for suffix in ("-wal", "-shm", "-journal"))

    def _remove(self) -> None:
        for file in (self._path, *self._side_files()):
            file.unlink(missing_ok=True)

    def scrub(self) -> None:
        """Have what was erased overwritten in the file now, as far as nobody reads an older state of it just then."""
        try:
            with closing(connected(self._path, "mode=rw", pragmas=_PRAGMAS)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            what = cause_of(error) or "could not be overwritten where something was erased"
            raise LedgerError(f"the ledger {self.place} {what}", code="ledger-database") from error

    def checkpoint(self) -> None:
        """Copy the log into the file as far as nobody reads an older state of it; nobody waits for it."""
        with (
            suppress(sqlite3.Error),
            closing(connected(self._path, "mode=rw", pragmas=_PRAGMAS)) as connection,
        ):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _fill(self, fill: Callable[[Connection], None]) -> None:
        """Write what *fill* writes into the empty file; all of it is in the file itself when this returns."""
        engine = self._engine("mode=rw", NullPool, _WAL)
        with engine.begin() as connection:
            fill(connection)
        engine.dispose()
        if any(file.exists() for file in self._side_files()):
            raise LedgerError(f"no ledger can be made at {self.place}: something else has it open")

    def _refuse_remains(self) -> None:
        """Return if nothing of an earlier ledger is left here: SQLite would play its last entries into the new one."""
        remains = [file.name for file in self._side_files() if file.exists()]
        if remains and not self._path.exists():
            raise LedgerError(
                f"{self.place} is gone, but {' and '.join(remains)} beside it is not",
                hint="Restore the ledger. Only if it is lost for good, move these files away.",
                code="ledger-remains",
            )

    def _engine(self, options: str, pool: type[Pool], *pragmas: str) -> Engine:
        def connect() -> sqlite3.Connection:
            return connected(self._path, options, pragmas=(*_PRAGMAS, *pragmas))

        engine = create_engine("sqlite://", creator=connect, poolclass=pool, hide_parameters=True)
        event.listen(engine, "begin", _begin)
        return engine


def _begin(connection: Connection) -> None:
    """Begin as SQLAlchemy is told to, not when the driver guesses: a writer takes the lock before it reads."""
    options = connection.get_execution_options()
    writes = options.get("ledger_writes", False)
    driver: object = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    if writes:
        # A renewal that a power failure takes away was that of a process which ended with it; whatever is committed
        # after it takes it along to the disk.
        level = "NORMAL" if options.get("ledger_renews") else "FULL"
        if connection.info.get(_SYNCHRONOUS, "FULL") != level:
            execute(driver, f"PRAGMA synchronous = {level}")
            connection.info[_SYNCHRONOUS] = level
    execute(driver, "BEGIN IMMEDIATE" if writes else "BEGIN")
