"""Reading TOML files: encodings, syntax errors in our own words, sizes, hostile characters."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.config.document import read_document
from runner.config.positions import Lines
from runner.config.syntax import syntax_problem
from runner.errors import InvalidError, Problem


def problems_of(tmp_path: Path, content: bytes) -> tuple[Problem, ...]:
    """Return what is wrong with a file of *content*."""
    file = tmp_path / "c.toml"
    file.write_bytes(content)
    with pytest.raises(InvalidError) as caught:
        read_document(file, shown="campaigns/c.toml")
    return caught.value.problems


SYNTAX = [
    ("a = 1\na = 2\n", 2, 1, "this key is set twice"),
    ("[a]\n  [a] # again\n", 2, 3, "this table exists already"),
    ("a = {b = 1, b = 2}\n", 1, 1, "this key is set twice"),
    ("a = [1]\n[[a]]\n", 2, 1, "an inline table or array cannot be extended later"),
    ("a.b = 1\n[a]\n", 2, 1, "this table exists already"),
    ("a\n", 1, 2, "a key must be followed by `=` and its value"),
    ("[a\n", 1, 3, "a table header must end with `]`"),
    ("[[a]\n", 1, 4, "a header of an array of tables must end with `]]`"),
    ("a = 1 b = 2\n", 1, 7, "nothing but a comment may follow a value in its line"),
    ("a = 'x\n", 1, 7, "this string does not end"),
    ("a = '''x\n", 1, 9, "this string does not end"),
    ('a = """x\n', 1, 9, "this string does not end"),
    ("a = [1 2]\n", 1, 8, "this list does not end"),
    ("a = {b = 1 c = 2}\n", 1, 12, "this inline table does not end in its line"),
    ('a = "\\q"\n', 1, 8, "a backslash in a string begins an escape that TOML does not have"),
    ('a = "\\u12"\n', 1, 8, "this escape needs hexadecimal digits"),
    ('a = "\\ud800"\n', 1, 12, "this escape is not a Unicode character"),
    ('a = "\x01"\n', 1, 6, "a control character or line break may not stand here"),
    ("# \x01\n", 1, 3, "a control character may not stand in a comment"),
    ("a = 2026-02-30\n", 1, 5, "there is no such date or time"),
    (" = 1\n", 1, 2, "this is neither a key with a value nor a table header"),
    ("a. = 1\n", 1, 4, "a key is letters, digits, - and _, or stands in quotes"),
    ("a = yes\n", 1, 5, "this is not a value"),
    ("a = \n", 1, 5, "this is not a value"),
    ("a = 1\n\n[b]\nc =", 4, 4, "this is not a value"),
]


@pytest.mark.parametrize(("text", "line", "column", "sentence"), SYNTAX)
def test_syntax_errors_have_place_and_sentence(
    *, tmp_path: Path, text: str, line: int, column: int, sentence: str
) -> None:
    """Each way of breaking TOML has its own sentence and its place."""
    (problem,) = problems_of(tmp_path, text.encode())

    assert (problem.code, problem.message) == ("toml-syntax", f"not valid TOML: {sentence}")
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (line, column)
    assert problem.where.text == text.split("\n")[line - 1]


def test_columns_of_syntax_errors_count_characters(tmp_path: Path) -> None:
    """Letters beyond ASCII and CR LF do not shift the place."""
    (problem,) = problems_of(tmp_path, "\ufeffa = 'ключ'\r\n\tb = 'é' c\r\n".encode())

    assert str(problem.where) == "campaigns/c.toml:2:10"


def test_thousands_of_digits_are_an_error(tmp_path: Path) -> None:
    """The one exception of `tomllib` that is not its own is caught too."""
    (problem,) = problems_of(tmp_path, b"a = " + b"9" * 5000 + b"\n")

    assert problem.message == "not valid TOML: a number has too many digits"


def test_deep_nesting_is_an_error(tmp_path: Path) -> None:
    """Nesting beyond the interpreter's stack is a problem of the file, not a crash."""
    (problem,) = problems_of(tmp_path, b"a = " + b"[" * 5000 + b"]" * 5000)

    assert problem.message == "not valid TOML: lists and tables are nested too deeply"


@pytest.mark.parametrize(
    ("content", "line", "message", "hint"),
    [
        (
            "a = 'é'\n".encode("latin-1"),
            1,
            "the file is not UTF-8: byte 0xE9 at offset 5",
            "save the file as UTF-8",
        ),
        (
            b"\xef\xbb\xbfa = 1\n\xff",
            2,
            "the file is not UTF-8: byte 0xFF at offset 9",
            "save the file as UTF-8",
        ),
        (
            "a = 1\n".encode("utf-16"),
            1,
            "the file is not UTF-8: byte 0xFF at offset 0",
            "it looks like UTF-16: save it as UTF-8",
        ),
    ],
)
def test_other_encodings_are_named_by_byte(
    *, tmp_path: Path, content: bytes, line: int, message: str, hint: str
) -> None:
    """What is not UTF-8 is refused with the byte, its offset and line."""
    (problem,) = problems_of(tmp_path, content)

    assert (problem.code, problem.message, problem.hint) == ("not-utf-8", message, hint)
    assert problem.where is not None
    assert problem.where.line == line


def test_large_file_is_refused(tmp_path: Path) -> None:
    """A campaign file has at most 128 KiB."""
    (problem,) = problems_of(tmp_path, b"#" * (128 * 1024 + 1))

    assert (problem.code, problem.message) == ("too-large", "the file is larger than 128 KiB")


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO in place of a file is refused without reading from it."""
    os.mkfifo(tmp_path / "p.toml")

    with pytest.raises(InvalidError) as caught:
        read_document(tmp_path / "p.toml", shown="p.toml")

    assert [problem.code for problem in caught.value.problems] == ["not-a-file"]


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_what_cannot_be_read_is_a_problem(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are problems, not crashes."""
    with pytest.raises(InvalidError):
        read_document(tmp_path / name, shown=name)


def test_bidirectional_controls_are_refused_by_line(tmp_path: Path) -> None:
    """Embeddings, overrides and isolates are refused also in comments; marks of direction are not."""
    text = "a = '\u200f'\nb = '\u202e\u202d' # \u2066\nc = 1 # \u2069\n"

    found = problems_of(tmp_path, text.encode())

    assert [(problem.code, str(problem.where)) for problem in found] == [
        ("bidi-control", "campaigns/c.toml:2:6"),
        ("bidi-control", "campaigns/c.toml:3:9"),
    ]


def test_decimals_are_exact(tmp_path: Path) -> None:
    """A decimal is read as it is written."""
    file = tmp_path / "c.toml"
    file.write_text("a = 0.10\n")

    assert str(read_document(file, shown="c.toml").data["a"]) == "0.10"


@given(st.text(st.sampled_from("a=[]{}.,'\"\\#\n\r\t 1-:T\x00é"), max_size=40))
@settings(deadline=None)
def test_any_syntax_error_is_explained(text: str) -> None:
    """Whatever `tomllib` says about a text gets a sentence of ours and a place inside the text."""
    lines = Lines(path="c.toml", text=text)
    try:
        tomllib.loads(text)
    except ValueError as error:
        problem = syntax_problem(error, lines)
        assert problem.message.startswith("not valid TOML: ")
        assert problem.message != "not valid TOML: this is not TOML"
        assert problem.where is not None
        assert problem.where.text is not None
