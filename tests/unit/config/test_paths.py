"""Paths that campaign files name, and links that would lead them elsewhere."""

import os
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside every root, with an audience and a secret."""
    folder = tmp_path_factory.mktemp("outside").resolve()
    (folder / "people.csv").write_text("phone\n")
    (folder / "secret").write_text("canary")
    return folder


def test_sources_allow_other_folders(root: Any, outside: Path) -> None:
    """An audience may lie in a folder of RUNNER_SOURCES."""
    root.campaign(root.minimal.replace("people.csv", f"{outside}/people.csv"))

    (campaign,) = root.load(sources=("s3://bucket/", str(outside)))

    assert campaign.audience.file == outside / "people.csv"


def test_prefix_is_a_folder_not_a_beginning(root: Any, outside: Path) -> None:
    """A folder whose name only begins like a source is not one."""
    text = root.minimal.replace("people.csv", f"{outside}/people.csv")

    assert root.codes(text, sources=(str(outside)[:-1],)) == ["path-outside"]


def test_source_may_not_be_left(root: Any, outside: Path) -> None:
    """A path that climbs out of a source again is outside."""
    (outside / "lists").mkdir()
    text = root.minimal.replace("people.csv", f"{outside}/lists/../people.csv")

    assert root.codes(text, sources=(f"{outside}/lists",)) == ["path-outside"]


def test_sample_must_be_committed(root: Any, outside: Path) -> None:
    """A sample lies in the root, also where sources allow more for audiences."""
    text = root.minimal.replace("[voice]", f'sample = "{outside}/people.csv"\n[voice]')

    assert root.codes(text, sources=(str(outside),)) == ["path-outside"]


def test_link_inside_the_root_is_followed(root: Any) -> None:
    """A link to another file of the root is fine, and the real path comes out."""
    (root.path / "campaigns" / "link.csv").symlink_to("audiences/overdue.csv")

    campaign = root.one(root.minimal.replace("people.csv", "link.csv"))

    assert campaign.audience.file == root.path / "campaigns" / "audiences" / "overdue.csv"


def test_link_out_of_the_root_is_an_error_even_unused(root: Any, outside: Path) -> None:
    """A link that leaves the root is reported wherever it lies in `campaigns/`, and nothing behind it is read."""
    (root.path / "campaigns" / "audiences" / "x.csv").symlink_to(outside / "people.csv")
    (root.path / "campaigns" / "folder").symlink_to(outside)
    (root.path / "campaigns" / "other.toml").symlink_to(outside / "secret")
    root.campaign(root.minimal)

    problems = root.problems()

    assert [(problem.code, str(problem.where)) for problem in problems] == [
        ("link-outside", "campaigns/audiences/x.csv"),
        ("link-outside", "campaigns/folder"),
        ("link-outside", "campaigns/other.toml"),
    ]
    assert not any("canary" in problem.message for problem in problems)


def test_audience_through_a_link_out_is_refused(root: Any, outside: Path) -> None:
    """Naming such a link is an error at the name too."""
    (root.path / "campaigns" / "x.csv").symlink_to(outside / "people.csv")

    assert root.codes(root.minimal.replace("people.csv", "x.csv")) == ["path-outside", "link-outside"]


def test_link_to_another_kind_of_file_is_refused(root: Any) -> None:
    """A link may not make a CSV of what is none."""
    root.write(".env", "RUNNER_API_KEY=canary")
    (root.path / "campaigns" / "x.csv").symlink_to("../.env")

    assert root.codes(root.minimal.replace("people.csv", "x.csv")) == ["file-ending"]


def test_links_in_a_circle_are_an_error(root: Any) -> None:
    """A link to itself ends in a problem, not in a crash."""
    (root.path / "campaigns" / "x.csv").symlink_to("x.csv")

    assert root.codes(root.minimal.replace("people.csv", "x.csv")) == ["file-unreadable", "link-outside"]


def test_campaign_that_is_a_link_in_a_circle(root: Any) -> None:
    """A campaign file that links to itself is reported with the links."""
    (root.path / "campaigns" / "x.toml").symlink_to("x.toml")

    assert [(problem.code, str(problem.where)) for problem in root.problems()] == [
        ("link-outside", "campaigns/x.toml")
    ]


def test_templates_folder_that_is_a_link_out(root: Any, outside: Path, tmp_path: Path) -> None:
    """The folder `templates` itself may not lead out of the root."""
    for file in (root.path / "templates").iterdir():
        file.unlink()
    (root.path / "templates").rmdir()
    (outside / "x.j2").write_text("canary")
    (root.path / "templates").symlink_to(outside)

    assert root.codes(root.minimal.replace('text = "Hello"', 'template = "x.j2"')) == [
        "template-missing",
        "link-outside",
    ]


def test_pipe_is_no_audience(root: Any) -> None:
    """A FIFO is refused without being opened."""
    os.mkfifo(root.path / "campaigns" / "pipe.csv")

    assert root.codes(root.minimal.replace("people.csv", "pipe.csv")) == ["not-a-file"]


def test_long_path_is_an_error(root: Any) -> None:
    """A name that no file system takes is a problem, not a crash."""
    assert root.codes(root.minimal.replace("people.csv", "x" * 900 + ".csv")) == ["file-unreadable"]


def test_capital_ending_is_an_ending(root: Any) -> None:
    """Spreadsheets on some systems write `.CSV`."""
    root.write("campaigns/PEOPLE.CSV", "phone\n")

    assert root.one(root.minimal.replace("people.csv", "PEOPLE.CSV")).audience.address == "PEOPLE.CSV"


def test_absent_audience_with_a_sample(root: Any) -> None:
    """Where the audience is not needed its sample stands for it, and exclusion lists may be absent too."""
    lines = 'sample = "audiences/overdue.sample.csv"\nexclude = ["none.csv", "audiences/opt-out.csv"]\n'
    root.campaign(root.minimal.replace("people.csv", "away.csv").replace("[voice]", f"{lines}[voice]"))

    (campaign,) = root.load(need_audience=False)

    assert (campaign.audience.file, campaign.audience.address) == (None, "away.csv")
    assert campaign.audience.sample == root.path / "campaigns" / "audiences" / "overdue.sample.csv"
    assert campaign.audience.exclude == (root.path / "campaigns" / "audiences" / "opt-out.csv",)
    assert [problem.code for problem in root.problems(need_audience=True)] == ["file-missing", "file-missing"]


def test_absent_audience_without_a_sample(root: Any) -> None:
    """Without a sample nothing stands for an absent audience."""
    assert root.codes(root.minimal.replace("people.csv", "away.csv"), need_audience=False) == ["file-missing"]


def test_absent_audience_outside_is_still_outside(root: Any) -> None:
    """That a file is not needed does not allow its path."""
    text = root.minimal.replace("people.csv", "../../away.csv")
    text = text.replace("[voice]", 'sample = "audiences/overdue.sample.csv"\n[voice]')

    assert root.codes(text, need_audience=False) == ["path-outside"]


def test_tracked_audience_is_an_error_outside_the_sandbox(root: Any) -> None:
    """Numbers of people are not committed: neither the audience nor a list of exclusions."""
    text = root.minimal.replace("[voice]", 'exclude = ["audiences/opt-out.csv"]\n[voice]')
    root.campaign(text)
    asked: list[Path] = []

    def is_tracked(file: Path) -> bool:
        asked.append(file)
        return True

    assert root.load(is_tracked=is_tracked)[0].name == "plain"
    assert asked == []
    assert root.codes(text, environment="staging", is_tracked=is_tracked) == ["audience-tracked"] * 2
    assert asked == [
        root.path / "campaigns" / "people.csv",
        root.path / "campaigns" / "audiences" / "opt-out.csv",
    ]
