"""What one kind of database does differently from another, as a Protocol, and which kind a URL names.

Everything else is SQLAlchemy Core and the same for all. A new kind of database is one file that satisfies `Database`,
and a line in `database_of`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from runner.errors import InvalidError, LedgerError, Problem
from runner.ledger.sqlite import SqliteDatabase


class Database(Protocol):
    """A place that can hold one ledger."""

    @property
    def place(self) -> str:
        """Return how messages name it: a path, or host and database; never a password."""
        ...

    @property
    def on_one_machine(self) -> bool:
        """Return whether only the running kernel of one machine can use it, so that who ran in an earlier boot is gone."""
        ...

    def exists(self) -> bool:
        """Return whether something is there that should be a ledger."""
        ...

    def reader(self) -> Engine:
        """Return an engine that can only read, and needs no more than read access.

        Raises:
            LedgerError: it cannot be read as it is; the message says what to do.
        """
        ...

    def writer(self) -> Engine:
        """Return an engine whose commits are durable, and whose transactions on `writing` exclude each other.

        Raises:
            LedgerError: it is not a place for a ledger; the message says what to do.
        """
        ...

    def build(self, fill: Callable[[Connection], None]) -> None:
        """Make a ledger with what *fill* writes in one transaction: all of it or none, and never over another.

        Raises:
            LedgerError: there is one already, or none can be made here.
        """
        ...

    def scrub(self) -> None:
        """Have what was erased overwritten as far as a writer can; for the rest see ``docs/ledger.md``."""
        ...

    def checkpoint(self) -> None:
        """Do now, beside other transactions, what a commit would do now and then and wait for; failing changes nothing."""
        ...

    @property
    def has_clock(self) -> bool:
        """Return whether it has a clock of its own, the same for everybody who uses it."""
        ...

    def now(self, connection: Connection) -> datetime | None:
        """Return the database's own clock, aware, UTC; None where it has none."""
        ...

    def explain(self, error: SQLAlchemyError) -> str:
        """Return what *error* means, in our words, as the end of a sentence about the ledger."""
        ...


def writing(engine: Engine) -> Engine:
    """Return *engine* for transactions that write: they exclude each other from their first statement on."""
    return engine.execution_options(ledger_writes=True)


def renewing(engine: Engine) -> Engine:
    """Return *engine* as `writing` does, for renewals of leases, which may be lost where their process ends with them."""
    return writing(engine).execution_options(ledger_renews=True)


def database_of(url: str) -> Database:
    """Return the database that *url* (`RUNNER_LEDGER_URL`) names.

    Raises:
        InvalidError: it is no URL, or of a kind that is not supported.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Without its cause: that one repeats what stands where the port should be, such as half a password.
        raise _not_a_place("RUNNER_LEDGER_URL is not a URL") from None
    if parsed.drivername in ("postgresql", "postgresql+psycopg", "postgres"):
        from runner.ledger.postgresql import PostgresqlDatabase  # noqa: PLC0415  loads its driver

        return PostgresqlDatabase(parsed)
    if parsed.drivername != "sqlite":
        raise _not_a_place("RUNNER_LEDGER_URL names neither an SQLite nor a PostgreSQL database")
    if not parsed.database or parsed.database.startswith((":", "file:")) or parsed.query:
        raise _not_a_place("RUNNER_LEDGER_URL must name a file, without options")
    return SqliteDatabase(parsed.database)


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Turn what the database library or the file system raises into a `LedgerError` in our own words.

    Raises:
        LedgerError: for every `SQLAlchemyError` and `OSError` from inside.
    """
    try:
        yield
    except SQLAlchemyError as error:
        what = database.explain(error)
        raise LedgerError(f"the ledger {database.place} {what}", code="ledger-database") from error
    except OSError as error:
        raise LedgerError(
            f"the ledger {database.place} cannot be used: {error.strerror}",
            hint="Check the rights of the file and its folder, and the room on its disk, or set RUNNER_LEDGER_URL.",
            code="ledger-database",
        ) from error


def _not_a_place(message: str) -> InvalidError:
    hint = (
        "For example sqlite:////var/lib/runner/ledger.db (four slashes before an absolute path), or "
        "postgresql://runner@db.example.com/runner."
    )
    return InvalidError([Problem(code="ledger-url", message=message, hint=hint)])
