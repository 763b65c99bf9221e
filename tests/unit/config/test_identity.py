"""Names across the campaigns of a root."""

import os
from typing import Any

import pytest

from runner.config.load import load
from runner.errors import InvalidError


def named(root: Any, name: str, *, formerly: str = "") -> str:
    """Return a campaign called *name* that was called *formerly*."""
    old = f'formerly = ["{formerly}"]\n' if formerly else ""
    return old + str(root.minimal.replace('"plain"', f'"{name}"'))


def problems(root: Any) -> list[tuple[str, str]]:
    """Return codes and places."""
    return [(problem.code, str(problem.where)) for problem in root.problems()]


def test_one_name_twice(root: Any) -> None:
    """Of two files with one name the later is told, and names the other."""
    root.campaign(named(root, "same"), "a.toml")
    root.campaign(named(root, "same"), "b.toml")

    (problem,) = root.problems()

    assert (problem.code, str(problem.where)) == ("duplicate-name", "campaigns/b.toml:1:8")
    assert problem.message == "the name `same` is also one of campaigns/a.toml"


def test_former_name_is_not_free(root: Any) -> None:
    """A name that a campaign had is not the name of another one, in whichever order the files lie."""
    root.campaign(named(root, "new", formerly="old"), "a.toml")
    root.campaign(named(root, "old"), "b.toml")

    assert problems(root) == [("duplicate-name", "campaigns/a.toml:1:13")]


def test_one_former_name_twice(root: Any) -> None:
    """Two campaigns cannot both be the continuation of one."""
    root.campaign(named(root, "one", formerly="old"), "a.toml")
    root.campaign(named(root, "two", formerly="old"), "b.toml")

    assert problems(root) == [
        ("duplicate-name", "campaigns/a.toml:1:13"),
        ("duplicate-name", "campaigns/b.toml:1:13"),
    ]


@pytest.mark.parametrize(("selected", "formerly"), [("plain", ""), ("older", "plain")])
def test_unselected_campaigns_count(root: Any, selected: str, formerly: str) -> None:
    """A name must be unique in the root, not only among the files of one command."""
    root.campaign(named(root, "plain"), "a.toml")
    file = root.campaign(named(root, selected, formerly=formerly), "z.toml")

    with pytest.raises(InvalidError) as caught:
        load(root.path, [file], environment="sandbox", need_audience=True)

    assert [problem.code for problem in caught.value.problems] == ["duplicate-name"]


def test_unselected_files_may_be_anything(root: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What cannot be read beside the selected campaigns is passed over: no text, no TOML, no name, a pipe, a link out."""
    outside = tmp_path_factory.mktemp("outside") / "x.toml"
    outside.write_text('name = "plain"\n')
    root.campaign("\xff = ", "a.toml")
    root.campaign("name = 7\n", "b.toml")
    os.mkfifo(root.path / "campaigns" / "c.toml")
    root.write("campaigns/d.toml", b"\xff")
    file = root.campaign(root.minimal, "z.toml")

    assert len(load(root.path, [file], environment="sandbox", need_audience=True)) == 1

    (root.path / "campaigns" / "e.toml").symlink_to(outside)
    (root.path / "campaigns" / "f.toml").symlink_to("f.toml")
    with pytest.raises(InvalidError) as caught:
        load(root.path, [file], environment="sandbox", need_audience=True)

    assert [problem.code for problem in caught.value.problems] == ["link-outside", "link-outside"]


def test_former_name_of_an_unselected_campaign(root: Any) -> None:
    """A selected campaign cannot take the old name of one that was not selected."""
    root.campaign(named(root, "new", formerly="old"), "a.toml")
    file = root.campaign(named(root, "old"), "z.toml")

    with pytest.raises(InvalidError) as caught:
        load(root.path, [file], environment="sandbox", need_audience=True)

    assert [str(problem.where) for problem in caught.value.problems] == ["campaigns/z.toml:1:8"]


def test_editions_that_differ_by_capitals(root: Any) -> None:
    """An edition whose receipts another edition's would overwrite on some file systems is refused."""
    root.write("receipts/staging/plain/Wave-1/r.toml", "")
    root.campaign(root.minimal.replace('"1"', '"wave-1"'))

    def loaded(environment: str) -> int:
        receipts = root.path / "receipts"
        return len(load(root.path, environment=environment, need_audience=True, receipts=receipts))

    assert loaded("production") == 1
    with pytest.raises(InvalidError, match="differs from the earlier Wave-1 by capitals only"):
        loaded("staging")
