"""One suite for every database that can hold a ledger: `place` is where a test makes its own."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import polars as pl
import psycopg
import pytest
from sqlalchemy import make_url

from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.open import create, open_reader, open_writer
from runner.ledger.owner import this_process
from runner.ledger.reader import SqlReader
from runner.ledger.store import SqlLedger
from runner.model.entry import Entry
from runner.model.lease import Lease, Owner
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId
from tests.postgres_server import database, schema

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LINEAGE = "0123456789abcdef" * 2
KEY_ID = "feedfacecafebeef"


@dataclass(frozen=True)
class Place:
    """Somewhere to keep one ledger, of one kind of database, and what tests do there.

    Attributes:
        run: runs a statement behind the ledger's back, and returns the first row that it has; question marks for values.
        has_clock: whether leases are dated by the database and not by their holders.
    """

    url: str
    run: Callable[[str, Sequence[object]], tuple[object, ...] | None]
    has_clock: bool
    now: datetime = NOW
    opened: list[SqlReader] = field(default_factory=list, repr=False)

    def create(self) -> SqlLedger:
        return create(self.url, environment="sandbox", key_id=KEY_ID, lineage=LINEAGE, now=NOW)

    def writer(self, *, owner: Owner | None = None, gone: bool | None = None, term_s: int = 60) -> SqlLedger:
        by = None if gone is None else (lambda _: gone)
        writer = open_writer(
            self.url, environment="sandbox", key_id=KEY_ID, owner=owner, is_gone_by=by, term_s=term_s
        )
        self.opened.append(writer)
        return writer

    def rival(self, *, gone: bool | None = None, term_s: int = 60, **owner: object) -> SqlLedger:
        """Return the ledger as another process sees it, which may take *gone* for a fact about everybody else."""
        stranger = replace(this_process(), pid=4_000_001, user="anna", command="runner apply")
        return self.writer(owner=replace(stranger, **owner), gone=gone, term_s=term_s)  # type: ignore[arg-type]

    def reader(self) -> SqlReader:
        reader = open_reader(self.url, environment="sandbox", key_id=KEY_ID)
        assert reader is not None
        self.opened.append(reader)
        return reader

    def sending(
        self, lease: Lease, *, task: str = "c.e.one", people: int = 3, planned_at: int = 1
    ) -> Sending:
        return Sending(
            task=TaskId(campaign=lease.campaign, edition="2026-11", name=task),
            settings_digest="5" * 64,
            people=people,
            attempt=1,
            generation=0,
            signed_at=NOW,
            epoch=lease.epoch,
            planned_at=planned_at,
            metadata="9.0.43",
            send_at=None,
        )

    def block(self, *people: int) -> pl.DataFrame:
        contents = [p + 10 if p < 2**127 else p - 10 for p in people]
        return pl.DataFrame({PERSON: people, CONTENT: contents}, schema=BLOCK_SCHEMA)

    def intend(
        self, ledger: SqlLedger, lease: Lease, *people: int, task: str = "c.e.one", planned_at: int = 1
    ) -> Entry:
        """Append the intent to call *people* under *lease*."""
        fact = self.sending(lease, task=task, people=len(people), planned_at=planned_at)
        return ledger.intend(fact, self.block(*people), lease=lease, now=NOW)


def sqlite_place(folder: Path) -> Place:
    """Return a place for a ledger in a file under *folder*."""
    path = folder / "ledger" / "ledger.db"

    def run(statement: str, values: Sequence[object]) -> tuple[object, ...] | None:
        with sqlite3.connect(path) as connection:
            cursor = connection.execute(statement, values)
            row: tuple[object, ...] | None = cursor.fetchone()
            assert row is not None or cursor.rowcount > 0
        connection.close()
        return row

    return Place(url=f"sqlite:///{path}", run=run, has_clock=False)


def postgresql_place(url: str) -> Place:
    """Return a place for a ledger in the database, or the schema, that *url* leads to."""
    told = make_url(url).set(drivername="postgresql")

    def run(statement: str, values: Sequence[object]) -> tuple[object, ...] | None:
        conninfo = told.render_as_string(hide_password=False)
        with psycopg.connect(conninfo, connect_timeout=5) as connection:
            connection.execute("SET session_replication_role = replica")  # foreign keys are not looked at
            cursor = connection.execute(statement.replace("?", "%s"), values)
            assert cursor.rowcount > 0
            return cursor.fetchone() if cursor.description else None

    return Place(url=url, run=run, has_clock=True)


_names = count(1)


@pytest.fixture(scope="session")
def postgres_database(postgres: str) -> Iterator[str]:
    """A database for this run."""
    with database(postgres, f"ledger_{os.getpid()}") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], name="place")
def _place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        place = sqlite_place(tmp_path)
        yield place
        _close(place)
    else:
        yield request.getfixturevalue("postgres_place")


@pytest.fixture
def postgres_place(postgres_database: str) -> Iterator[Place]:
    """A place in a schema of its own, for tests of PostgreSQL alone."""
    place = postgresql_place(schema(postgres_database, f"place_{next(_names)}"))
    yield place
    _close(place)


@pytest.fixture
def second_postgres_place(postgres_database: str) -> Iterator[Place]:
    """A second place in a schema."""
    place = postgresql_place(schema(postgres_database, f"place_{next(_names)}"))
    yield place
    _close(place)


@pytest.fixture
def other_place(tmp_path: Path) -> Iterator[Place]:
    """A second place, in a file."""
    place = sqlite_place(tmp_path / "other")
    yield place
    _close(place)


def _close(place: Place) -> None:
    for ledger in place.opened:
        ledger.close()


@pytest.fixture(name="ledger")
def _ledger(place: Place) -> Iterator[SqlLedger]:
    with place.create() as ledger:
        yield ledger


@pytest.fixture(name="now")
def _now() -> datetime:
    return NOW


@pytest.fixture(name="start")
def _start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python with a script and arguments; what still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
