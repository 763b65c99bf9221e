"""One suite for every database that can hold a ledger: `place` is where a test makes its own."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.open import create, open_reader, open_writer
from runner.ledger.owner import this_process
from runner.ledger.reader import SqlReader
from runner.ledger.store import SqlLedger
from runner.model.ledger import Entry, Lease, Owner, Sending, TaskId

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LINEAGE = "0123456789abcdef" * 2
KEY_ID = "feedfacecafebeef"


@dataclass(frozen=True)
class Place:
    """Somewhere to keep one ledger, of one kind of database, and what tests do there.

    Attributes:
        run: runs a statement behind the ledger's back; question marks for values.
    """

    url: str
    run: Callable[[str, Sequence[object]], None]
    now: datetime = NOW

    def create(self) -> SqlLedger:
        return create(self.url, environment="sandbox", key_id=KEY_ID, lineage=LINEAGE, now=NOW)

    def writer(self, *, owner: Owner | None = None, gone: bool | None = None) -> SqlLedger:
        by = None if gone is None else (lambda _: gone)
        return open_writer(self.url, environment="sandbox", key_id=KEY_ID, owner=owner, is_gone_by=by)

    def rival(self, *, gone: bool | None = None, **owner: object) -> SqlLedger:
        """Return the ledger as another process sees it, which may take *gone* for a fact about everybody else."""
        stranger = replace(this_process(), pid=4_000_001, user="anna", command="runner apply")
        return self.writer(owner=replace(stranger, **owner), gone=gone)  # type: ignore[arg-type]

    def reader(self) -> SqlReader:
        reader = open_reader(self.url, environment="sandbox", key_id=KEY_ID)
        assert reader is not None
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

    def run(statement: str, values: Sequence[object]) -> None:
        with sqlite3.connect(path) as connection:
            assert connection.execute(statement, values).rowcount != 0
        connection.close()

    return Place(url=f"sqlite:///{path}", run=run)


PLACES = {"sqlite": sqlite_place}


@pytest.fixture(params=list(PLACES), name="place")
def _place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return PLACES[request.param](tmp_path)


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
