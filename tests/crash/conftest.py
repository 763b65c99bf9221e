"""Worlds to crash in: quick ones, whose planning is a table, and full ones, that plan from files."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engines.local import LocalRenderer
from tests.crash.homes import HOMES
from tests.crash.matrix import Notes
from tests.crash.repository import QuickPlanner
from tests.crash.world import World, quick_folder


@pytest.fixture(name="templates", scope="session")
def _templates() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder


@pytest.fixture(name="renderer", scope="session")
def _renderer() -> Iterator[LocalRenderer]:
    with LocalRenderer(workers=1) as renderer:
        yield renderer


@pytest.fixture(name="home_kind", params=list(HOMES))
def _home_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(name="notes", scope="session")
def _notes(tmp_path_factory: pytest.TempPathFactory) -> Notes:
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have a folder each below the one of the run.
    return Notes((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crash-notes.jsonl")


@pytest.fixture(name="world")
def _world(templates: Path, home_kind: str) -> Iterator[World]:
    with quick_folder() as folder:
        world = World(folder, templates, QuickPlanner(), home_kind=home_kind)
        world.files.amounts = {0: 10, 1: 20, 2: 30, 3: 40}
        yield world
