"""Problems as a compiler prints them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import Problem, Where
from runner.views.problems import problem_lines


def shown(text: str, column: int, length: int = 1) -> tuple[str, str]:
    """Return the line of the source and the line of the caret."""
    where = Where(path="campaigns/a.toml", line=7, column=column, length=length, text=text)
    lines = problem_lines([Problem(code="c", message="m", where=where)])
    return lines[2], lines[3]


def columns(text: str) -> int:
    """Return the columns of a terminal that *text* takes, counted another way than the code does."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me")
        else 1 + (unicodedata.east_asian_width(char) in ("W", "F"))
        for char in text
    )


def test_a_whole_problem() -> None:
    """Code and message, place, line, caret and help, each on its line."""
    where = Where(path="campaigns/a.toml", line=12, column=3, length=4, text="a naem b")

    lines = problem_lines(
        [Problem(code="unknown-key", message="unknown key", where=where, hint="did you mean name?")]
    )

    assert lines == [
        "error[unknown-key]: unknown key",
        "  --> campaigns/a.toml:12:3",
        "  12 | a naem b",
        "     |   ^^^^",
        "  help: did you mean name?",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "column", "line", "caret"),
    [
        ("abc", 1, "  7 | abc", "    | ^"),
        ("\tabc", 2, "  7 |     abc", "    |     ^"),
        ("a\tb", 3, "  7 | a    b", "    |      ^"),
        ("你好x", 3, "  7 | 你好x", "    |     ^"),
        ("e\u0301x", 3, "  7 | e\u0301x", "    |  ^"),
        ("हिx", 3, "  7 | हिx", "    |   ^"),
        ("\u202ex", 2, "  7 | ⟨U+202E⟩x", "    |         ^"),
        ("abc", 4, "  7 | abc", "    |    ^"),
    ],
)
def test_the_caret_stands_under_its_character(text: str, column: int, line: str, caret: str) -> None:
    """Behind tabs, wide and combining characters, and behind those that are spelled out."""
    assert shown(text, column) == (line, caret)


def test_a_caret_over_a_wide_character_is_wide() -> None:
    """It underlines as many columns as its characters take."""
    assert shown("a你b", 2)[1] == "    |  ^^"


def test_a_long_line_is_cut_around_its_caret() -> None:
    """A template on one line of a hundred thousand characters shows the place and no more."""
    line, caret = shown("x" * 50_000 + "!" + "y" * 50_000, 50_001)

    assert len(line) < 140
    assert line[caret.index("^")] == "!"
    assert line.startswith("  7 | …x")
    assert line.endswith("y…")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=300), st.data())
def test_the_caret_in_any_line(text: str, data: st.DataObject) -> None:
    """Whatever stands before it, the caret is in the column where its character begins."""
    at = data.draw(st.integers(0, len(text)))
    marked = text[:at] + "§" + text[at:]

    line, caret = shown(marked, at + 1)

    before = line[: line.index("§", 6)] if "§" not in text else None
    if before is not None:
        assert columns(before) == caret.index("^")


def test_without_a_line() -> None:
    """A problem of a whole file names the file only, and one of none no file."""
    problems = [
        Problem(code="a", message="empty", where=Where(path="x.csv")),
        Problem(code="b", message="no setting"),
    ]

    assert problem_lines(problems) == [
        "error[a]: empty",
        "  --> x.csv",
        "",
        "error[b]: no setting",
        "",
        "2 errors",
    ]


def test_many_problems_are_counted() -> None:
    """Fifty are shown, all are counted."""
    lines = problem_lines([Problem(code="c", message=f"m{n}") for n in range(61)])

    assert lines[-1] == "61 errors, 11 of them not shown"
    assert sum(line.startswith("error[") for line in lines) == 50


def test_foreign_text_is_inert() -> None:
    """Message, path, line and help come from files, and none of them reaches the terminal raw."""
    evil = "\x1b[2J\u202e"
    where = Where(path=f"campaigns/{evil}.toml", line=1, column=2, text=evil)

    text = "\n".join(problem_lines([Problem(code="c", message=evil, where=where, hint=evil)]))

    assert "\x1b" not in text
    assert "\u202e" not in text
