"""Homes for ledgers, and what all tests of a run share."""

import os
from collections.abc import Iterator

import pytest

from runner.engines.local import LocalRenderer
from tests.crash.homes import MakeHome, PostgresqlHome, SqliteHome
from tests.crash.matrix import Notes
from tests.crash.world import quick_folder
from tests.postgres_server import database


@pytest.fixture(scope="session")
def sqlite_home() -> Iterator[MakeHome]:
    """Make homes in files."""
    with quick_folder() as templates:
        yield lambda folder: SqliteHome(folder, templates)


@pytest.fixture(scope="session")
def postgresql_home(postgres: str) -> Iterator[MakeHome]:
    """Make homes in a database for this run."""
    with database(postgres, f"crash_{os.getpid()}") as url:
        yield lambda _folder: PostgresqlHome(url)


@pytest.fixture(name="home_kind", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def _home_kind(request: pytest.FixtureRequest) -> str:
    """Return which kind of database this test is over."""
    return str(request.param)


@pytest.fixture(name="make_home")
def _make_home(request: pytest.FixtureRequest, home_kind: str) -> MakeHome:
    """Return what makes homes of this kind."""
    made: MakeHome = request.getfixturevalue(f"{home_kind}_home")
    return made


@pytest.fixture(name="renderer", scope="session")
def _renderer() -> Iterator[LocalRenderer]:
    with LocalRenderer(workers=1) as renderer:
        yield renderer


@pytest.fixture(name="notes", scope="session")
def _notes(tmp_path_factory: pytest.TempPathFactory) -> Notes:
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have a folder each below the one of the run.
    return Notes((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crash-notes.jsonl")
