"""Transactions that write: one durable commit at a time, and what is known when the connection is lost during one."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from runner.errors import LedgerError
from runner.ledger import lease as leases_of
from runner.ledger.connections import Connections
from runner.ledger.database import Database, explained
from runner.ledger.head import hash_of, head_of
from runner.ledger.snapshots import TRIES
from runner.model.entry import Entry, Head
from runner.model.lease import Lease

T = TypeVar("T")

UNKNOWN = "ledger-unknown"
"""Code of the problem when nobody knows whether something was recorded."""


class Commits:
    """Writes under a lock on the head of the ledger, so that nobody appends beside it.

    Args:
        database: where the ledger is.
        connections: to it, for transactions that exclude each other.
    """

    __slots__ = ("_connections", "_database")

    def __init__(self, database: Database, connections: Connections) -> None:
        self._database = database
        self._connections = connections

    def close(self) -> None:
        """Give the connections back; the next transaction fetches another."""
        self._connections.close()

    def write(self, step: Callable[[Connection, Head], T]) -> T:
        """Return what *step* returns when what it wrote is durable; it is given the head, which is locked.

        A connection that was lost before its commit was asked for has written nothing: the step is done again. One that
        was lost during the commit leaves open whether it was done. Its transaction, if it still lives at the server,
        holds the lock on the head; so the next connection takes that lock, and then what it sees is what there is: an
        entry, or the last one of a tuple, or a lease that the step returned was kept, or the step is done again.

        Raises:
            LedgerError: the database failed. Code `UNKNOWN`: during a commit, and nobody could look.
        """
        in_doubt: T | None = None
        with explained(self._database):
            for tries_left in reversed(range(TRIES)):
                try:
                    with self._connections.one() as connection, connection.begin() as transaction:
                        head = head_of(connection, lock=True)
                        if in_doubt is not None and _is_kept(connection, in_doubt):
                            return in_doubt
                        in_doubt = None
                        result = in_doubt = step(connection, head)
                        try:
                            transaction.commit()
                        except DBAPIError as error:
                            in_doubt = result if error.connection_invalidated else None
                            raise
                        return result
                except DBAPIError as error:
                    if error.connection_invalidated and tries_left:
                        continue
                    if in_doubt is not None:
                        raise _unknown(self._database.place) from error
                    raise
        raise AssertionError


def _is_kept(connection: Connection, result: object) -> bool:
    """Return whether the ledger, whose head *connection* has locked, holds what a step of ours returned."""
    match result:
        case Entry():
            return hash_of(connection, result.sequence) == result.hash
        case (*_, Entry() as last):
            return hash_of(connection, last.sequence) == last.hash
        case Lease():
            return leases_of.held(connection, result.campaign) == result
        case _:
            return False


def _unknown(place: str) -> LedgerError:
    return LedgerError(
        f"the connection to the ledger {place} was lost while something was being recorded, and could not be made again: "
        "nobody knows whether it was",
        hint="Nothing is sent on doubt. Repeat the command when the database is back: it looks first.",
        code=UNKNOWN,
    )
