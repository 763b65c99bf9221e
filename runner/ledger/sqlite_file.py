"""The file of an embedded ledger by SQLite's driver alone: how it is opened, and what its errors mean.

Facts about SQLite are from its documentation (sqlite.org: wal.html, pragma.html, uri.html, rescode.html), read 2026-11,
and were tried.
"""

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from runner.errors import LedgerError
from runner.ledger.filesystem import Kind, kind_of
from runner.ledger.private_files import refuse_public

BUSY_S = 20.0
"""How long a transaction waits for another writer; ours take milliseconds."""

_CAUSES = {
    sqlite3.SQLITE_BUSY: f"is busy: another process has been writing to it for {BUSY_S:.0f} s; repeat the command",
    sqlite3.SQLITE_LOCKED: "is busy: another connection holds it; repeat the command",
    sqlite3.SQLITE_READONLY: "cannot be written: check the rights of the file and its folder",
    sqlite3.SQLITE_IOERR: "failed on reading or writing its disk: check the disk; nothing more was recorded",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore the newest backup",
    sqlite3.SQLITE_FULL: "has a full disk: nothing more was recorded; make room and repeat the command",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the rights of the file and its folder",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database",
    sqlite3.SQLITE_CONSTRAINT: "refused a row that another process has written already; repeat the command",
}


def connected(path: Path, options: str, *, pragmas: Iterable[str] = ()) -> sqlite3.Connection:
    """Return a connection to the file *path*, opened with the *options* of its URI; transactions are begun by hand."""
    uri = f"{path.absolute().as_uri()}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def reading_options(path: Path) -> str:
    """Return the options to read the ledger at *path* with, also where nothing can be written.

    SQLite reads a WAL database only beside its two side files, which it makes where it can. Where it cannot and
    there are none, nobody is writing, and the file may be read as one that does not change.

    Raises:
        LedgerError: it is unsafe where it lies, or the last writer left entries in a side file that cannot be read without
            write access.
    """
    refuse_unsafe(path)
    if os.access(path.parent, os.W_OK) or beside(path, "-shm").exists():
        return "mode=ro"
    log = beside(path, "-wal")
    if log.exists() and log.stat().st_size > 0:
        raise LedgerError(
            f"the ledger {path} was left open by its last writer and cannot be read from a read-only folder",
            hint="Run any command once where the folder can be written.",
            code="ledger-database",
        )
    return "mode=ro&immutable=1"


def beside(path: Path, suffix: str) -> Path:
    """Return the side file of *path* whose name ends with *suffix*."""
    return path.with_name(path.name + suffix)


def cause_of(error: BaseException | None) -> str | None:
    """Return what *error* means, by SQLite's own code, as the end of a sentence about the ledger; None where that is not known."""
    code = getattr(error, "sqlite_errorcode", None)
    return _CAUSES.get(code & 0xFF) if isinstance(code, int) else None


def refuse_unsafe(path: Path) -> None:
    """Return if *path* is its owner's alone, and on a disk that SQLite can rely on.

    Raises:
        LedgerError: it is not.
    """
    refuse_public(path)
    refuse_network(path)


def refuse_network(path: Path) -> None:
    """Return if *path* is not on a network file system.

    Raises:
        LedgerError: it is.
    """
    if kind_of(path) is Kind.NETWORK:
        raise LedgerError(
            f"{path} is on a network file system, where SQLite can lose what it has written",
            hint="Put the ledger on a local disk, or in PostgreSQL.",
            code="ledger-network",
        )
