"""The files under `templates/`."""

import os
from typing import Any

import pytest

from runner.config.templates import is_template_name, load_templates
from runner.errors import Problem


def test_names_and_sources(root: Any) -> None:
    """Templates in folders are named by their path; a byte order mark is not part of the text."""
    root.write("templates/debt/deep/x.j2", b"\xef\xbb\xbfHi\r\n")
    root.write("templates/README.md", b"\xff")
    root.write("templates/.hidden", b"\xff")
    problems = list[Problem]()

    found = load_templates(root.path, problems)

    assert dict(found) == {
        "debt/deep/x.j2": "Hi\r\n",
        "overdue.sms.j2": "You owe {{ amount }} since {{ due }}.",
        "overdue.tts.j2": "Dear {{ name }}, you owe {{ amount }}.",
    }
    assert problems == []


@pytest.mark.parametrize("name", ["a", "a.j2", "a/b-c_d.1/e", "0"])
def test_good_names(name: str) -> None:
    """Small letters, digits, dots, dashes and folders."""
    assert is_template_name(name)


@pytest.mark.parametrize(
    "name", ["", "A", "../a", "a/../b", "a//b", "a/", "/a", ".a", "a/.b", "a b", "ä", "a\n", "-a"]
)
def test_bad_names(name: str) -> None:
    """Nothing that climbs, hides, is absolute or is spelled with capitals."""
    assert not is_template_name(name)


def test_everything_wrong_is_found(root: Any) -> None:
    """Too large, not UTF-8, a pipe, hidden direction and links that leave are all reported; the rest is loaded."""
    root.write("templates/large", "x" * (64 * 1024 + 1))
    root.write("templates/largest", "x" * (64 * 1024))
    root.write("templates/latin", "\xe9".encode("latin-1"))
    root.write("templates/bidi", "ok\n  \u202e")
    os.mkfifo(root.path / "templates" / "pipe")
    (root.path / "templates" / "environ").symlink_to("/proc/self/environ")
    (root.path / "templates" / "folder").symlink_to("..")
    (root.path / "templates" / "inner").symlink_to("largest")
    problems = list[Problem]()

    found = load_templates(root.path, problems)

    assert sorted((problem.code, str(problem.where)) for problem in problems) == [
        ("bidi-control", "templates/bidi:2:3"),
        ("link-outside", "templates/environ"),
        ("link-outside", "templates/folder"),
        ("not-a-file", "templates/pipe"),
        ("not-utf-8", "templates/latin:1"),
        ("too-large", "templates/large"),
    ]
    assert sorted(found) == ["inner", "largest", "overdue.sms.j2", "overdue.tts.j2"]


def test_one_set_for_all_campaigns(root: Any) -> None:
    """Every campaign of a command shares one mapping, which cannot be changed."""
    root.campaign(root.minimal)
    root.campaign(root.minimal.replace('"plain"', '"other"'), "other.toml")

    one, other = root.load()

    assert one.templates is other.templates
    with pytest.raises(TypeError):
        one.templates["x"] = "y"


def test_inline_text_is_where_it_stands(root: Any) -> None:
    """A text in the campaign file has no name and the place of its value."""
    template = root.one(root.minimal).voice.template

    assert (template.name, template.source) == (None, "Hello")
    assert str(template.where) == "campaigns/plain.toml:13:8"
