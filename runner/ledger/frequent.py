"""Statements that each task of an apply runs several times.

SQLAlchemy takes longer to get to such a statement than SQLite takes to run it: for a task of 10,000 people, whose intent and
answer are eighteen of them, about as long as it takes to make the intent durable (measured). So a frequent statement is
compiled once, and on SQLite given to the driver as it is. Everything else is the same: connection, transaction, errors.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert, Update

Row = tuple[Any, ...]

_NOTHING: Final[Mapping[str, object]] = {}


class Frequent:
    """A statement, and once it has run on SQLite its text.

    Args:
        statement: whole numbers, text and bytes only, which SQLite's driver takes and returns as they are.
        columns: those that an INSERT or UPDATE gives values to; the names of its values.
    """

    __slots__ = ("_columns", "_statement", "_text", "_values")

    def __init__(
        self, statement: Select[Any] | Insert | Update, columns: Sequence[str] | None = None
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._text = ""
        self._values: tuple[tuple[str, object], ...] = ()

    def run(self, connection: Connection, values: Mapping[str, object] = _NOTHING) -> Sequence[Row]:
        """Return the rows of the statement with *values* by name, all of them; of an INSERT or UPDATE none.

        Raises:
            sqlalchemy.exc.DBAPIError: the database failed.
        """
        driver: object = connection.connection.dbapi_connection
        if not isinstance(driver, sqlite3.Connection):
            result = connection.execute(self._statement, values)
            return [tuple(row) for row in result] if result.returns_rows else ()
        if not self._text:
            self._compile(connection)
        given = [values.get(name, default) for name, default in self._values]
        return execute(driver, self._text, given).fetchall()

    def _compile(self, connection: Connection) -> None:
        compiled = self._statement.compile(dialect=connection.dialect, column_keys=self._columns)
        assert isinstance(compiled, SQLCompiler)
        defaults = compiled.params
        self._values = tuple((name, defaults[name]) for name in compiled.positiontup or ())
        self._text = str(compiled)


def execute(driver: sqlite3.Connection, text: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
    """Run *text* on SQLite's own driver and return its cursor.

    Raises:
        sqlalchemy.exc.DatabaseError: as SQLAlchemy would have raised it.
    """
    try:
        return driver.execute(text, values)
    except sqlite3.Error as error:
        raise DatabaseError(text, None, error, hide_parameters=True) from error
