"""`campaigns/policy.toml`: read strictly, with places, and together with everything else that is wrong."""

from pathlib import Path

import pytest

from runner.config.policy import read_caps
from runner.errors import Problem, Where


def read(root: Path, text: str) -> tuple[object, list[Problem]]:
    """Return what a policy with *text* says, and what is wrong with it."""
    (root / "campaigns").mkdir(exist_ok=True)
    (root / "campaigns/policy.toml").write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    return read_caps(root, problems), problems


def test_no_policy_sets_no_caps(tmp_path: Path) -> None:
    """Without the file, and with a file that says nothing, there is no cap and no problem."""
    problems: list[Problem] = []

    assert read_caps(tmp_path, problems) is None
    assert read(tmp_path, "# nothing yet\n") == (None, [])
    assert problems == []


def test_caps(tmp_path: Path) -> None:
    """Both numbers are read, and the cap knows its place and its words."""
    caps, problems = read(tmp_path, "# ours\n\n[caps]\ncalls = 3\ndays = 7\n")

    assert problems == []
    assert str(caps) == "at most 3 calls in 7 days over all campaigns (campaigns/policy.toml:3:2)"


def test_one_is_said_as_one(tmp_path: Path) -> None:
    """One call in one day is no plural."""
    caps, _ = read(tmp_path, "caps = { calls = 1, days = 1 }")

    assert str(caps) == "at most 1 call in 1 day over all campaigns (campaigns/policy.toml:1:1)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[caps]\ncall = 3\ndays = 7\n", [("unknown-key", 2, 1, "did you mean `calls`?")]),
        ("[cap]\ncalls = 3\ndays = 7\n", [("unknown-key", 1, 2, "did you mean `caps`?")]),
        ("[caps]\ncalls = 3\n", [("missing-key", 1, 2, "`days` is a whole number from 1 to 366")]),
        ("[caps]\ncalls = 0\ndays = 367\n", [("bad-value", 2, 9, None), ("bad-value", 3, 8, None)]),
        ('[caps]\ncalls = "3"\ndays = 7\n', [("bad-value", 2, 9, None)]),
        ("[caps]\ncalls = true\ndays = 7\n", [("bad-value", 2, 9, None)]),
        ("caps = 3\n", [("bad-value", 1, 8, None)]),
        ("[caps\n", [("toml-syntax", 1, 6, None)]),
    ],
)
def test_what_is_wrong_has_its_place(
    tmp_path: Path, text: str, found: list[tuple[str, int, int, str | None]]
) -> None:
    """Unknown, missing and mistyped keys are told with line, column and a suggestion, and there is no cap then."""
    caps, problems = read(tmp_path, text)

    assert caps is None
    told = [(one.code, one.where, one.hint) for one in problems]
    for (code, where, hint), (wanted, line, column, suggestion) in zip(told, found, strict=True):
        assert code == wanted
        assert isinstance(where, Where)
        assert (where.path, where.line, where.column) == ("campaigns/policy.toml", line, column)
        assert suggestion is None or hint == suggestion


def test_link_to_nowhere_is_no_absent_policy(tmp_path: Path) -> None:
    """A policy that cannot be read is a problem, not the freedom to call as often as one likes."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/policy.toml").symlink_to(tmp_path / "gone")
    problems: list[Problem] = []

    assert read_caps(tmp_path, problems) is None
    assert [problem.code for problem in problems] == ["unreadable"]
