"""The inbox as a table of the ledger's database. Putting needs INSERT on it and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from runner.errors import LedgerError
from runner.ledger.database import writing
from runner.ledger.facts import instant_text
from runner.ledger.inbox_sqlite import within
from runner.ledger.postgresql import PostgresqlDatabase
from runner.model.inbox import Pushed

T = TypeVar("T")

_CHECK = (
    "SELECT to_regclass('inbox') IS NOT NULL, "
    "coalesce(has_table_privilege(to_regclass('inbox'), 'INSERT'), false)"
)
# One statement for any number of bodies; binary, as text they take twice the room. Nothing is returned: that needs SELECT.
_PUT = "INSERT INTO inbox (at, body) SELECT %s, unnest(%b::bytea[])"
_TAKE = "SELECT id, at, body FROM inbox ORDER BY id LIMIT %s"
_REMOVE = "DELETE FROM inbox WHERE id = ANY(%s)"
# The second is what the server counts for its own house-keeping, and may be read by everybody.
_DEPTH = (
    "SELECT CASE WHEN has_table_privilege('inbox', 'SELECT') THEN NULL "
    "ELSE pg_stat_get_live_tuples('inbox'::regclass) END"
)
_COUNT = "SELECT count(*) FROM inbox"


class PostgresqlInbox:
    """`runner.ports.Inbox` in the database that *url* names."""

    def __init__(self, url: URL) -> None:
        self._database = PostgresqlDatabase(url)
        self._reader = self._database.reader()
        self._writer = writing(self._database.writer())

    @property
    def place(self) -> str:
        """Return host, port and database."""
        return self._database.place

    def check(self) -> None:
        """Return if pushes can be put here.

        Raises:
            LedgerError: there is no such table, this user may not write to it, or the server cannot be reached.
        """
        is_there, may_put = self._read(lambda connection: connection.exec_driver_sql(_CHECK).one())
        if not is_there:
            raise LedgerError(
                f"{self.place} has no inbox",
                hint="`runner ledger init` makes one with the ledger, `runner ledger migrate` adds it to an older ledger; the "
                "user needs USAGE on its schema (docs/ledger.md).",
                code="inbox-missing",
            )
        if not may_put:
            raise LedgerError(
                f"this user may not put anything into the inbox of {self.place}",
                hint="GRANT INSERT ON inbox TO … (docs/ledger.md).",
                code="inbox-rights",
            )

    def put(self, bodies: Sequence[bytes], *, now: datetime) -> None:
        """Return when all of *bodies* are durable.

        Raises:
            LedgerError: nobody knows which are.
        """
        at = instant_text(now)
        with self._explained(), self._writer.begin() as connection:
            connection.exec_driver_sql(_PUT, (at, list(bodies)))

    def take(self, limit: int) -> tuple[Pushed, ...]:
        """Return the oldest pushes, at most *limit* and about 64 MB."""

        def step(connection: Connection) -> tuple[Pushed, ...]:
            rows = connection.execution_options(ledger_blocks=True).exec_driver_sql(_TAKE, (limit,))
            return tuple(within((row[0], row[1], row[2]) for row in rows))

        return self._read(step)

    def remove(self, ids: Sequence[int]) -> None:
        """Remove exactly these, durably."""
        with self._explained(), self._writer.begin() as connection:
            connection.exec_driver_sql(_REMOVE, (list(ids),))

    def depth(self) -> int:
        """Return how many pushes lie here; where this user may not look, about as many."""

        def step(connection: Connection) -> int:
            about = connection.exec_driver_sql(_DEPTH).scalar_one()
            count: int = connection.exec_driver_sql(_COUNT).scalar_one() if about is None else about
            return count

        return self._read(step)

    def close(self) -> None:
        """Close the connections."""
        self._writer.dispose()

    def _read(self, step: Callable[[Connection], T]) -> T:
        with self._explained(), self._reader.connect() as connection, connection.begin():
            return step(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            what = self._database.explain(error)
            raise LedgerError(f"the inbox {self.place} {what}", code="inbox") from error
        except SQLAlchemyError as error:
            raise LedgerError(f"the inbox {self.place} could not be used", code="inbox") from error
