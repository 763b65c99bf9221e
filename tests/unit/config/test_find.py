"""The root of a repository and the campaigns in it."""

from pathlib import Path
from typing import Any

import pytest

from runner.config.find import find_campaigns, find_root
from runner.errors import Exit, ExpectationError, InvalidError


def names(root: Any, *paths: str) -> list[str]:
    """Return the campaigns that *paths*, relative to the root, name."""
    found = find_campaigns(root.path, [root.path / path for path in paths])
    return [file.relative_to(root.path).as_posix() for file in found]


@pytest.fixture
def several(root: Any) -> Any:
    """A root with campaigns in folders, and TOML files that are none."""
    for name in (
        "b.toml",
        "a/x.toml",
        "a/policy.toml",
        "policy.toml",
        "environments.toml",
        "receipts/production/a/1/r.toml",
        ".hidden.toml",
        ".git/x.toml",
        "notes.txt",
    ):
        root.write(f"campaigns/{name}", "")
    return root


def test_root_is_found_from_below(root: Any) -> None:
    """The root is the nearest folder above a campaign with both folders."""
    file = root.campaign(root.minimal, "deep/er/x.toml")

    assert find_root(file) == root.path
    assert find_root(root.path) == root.path
    assert find_root(root.path / "campaigns" / "not-there.toml") == root.path


def test_root_is_found_through_a_link(root: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The root that comes out is the real path."""
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(root.path)

    assert find_root(link / "campaigns") == root.path
    assert len(find_campaigns(root.path, [link / "campaigns"]) if root.campaign(root.minimal) else []) == 1


def test_no_root(tmp_path: Path) -> None:
    """A folder without campaigns above it is no repository."""
    with pytest.raises(InvalidError, match="no campaign repository"):
        find_root(tmp_path)


def test_half_a_root_says_what_is_missing(tmp_path: Path) -> None:
    """Campaigns without templates are nearly one."""
    (tmp_path / "campaigns").mkdir()

    with pytest.raises(InvalidError) as caught:
        find_root(tmp_path / "campaigns")

    assert caught.value.problems[0].hint == f"{tmp_path} has campaigns/; make a folder templates/ beside it"


def test_all_campaigns(several: Any) -> None:
    """Every TOML file is a campaign, but for the three names at the top and what is hidden."""
    found = find_campaigns(several.path, None)

    assert [file.name for file in found] == ["policy.toml", "x.toml", "b.toml"]


def test_selection(several: Any) -> None:
    """Files and folders select, each campaign once."""
    assert names(several, "campaigns/b.toml") == ["campaigns/b.toml"]
    assert names(several, "campaigns/a", "campaigns/a/x.toml") == [
        "campaigns/a/policy.toml",
        "campaigns/a/x.toml",
    ]
    assert len(names(several, ".")) == 3


@pytest.mark.parametrize(
    "path",
    [
        "campaigns/none.toml",
        "campaigns/policy.toml",
        "campaigns/receipts",
        "templates",
        "campaigns/notes.txt",
    ],
)
def test_selection_of_nothing_is_a_failed_expectation(several: Any, path: str) -> None:
    """A path that matches no campaign is exit 11, also beside one that does."""
    with pytest.raises(ExpectationError) as caught:
        names(several, "campaigns/b.toml", path)

    assert caught.value.exit is Exit.EXPECTATION
