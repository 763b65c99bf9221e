"""PostgreSQL, where it differs: durable commits whatever the server's default, locks that end with their holder, reconnects.

Nothing is kept in a session beyond one transaction, so that a proxy which pools transactions may stand in between: no
prepared statement, no session setting, no session lock. Facts about PostgreSQL and libpq are from the documentation of
PostgreSQL 15 (postgresql.org: runtime-config-client, runtime-config-wal, sql-begin, explicit-locking, libpq-connect,
errcodes-appendix), read 2026-11, and were tried.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.pq import Format
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from runner.errors import LedgerError
from runner.ledger.postgresql_url import parameters_of, place_of

PATIENCE_S = 20.0
"""How long a server that was there before is waited for, such as over its restart: well within a lease."""

_PAUSE_S = 0.5

# What a commit has confirmed survives a crash of the server, also where its default says otherwise. Whoever waits for
# the lock waits longer than a stopped process can hold it: the server ends a transaction in which nothing is said.
_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SET LOCAL synchronous_commit = on; "
    "SET LOCAL idle_in_transaction_session_timeout = '10s'; "
    "SET LOCAL lock_timeout = '20s'"
)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('runner ledger'))")
_NOW = text("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
_SETTINGS = text("SELECT current_setting('server_encoding'), current_setting('fsync')")

# Any schema is looked through, not only those that this user may use: a ledger that cannot be seen is not absent.
_FIND = text(
    "SELECT bool_or(pg_table_is_visible(c.oid)), has_schema_privilege(n.oid, 'USAGE'), count(*) = 3 "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'p', 'v', 'f') AND c.relname IN ('alembic_version', 'heads', 'entries') GROUP BY n.oid"
)

_CAUSES = {
    "22": "refused a value",
    "23": "refused a row that another process has written already; repeat the command",
    "25": "cannot be written: this server is a copy of another one that only reads; name the one that writes",
    "28": "refused the user or the password that RUNNER_LEDGER_URL names",
    "3D": "does not exist: make the database first (`createdb`), then `runner ledger init`",
    "40": "was busy in a way that the server resolved against this command; repeat it",
    "42": "has other tables than this version of runner expects",
    "42501": "does not let this user do that: reading needs SELECT on its tables, applying more (docs/ledger.md)",
    "53": "is out of room, memory or connections: nothing more was recorded; make room and repeat the command",
    "53100": "has a full disk: nothing more was recorded; make room and repeat the command",
    "55": "is busy: another process has been writing to it for 20 s; repeat the command",
    "57": "was interrupted by its server: nothing more was recorded; repeat the command",
    "58": "failed on reading or writing its disk: check the server; nothing more was recorded",
    "XX": "is damaged: restore the newest backup",
}
"""What an SQLSTATE means, by the whole or by its class."""


class PostgresqlDatabase:
    """A ledger in a PostgreSQL database."""

    __slots__ = ("_engine", "_met", "_parameters", "_place")

    def __init__(self, url: URL) -> None:
        self._parameters = parameters_of(url)
        self._place = place_of(self._parameters)
        self._met = False
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=3,
            pool_pre_ping=True,
            hide_parameters=True,
            use_native_hstore=False,
        )
        event.listen(self._engine, "begin", _begin)
        event.listen(self._engine, "before_cursor_execute", _take_bytes_as_they_are, named=True)

    @property
    def place(self) -> str:
        """Return host, port and database."""
        return self._place

    @property
    def on_one_machine(self) -> bool:
        """Return False: any machine may use it, and two may bear one name."""
        return False

    @property
    def has_clock(self) -> bool:
        """Return True: the server's."""
        return True

    def exists(self) -> bool:
        """Return whether the database has tables of a ledger.

        Raises:
            LedgerError: it may have, but this user cannot see.
        """
        found = False
        try:
            with self._engine.begin() as connection:
                found = self._is_there(connection)
        finally:
            if not found:  # else it is opened next, over the same connection
                self._engine.dispose()
        return found

    def reader(self) -> Engine:
        """Return an engine whose transactions only read, each one state of the ledger."""
        return self._engine

    def writer(self) -> Engine:
        """Return an engine that reads like `reader`, and writes in transactions on `writing`."""
        return self._engine

    def build(self, fill: Callable[[Connection], None]) -> None:
        """Make the tables in one transaction, one process at a time."""
        try:
            with self._engine.execution_options(ledger_writes=True).begin() as connection:
                connection.execute(_ALONE)
                if self._is_there(connection):
                    raise LedgerError(
                        f"there is a ledger at {self.place} already, or there are tables of another program",
                        hint="A ledger is made in a database of its own (or in a schema, with ?options=-csearch_path%3D…).",
                        code="ledger-exists",
                    )
                self._refuse_unfit(connection)
                fill(connection)
        finally:
            self._engine.dispose()

    def scrub(self) -> None:
        """Do nothing: only vacuuming, which is the owner's and the server's own, makes room of what was erased."""

    def checkpoint(self) -> None:
        """Do nothing: the server has a process for it."""

    def now(self, connection: Connection) -> datetime | None:
        """Return the server's clock, aware, UTC: not the beginning of the transaction, which may have waited."""
        at: datetime = connection.execute(_NOW).scalar_one()
        return at.replace(tzinfo=UTC)

    def explain(self, error: SQLAlchemyError) -> str:
        """Return what *error* means, by PostgreSQL's own code."""
        cause = error.orig if isinstance(error, DBAPIError) else None
        if not isinstance(cause, psycopg.Error):
            return f"could not be used ({type(error).__name__})"
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return "lost its connection: nothing more was recorded; repeat the command"
        if cause.sqlstate:
            known = _CAUSES.get(cause.sqlstate) or _CAUSES.get(cause.sqlstate[:2])
            return known or f"could not be used (SQLSTATE {cause.sqlstate})"
        if cause.pgconn is not None and cause.pgconn.needs_password:
            return "asks for a password, and RUNNER_LEDGER_URL has none"
        if _was_refused(cause):
            return "refused the user, the password or the database that RUNNER_LEDGER_URL names"
        return "cannot be reached, or does not accept connections from here: check host, port and server"

    def _is_there(self, connection: Connection) -> bool:
        found = connection.execute(_FIND).all()
        if any(visible for visible, _, _ in found):
            return True
        if any(complete and not may_use for _, may_use, complete in found):
            raise LedgerError(
                f"{self.place} has tables in a schema that this user may not use: they may be the ledger",
                hint="GRANT USAGE ON SCHEMA … and SELECT on its tables; or let the URL name the right schema and user.",
                code="ledger-database",
            )
        return False

    def _refuse_unfit(self, connection: Connection) -> None:
        encoding, fsync = connection.execute(_SETTINGS).one()
        if encoding != "UTF8":
            raise LedgerError(
                f"the database {self.place} does not store UTF-8",
                hint="createdb --encoding=UTF8 --template=template0 …",
                code="ledger-database",
            )
        if fsync != "on":
            raise LedgerError(
                f"the server of {self.place} runs with fsync = {fsync}: what it confirms can be lost, and people be called twice",
                hint="Set fsync = on in its configuration.",
                code="ledger-database",
            )

    def _connect(self) -> psycopg.Connection[Any]:
        give_up_s = time.monotonic() + (PATIENCE_S if self._met else 0.0)
        while True:
            try:
                connection = psycopg.connect(**self._parameters, autocommit=True, prepare_threshold=None)  # type: ignore[arg-type]
            except psycopg.OperationalError as error:
                if _was_refused(error) or time.monotonic() >= give_up_s:
                    self._met = False  # who comes next need not wait again
                    raise
                time.sleep(_PAUSE_S)
            else:
                self._met = True
                return connection


def _begin(connection: Connection) -> None:
    """Begin as `writing` says, not when and how the driver would."""
    writes = connection.get_execution_options().get("ledger_writes", False)
    connection.exec_driver_sql(_WRITE if writes else _READ)


def _take_bytes_as_they_are(
    *, cursor: psycopg.Cursor[Any], context: ExecutionContext | None, **_: object
) -> None:
    """Let blocks come in binary: as hexadecimal text they take twice the room and three times the time (measured)."""
    if context is not None and context.execution_options.get("ledger_blocks", False):
        cursor.format = Format.BINARY


def _was_refused(error: psycopg.Error) -> bool:
    """Return whether the server was there and said no: libpq does not tell an SQLSTATE for a connection."""
    return error.pgconn is not None and (error.pgconn.needs_password or error.pgconn.used_password)
