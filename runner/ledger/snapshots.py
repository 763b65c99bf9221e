"""Transactions that read: each sees one state of the ledger, and is begun again where its connection was lost."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from runner.ledger.database import Database, explained

T = TypeVar("T")

TRIES = 4
"""How often a transaction is begun when its connection is lost; each one waits for the database as long as it allows."""


class Snapshots:
    """Reads from one state of the ledger at a time.

    Args:
        database: where the ledger is.
        engine: of that database.
    """

    __slots__ = ("_database", "_engine")

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    def read(self, step: Callable[[Connection], T]) -> T:
        """Return what *step* reads; it is read again where the connection was lost.

        Raises:
            LedgerError: the database failed, or whatever *step* raises.
        """
        with explained(self._database):
            for tries_left in reversed(range(TRIES)):
                try:
                    with self._engine.connect() as connection, connection.begin():
                        return step(connection)
                except DBAPIError as error:
                    if not (error.connection_invalidated and tries_left):
                        raise
        raise AssertionError
