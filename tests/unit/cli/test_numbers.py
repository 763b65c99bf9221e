"""Numbers from stdin: one a line, in any spelling, and what is none is told by its line."""

import io
import sys

import polars as pl
import pytest

from runner.cli.numbers import read_people
from runner.digest.keyed import keyed
from runner.errors import InvalidError

SUBKEY = "ab" * 32


def read(monkeypatch: pytest.MonkeyPatch, text: str | bytes, region: str | None = None) -> pl.Series:
    """Return the people of *text* on stdin."""
    raw = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
    return read_people(region, subkey=SUBKEY)[0]


def refused(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> list[int | None]:
    """Return the lines that are told to be wrong."""
    with pytest.raises(InvalidError) as error:
        read(monkeypatch, text)
    assert "canary" not in str([problem.message for problem in error.value.problems])
    return [problem.where.line if problem.where else None for problem in error.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "+447700900001\n+447700900002\n",
        "\ufeff+447700900001\r\n\r\n  +44 7700 900002",
        "+447700900002\n+44 (0)7700 900001\n+447700900001\n\n",
        "07700 900001\n07700900002\n",
    ],
)
def test_numbers_are_read_in_any_spelling(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """With blanks, doubled, in any order, with a byte order mark and other line ends: two people, ascending."""
    wanted = sorted(keyed(SUBKEY, number) for number in ("+447700900001", "+447700900002"))

    assert read(monkeypatch, text, "gb").to_list() == wanted


def test_a_number_of_before_is_the_person_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gives the number that her country changed since is found under the present one, and under that of before."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("+5215512345678\n"))

    people, former = read_people(None, subkey=SUBKEY)

    assert people.to_list() == [keyed(SUBKEY, "+525512345678")]
    assert keyed(SUBKEY, "+5215512345678") in former.to_list()


def test_wrong_lines_are_told_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, national numbers without a region, too many digits, and lines without an end: each by its number."""
    lines = ["+447700900001", "canary", "", "07700 900002", "+44770090000212", "9.11E+12", "canary" * 50]

    assert refused(monkeypatch, "\n".join(lines)) == [2, 4, 5, 6, 7]


@pytest.mark.parametrize("text", ["", "\n \n", b"\xff\xfe+\x004\x00"])
def test_nothing_and_no_text_are_refused(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    """An empty stdin, blank lines, and what is no UTF-8 are refused as a whole."""
    assert refused(monkeypatch, text) == [None]


def test_more_lines_than_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit keeps memory bounded; nothing before it is taken."""
    monkeypatch.setattr("runner.cli.numbers.MOST_LINES", 2)

    assert refused(monkeypatch, "+447700900001\n" * 3) == [None]
