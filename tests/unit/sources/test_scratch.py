"""The scratch folder."""

import contextlib
import stat
import subprocess
import sys

import polars as pl
import pytest

from runner.errors import InvalidError
from runner.sources.scratch import Scratch

FRAME = pl.DataFrame({"@person": pl.Series([1, 2**127], dtype=pl.UInt128), "a": ["x", None]})


@pytest.fixture
def base(tmp_path):
    """Return a folder for scratch folders."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(tmp_path):
    """Return a folder that stands for the repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("memory", [0, 100, 10_000])
def test_what_is_written_is_read_back(base, repository, memory):
    """Parts come back in the order in which they were appended, types included, wherever they were kept."""
    with Scratch(base, repository=repository, memory=memory) as scratch:
        scratch.append("range-0", FRAME)
        scratch.append("range-0", FRAME.head(1))
        scratch.write("other", FRAME)

        assert scratch.read("range-0").equals(pl.concat([FRAME, FRAME.head(1)]))
        assert scratch.read("other").equals(FRAME)


def test_writing_replaces_and_removing_forgets(base, repository):
    """`write` leaves one part, `remove` none."""
    with Scratch(base, repository=repository) as scratch:
        scratch.append("a", FRAME)
        scratch.append("a", FRAME)
        scratch.write("a", FRAME.head(1))
        assert scratch.read("a").height == 1

        scratch.remove("a")

        assert "a" not in scratch
        assert list(scratch.folder.iterdir()) == []
        with pytest.raises(KeyError):
            scratch.read("a")


def test_memory_is_used_while_there_is_room(base, repository):
    """What fits is in no file; what is removed makes room again; rows are found in both places."""
    with Scratch(base, repository=repository, memory=100) as scratch:
        scratch.append("a", FRAME)
        scratch.append("a", FRAME)
        assert [path.name for path in scratch.folder.iterdir()] == ["a.arrows"]
        assert scratch.find("a", "a", pl.Series(["x"])).height == 2
        assert scratch.read("a", ["a"]).columns == ["a"]

        scratch.remove("a")
        scratch.write("b", FRAME)

        assert list(scratch.folder.iterdir()) == []
        assert scratch.read("b").equals(FRAME)


def test_the_folder_is_private_and_gone_afterwards(base, repository):
    """Nobody else may look in, and nothing stays, also after an error."""
    scratch = Scratch(base, repository=repository)
    with contextlib.suppress(ZeroDivisionError), scratch:
        scratch.append("a", FRAME)
        assert stat.S_IMODE(scratch.folder.stat().st_mode) == 0o700
        raise ZeroDivisionError

    assert list(base.iterdir()) == []


def test_it_does_not_lie_in_the_repository(repository):
    """What lies there could be committed."""
    inside = repository / "tmp"
    inside.mkdir()

    with pytest.raises(InvalidError) as caught:
        Scratch(inside, repository=repository)

    assert caught.value.problems[0].code == "scratch-in-repository"


def test_the_base_must_exist(base, repository):
    """A mistyped RUNNER_SCRATCH is an error, not a new folder."""
    with pytest.raises(InvalidError) as caught:
        Scratch(base / "missing", repository=repository)

    assert caught.value.problems[0].code == "scratch-missing"


def test_folders_that_are_in_use_stay(base, repository):
    """Two commands may run at the same time."""
    with Scratch(base, repository=repository) as first:
        first.append("a", FRAME)
        with Scratch(base, repository=repository) as second:
            assert second.folder != first.folder
        assert first.read("a").equals(FRAME)


@pytest.mark.slow
def test_left_overs_of_a_killed_process_are_removed_by_the_next(base, repository):
    """Whatever ended the process, the next start removes its folder."""
    code = (
        "import os, signal, sys, pathlib, polars as pl\n"
        "from runner.sources.scratch import Scratch\n"
        "base, repository = map(pathlib.Path, sys.argv[1:])\n"
        "scratch = Scratch(base, repository=repository).__enter__()\n"
        "scratch.append('a', pl.DataFrame({'a': ['x']}))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(base), str(repository)], check=False)
    assert len(list(base.iterdir())) == 2

    with Scratch(base, repository=repository) as scratch:
        assert {path.name for path in base.iterdir()} == {scratch.folder.name, scratch.folder.name + ".lock"}


def test_a_link_in_the_place_of_a_left_over_is_not_followed(base, repository, tmp_path):
    """In a shared temporary folder somebody else may have put it there."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")
    (base / "campaign-runner-aa").symlink_to(precious)
    (base / "campaign-runner-aa.lock").touch()
    (base / "campaign-runner-bb.lock").symlink_to(precious / "file")

    with Scratch(base, repository=repository):
        pass

    assert (precious / "file").read_text() == "x"
