"""The inbox in a file of its own, so that pushes never wait for whoever writes the ledger."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from runner.errors import LedgerError
from runner.ledger.facts import instant_of, instant_text
from runner.ledger.filesystem import Kind, kind_of
from runner.ledger.private_files import FILE_MODE, make_private_folder, refuse_public, sync_folder
from runner.model.inbox import Pushed

BUSY_S = 10.0

MOST_BYTES = 64 * 1024 * 1024
"""Of the bodies that are taken at once."""

_VERSION = 1
# synchronous: as for the ledger, a commit is on the disk when it returns. secure_delete: what is removed held numbers.
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "secure_delete = ON")
# AUTOINCREMENT: without it the ids of removed rows come back, and who removes late would remove what came since.
_MAKE = (
    "CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, body BLOB NOT NULL)",
    f"PRAGMA user_version = {_VERSION}",
)

T = TypeVar("T")


class SqliteInbox:
    """`runner.ports.Inbox` in the file *path*, which is made where it is missing. One thread at a time uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @property
    def place(self) -> str:
        """Return the path."""
        return str(self._path)

    def check(self) -> None:
        """Return if pushes can be put here; the file exists then."""
        self._write(lambda _: None)

    def put(self, bodies: Sequence[bytes], *, now: datetime) -> None:
        """Return when all of *bodies* are on the disk."""
        at = instant_text(now)
        rows = [(at, body) for body in bodies]
        self._write(
            lambda connection: connection.executemany("INSERT INTO inbox (at, body) VALUES (?, ?)", rows)
        )

    def take(self, limit: int) -> tuple[Pushed, ...]:
        """Return the oldest pushes, at most *limit* and about `MOST_BYTES`."""
        if not self._path.exists():
            return ()

        def step(connection: sqlite3.Connection) -> tuple[Pushed, ...]:
            query = "SELECT id, at, body FROM inbox ORDER BY id LIMIT ?"
            return tuple(within(connection.execute(query, (limit,))))

        with self._explained():
            return step(self._connected())

    def remove(self, ids: Sequence[int]) -> None:
        """Remove exactly these, durably; nothing of them is left in the files."""
        rows = [(one,) for one in ids]
        self._write(lambda connection: connection.executemany("DELETE FROM inbox WHERE id = ?", rows))
        with self._explained():
            # What was put lies in the log, too, and stays there as long as a receiver has the file open. Where somebody reads
            # or writes longer than is waited for, the next removal does it.
            self._connected().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def depth(self) -> int:
        """Return how many pushes lie here."""
        if not self._path.exists():
            return 0
        with self._explained():
            count: int = self._connected().execute("SELECT count(*) FROM inbox").fetchone()[0]
            return count

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, step: Callable[[sqlite3.Connection], T]) -> T:
        with self._explained():
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = step(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._make()
            refuse_public(self._path)
            connection = sqlite3.connect(
                self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make(self) -> None:
        if kind_of(self._path.parent) is Kind.NETWORK:
            raise LedgerError(
                f"{self._path} would be on a network file system, where SQLite can lose what it has written",
                hint="Put the ledger, and with it the inbox, on a local disk, or in PostgreSQL.",
                code="inbox-network",
            )
        if self._path.exists():
            return
        make_private_folder(self._path.parent)
        try:
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        except FileExistsError:
            return  # another process made it just now
        sync_folder(self._path.parent)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.close()  # whatever state it is in, the next one begins anew
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            raise LedgerError(
                f"the inbox {self._path} could not be used ({name})",
                hint="Check the rights of the file and its folder, and the room on its disk.",
                code="inbox",
            ) from error
        except OSError as error:
            raise LedgerError(
                f"the inbox {self._path} cannot be used: {error.strerror}",
                hint="Check the rights of the file and its folder, and the room on its disk.",
                code="inbox",
            ) from error


def within(rows: Iterator[tuple[int, str, bytes]], *, most_bytes: int = MOST_BYTES) -> Iterator[Pushed]:
    """Yield pushes from *rows* until they are more than *most_bytes* together, but at least one."""
    taken = 0
    for row_id, at, body in rows:
        yield Pushed(id=row_id, at=instant_of(at), body=bytes(body))
        taken += len(body)
        if taken > most_bytes:
            return


def _prepare(connection: sqlite3.Connection) -> None:
    """Set *connection* up and make the table; two processes may come here at once."""
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise LedgerError(
            "the inbox was written by a newer version of runner", hint="Install that version.", code="inbox"
        )
    if version < _VERSION:
        connection.execute("BEGIN IMMEDIATE")
        for statement in _MAKE:
            connection.execute(statement)
        connection.execute("COMMIT")
