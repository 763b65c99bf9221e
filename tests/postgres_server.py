"""A real PostgreSQL for tests, started by `.ci/postgres` and gone with the process that asked for it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_SCRIPT = Path(__file__).parent.parent / ".ci" / "postgres"
_NOT_INSTALLED = 69


class NotInstalledError(Exception):
    """There is no PostgreSQL on this machine; the text says how to get it."""


class Server:
    """A server of one's own.

    Attributes:
        url: of its database `postgres`, as a user who may do everything.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [_SCRIPT, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        name, _, self.url = self._process.stdout.readline().strip().partition("=")
        if not name:
            _, said = self._process.communicate()
            raise (NotInstalledError if self._process.returncode == _NOT_INSTALLED else RuntimeError)(
                said.strip()
            )

    def crash(self) -> None:
        """End it as if the machine had lost power, as far as processes can."""
        self._order("stop")

    def start(self) -> None:
        """Start it again after a crash."""
        self._order("start")

    def close(self) -> None:
        """End it for good and remove its files."""
        self._process.communicate()

    def _order(self, order: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == order


@contextmanager
def database(server_url: str, name: str, how: str = "") -> Iterator[str]:
    """Make the database *name* at the server, yield its URL, and drop it again."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {how}')
        yield server_url.rpartition("/")[0] + "/" + name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def schema(database_url: str, name: str) -> str:
    """Make the schema *name* and return a URL whose tables are in it: cheaper than a database of one's own."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
    return f"{database_url}?options=-csearch_path%3D{name}"


def is_required() -> bool:
    """Return whether a missing PostgreSQL is a failure (`TEST_POSTGRES=require`, as in CI)."""
    return os.environ.get("TEST_POSTGRES") == "require"
