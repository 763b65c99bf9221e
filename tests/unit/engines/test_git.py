"""What git says, also where the campaign repository is a folder of a git repository, and where names play tricks."""

import io
import os
import subprocess
import tarfile

import pytest

from runner.engines.git import archive, changed_files, commit_of, is_ignored, is_repository, is_tracked


@pytest.fixture(name="top")
def _top(tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        )

    root = tmp_path / "sub"
    (root / "campaigns/receipts").mkdir(parents=True)
    (root / "campaigns/a.toml").write_text("a")
    (root / "campaigns/:x.csv").write_text("phone\n")
    (root / ".gitignore").write_text("hidden.toml\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    return tmp_path


def test_a_name_that_looks_like_a_pattern_is_a_name(top):
    """A tracked file called ``:x.csv`` is tracked: git's magic for paths is off."""
    assert is_tracked(top / "sub/campaigns/:x.csv")
    assert not is_tracked(top / "sub/campaigns/receipts")
    assert not is_tracked(top / "sub/campaigns/other.csv")


def test_changes_are_counted_from_the_root(top):
    """Changed, new and ignored files are listed relative to the root, wherever git's own top is."""
    root = top / "sub"
    (root / "campaigns/a.toml").write_text("b")
    (root / "campaigns/hidden.toml").write_text("c")
    (root / "campaigns/receipts/1.toml").write_text("d")

    assert changed_files(root, ("campaigns",)) == (
        "campaigns/a.toml",
        "campaigns/hidden.toml",
        "campaigns/receipts/1.toml",
    )


def test_no_answer_is_not_no_change(tmp_path):
    """Outside of git nobody can say that nothing changed."""
    assert changed_files(tmp_path, ("campaigns",)) is None
    assert not is_repository(tmp_path)
    assert commit_of(tmp_path) is None


def test_a_clean_repository_says_so(top):
    """Nothing changed, and the commit has forty digits."""
    assert changed_files(top / "sub", ("campaigns",)) == ()
    assert is_repository(top / "sub")
    assert len(commit_of(top / "sub") or "") == 40
    assert is_ignored(top / "sub/hidden.toml")


def test_the_files_of_a_commit_are_archived_as_they_were(top):
    """Names are relative to the root of the campaigns; what lies elsewhere, or was changed since, is not in it."""
    root = top / "sub"
    commit = commit_of(root)
    (root / "campaigns/a.toml").write_text("changed")

    packed = archive(root, commit or "", ("campaigns",), but="campaigns/receipts")

    with tarfile.open(fileobj=io.BytesIO(packed or b"")) as files:
        names = {name for name in files.getnames() if not files.getmember(name).isdir()}
        assert names == {"campaigns/a.toml", "campaigns/:x.csv"}
        member = files.extractfile("campaigns/a.toml")
        assert member is not None
        assert member.read() == b"a"


@pytest.mark.parametrize("commit", ["", "HEAD", "--remote=x", "0" * 40, "a" * 39])
def test_what_is_no_commit_is_not_archived(top, commit):
    """Neither a name, an option nor an unknown id."""
    assert archive(top / "sub", commit, ("campaigns",), but="campaigns/receipts") is None
