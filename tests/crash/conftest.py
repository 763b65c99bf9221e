"""Homes for ledgers, and what all tests of a run share."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from runner.engines.local import LocalRenderer
from tests.crash.homes import MakeHome, PostgresqlHome, SqliteHome
from tests.crash.matrix import Notes, write_if_complete
from tests.crash.real import RECORDED, SPOKEN, WAITING, Bank, MakeBank, Sandbox, Starter, lay_out, settings
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


@pytest.fixture(name="sandbox", scope="session")
def _sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture(name="starter", scope="session")
def _starter() -> Iterator[Starter]:
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture(name="make_bank")
def _make_bank(sandbox: Sandbox, starter: Starter, home_kind: str, make_home: MakeHome) -> Iterator[MakeBank]:
    """Make a new repository with its plan, and a vendor that knows nothing yet."""
    numbers = count()
    with quick_folder() as folder, ExitStack() as homes:

        def make(voice: str = SPOKEN) -> Bank:
            environment = settings(sandbox.address)
            if home_kind != "sqlite":  # whose default is the one that everybody begins with
                home = make_home(folder)
                homes.callback(home.close)
                environment |= {"RUNNER_LEDGER_URL": home.url, "RUNNER_LEDGER_KEY": "5a" * 32}
            if voice == WAITING:
                # The key says who shares a task with whom, and so how many tasks hold somebody who has paid.
                environment |= {"RUNNER_LEDGER_KEY": "5a" * 32}
            template = folder / {SPOKEN: "spoken", RECORDED: "recorded", WAITING: "waiting"}[voice]
            if not template.exists():
                lay_out(template, environment, voice=voice)
            sandbox.reset()
            root = folder / str(next(numbers))
            shutil.copytree(template, root)
            return Bank(root, sandbox, starter, environment)

        yield make


_PATH = pytest.StashKey[Path]()
_NOTING = pytest.StashKey[list[str]]()


@pytest.fixture(name="notes")
def _notes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Notes:
    """Return where this test notes what held."""
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have a folder each below the one of the run.
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crash-notes.jsonl"
    request.config.stash[_PATH] = path
    return Notes(path, request.node.nodeid)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember, before any are deselected, which tests note something."""
    noting = [item.nodeid for item in items if "notes" in getattr(item, "fixturenames", ())]
    config.stash[_NOTING] = noting


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page; the worker that finishes last finds all notes there."""
    path = session.config.stash.get(_PATH, None)
    if path is not None:
        noting = session.config.stash[_NOTING]
        write_if_complete(Notes(path), tests=noting)
