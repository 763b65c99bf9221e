"""Connections that the transactions of one writer are made over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


class Connections:
    """Hands out a connection for one transaction at a time of each thread.

    To a file each thread keeps its own: fetching one and giving it back takes longer than to begin and commit (measured),
    and a file does not hang up. To a server it is fetched anew, so that the pool finds out which ones were lost.
    """

    __slots__ = ("_engine", "_keeps", "_kept")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keeps = engine.dialect.name == "sqlite"
        self._kept: dict[int, Connection] = {}

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Lend a connection; one on which something failed is not kept."""
        # A thread that has ended leaves its connection to the next one of its number.
        mine = threading.get_ident()
        connection = self._kept.pop(mine, None) or self._engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._keeps:
            self._kept[mine] = connection
        else:
            connection.close()

    def close(self) -> None:
        """Give all back."""
        while self._kept:
            self._kept.popitem()[1].close()
