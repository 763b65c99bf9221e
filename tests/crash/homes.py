"""Where a ledger is kept: one class for each kind of database. The whole crash suite runs over each of them."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

import psycopg

from runner.digest.keys import LedgerKey
from runner.errors import LedgerError
from runner.ledger.open import create, open_writer
from runner.ledger.reader import SqlReader
from runner.ledger.store import SqlLedger
from runner.model.lease import Owner
from tests.crash.clock import START

ENVIRONMENT = "sandbox"
TERM_S = 60


class Home(Protocol):
    """A place for the ledger of one run. Nobody has the ledger open while it is copied, restored or lost."""

    @property
    def url(self) -> str:
        """Return `RUNNER_LEDGER_URL`."""
        ...

    def make(self, key: LedgerKey, lineage: str) -> None:
        """Make an empty ledger where there is none."""
        ...

    def copy(self) -> object:
        """Return a copy of the ledger as it is now, as a backup would be."""
        ...

    def restore(self, copy: object) -> None:
        """Put *copy* in place of the ledger."""
        ...

    def lose(self) -> None:
        """Remove the ledger."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...


class SqliteHome:
    """A ledger in a file. Making one takes a third of a second, so one is made for all and copied.

    Args:
        folder: of this run.
        templates: where empty ledgers are kept, by their key and lineage; shared by all runs.
    """

    def __init__(self, folder: Path, templates: Path) -> None:
        self._path = folder / "ledger.db"
        self._templates = templates
        self._copies = 0

    @property
    def url(self) -> str:
        """Return the URL of the file."""
        return f"sqlite:///{self._path}"

    def make(self, key: LedgerKey, lineage: str) -> None:
        """Copy the empty ledger of this key and lineage."""
        template = self._templates / f"{key.key_id}-{lineage}.db"
        if not template.exists():
            create(
                f"sqlite:///{template}",
                environment=ENVIRONMENT,
                key_id=key.key_id,
                lineage=lineage,
                now=START,
            ).close()
        shutil.copy2(template, self._path)

    def copy(self) -> object:
        """Return the path of a copy."""
        log = self._path.with_name(f"{self._path.name}-wal")
        assert not log.exists(), "somebody has the ledger open"
        self._copies += 1
        kept = self._path.with_name(f"copy-{self._copies}.db")
        shutil.copy2(self._path, kept)
        return kept

    def restore(self, copy: object) -> None:
        """Copy it back."""
        assert isinstance(copy, Path)
        self.lose()
        shutil.copy2(copy, self._path)

    def lose(self) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the folder to whoever made it."""


_names = count(1)


class PostgresqlHome:
    """A ledger in a schema of its own. An empty one is made once for each key and lineage, and its tables are copied.

    Args:
        database: URL of a database where schemas may be made.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._schema = f"home_{next(_names)}"
        self._run(f"CREATE SCHEMA {self._schema}")

    @property
    def url(self) -> str:
        """Return the URL of the schema."""
        return self._url(self._schema)

    def make(self, key: LedgerKey, lineage: str) -> None:
        """Copy the empty ledger of this key and lineage."""
        template = f"empty_{key.key_id}_{lineage[:8]}"
        with psycopg.connect(self._database, autocommit=True) as connection:
            found = connection.execute("SELECT to_regnamespace(%s)", [template]).fetchone()
        if found == (None,):
            self._run(f"CREATE SCHEMA {template}")
            url = self._url(template)
            create(url, environment=ENVIRONMENT, key_id=key.key_id, lineage=lineage, now=START).close()
        self._copy(template, self._schema)

    def copy(self) -> object:
        """Return the name of a schema with a copy."""
        kept = f"copy_{next(_names)}"
        self._run(f"CREATE SCHEMA {kept}")
        self._copy(self._schema, kept)
        return kept

    def restore(self, copy: object) -> None:
        """Copy it back."""
        assert isinstance(copy, str)
        self.lose()
        self._copy(copy, self._schema)

    def lose(self) -> None:
        """Drop all tables."""
        self._run(f"DROP SCHEMA {self._schema} CASCADE", f"CREATE SCHEMA {self._schema}")

    def close(self) -> None:
        """Drop the schema; copies are few and go with the database."""
        self._run(f"DROP SCHEMA {self._schema} CASCADE")

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self._database) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [source])
            tables = [name for (name,) in found]
        for table in tables:
            self._run(
                f"CREATE TABLE {target}.{table} (LIKE {source}.{table} INCLUDING ALL)",
                f"INSERT INTO {target}.{table} OVERRIDING SYSTEM VALUE SELECT * FROM {source}.{table}",
            )

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self._database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _url(self, schema: str) -> str:
        return f"{self._database}?options=-csearch_path%3D{schema}"


MakeHome = Callable[[Path], Home]
"""Makes the home of a run whose folder this is: one for each kind of database, and every suite runs over all of them."""


class Ledgers:
    """The ledger at a home, opened and checked once; each process has an object of its own over the same connections.

    Opening costs more than an apply with a few people, since every statement is compiled anew.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._open: SqlLedger | None = None
        self._shared: list[SqlLedger] = []

    def writer(
        self, key: LedgerKey, lineage: str, *, owner: Owner, is_gone: Callable[[Owner], bool]
    ) -> SqlLedger:
        """Return the ledger as *owner* has it, made where there is none, as `runner apply` does outside of production."""
        first = self._open or self._opened(key, lineage)
        self._give_back()
        self._shared.append(
            _sharing(SqlLedger(first._database, first._engine, owner=owner, is_gone=is_gone, term_s=TERM_S))
        )
        return self._shared[-1]

    def reader(self, key: LedgerKey) -> SqlReader | None:
        """Return the ledger for reading; None where there is none."""
        try:
            first = self._open or self._checked(key)
        except LedgerError as error:
            if error.problems[0].code != "ledger-missing":
                raise
            return None
        return _sharing(SqlReader(first._database, first._engine))

    def close(self) -> None:
        """Let go of the ledger, before something happens to it."""
        self._give_back()
        self._shared.clear()
        if self._open is not None:
            self._open.close()
        self._open = None

    def _give_back(self) -> None:
        """Give back what each process keeps between its transactions; one that lives on fetches another."""
        for ledger in self._shared:
            ledger._commits.close()
            ledger._renewals.close()

    def _opened(self, key: LedgerKey, lineage: str) -> SqlLedger:
        try:
            return self._checked(key)
        except LedgerError as error:
            if error.problems[0].code != "ledger-missing":
                raise
        self.home.make(key, lineage)
        return self._checked(key)

    def _checked(self, key: LedgerKey) -> SqlLedger:
        self._open = open_writer(self.home.url, environment=ENVIRONMENT, key_id=key.key_id)
        return self._open


L = TypeVar("L", bound=SqlReader)


def _sharing(ledger: L) -> L:
    """Return *ledger*, which will not close the connections that it shares when nobody uses it any more."""
    ledger._let_go.detach()
    return ledger
