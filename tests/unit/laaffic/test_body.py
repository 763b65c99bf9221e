"""Bodies of requests."""

import base64
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import InvalidError, MismatchError
from runner.frames import slot
from runner.laaffic.body import CHUNK_BYTES, Body, audio_body, plain_body, task_body
from runner.model.task import AudioFile
from tests.unit.laaffic.conftest import callees

HOSTILE = '"\\/\x00\x1f\n\r\t\x7f\x80\u2028\u2029é\U0001f600\ue000'


def sent(body: Body) -> bytes:
    """Return the bytes of *body*."""
    return b"".join(body.pieces())


def test_callees_become_entries() -> None:
    """Digits without the plus, and the variables that the texts use."""
    body = task_body(
        {"appId": "a"}, callees(["+447700900001", "+447700900002"], ["x", "y"]), slots=frozenset({1})
    )

    assert sent(body) == (
        b'{"appId":"a","numberInfoList":[{"calleeNumber":"447700900001","text1":"x"},'
        b'{"calleeNumber":"447700900002","text1":"y"}]}'
    )


def test_variables_that_no_text_uses_are_not_sent() -> None:
    """What nobody will hear or read stays here."""
    body = task_body({"a": 1}, callees(["+447700900001"], ["x"], ["y"]), slots=frozenset())

    assert sent(body) == b'{"a":1,"numberInfoList":[{"calleeNumber":"447700900001"}]}'


@pytest.mark.parametrize("value", [HOSTILE, "'; --", "${text1}", "\\u0041", "\ufeffx"])
def test_hostile_values_arrive_as_they_are(value: str) -> None:
    """Quotes, backslashes, control characters, separators and emoji survive the way to the vendor."""
    body = task_body({"a": value}, callees(["+447700900001"], [value]), slots=frozenset({1}))

    read = json.loads(sent(body))

    assert read == {"a": value, "numberInfoList": [{"calleeNumber": "447700900001", "text1": value}]}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20))
def test_any_text_arrives_as_it_is(rows: list[tuple[str, str]]) -> None:
    """Encoding by columns gives what encoding each entry with the standard library would give when read."""
    numbers = [f"+4477009{number:05}" for number in range(len(rows))]
    first, second = (list(column) for column in zip(*rows, strict=True))

    body = task_body({"b": 1}, callees(numbers, first, second), slots=frozenset({1, 2}))

    entries = json.loads(sent(body))["numberInfoList"]
    assert [(entry["calleeNumber"], entry["text1"], entry["text2"]) for entry in entries] == [
        (number[1:], *row) for number, row in zip(numbers, rows, strict=True)
    ]
    assert len(sent(body)) == body.length


@given(st.dictionaries(st.text(), st.text(), max_size=5).filter(bool))
def test_without_its_last_piece_a_body_is_not_json(value: dict[str, str]) -> None:
    """Nobody can act on a request whose last piece was held back, not even who ignores the announced length."""
    *pieces, last = plain_body(value).pieces()

    assert json.loads(b"".join([*pieces, last])) == value
    assert 1 <= len(last) <= 16
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        json.loads(b"".join(pieces))


def test_a_large_task_is_made_of_small_pieces() -> None:
    """100,000 people with two values each: pieces of 256 KiB, the last of 16 bytes."""
    count = 100_000
    numbers = [f"+4477{number:08}" for number in range(count)]
    frame = callees(numbers, ["a value of some length"] * count, ["another one"] * count)

    body = task_body({"appId": "a"}, frame, slots=frozenset({1, 2}))
    sizes = [len(piece) for piece in body.pieces()]

    assert sum(sizes) == body.length
    assert (max(sizes), sizes[-1]) == (CHUNK_BYTES, 16)


NUMBER = "+447700900001"

REFUSED = {
    "nobody": (callees([], []), "callee-count"),
    "no column for the variable": (callees([NUMBER]), "variable-missing"),
    "empty value": (callees([NUMBER], [""]), "variable-length"),
    "null": (
        callees([NUMBER], ["x"]).with_columns(pl.lit(None, pl.String).alias(slot(1))),
        "variable-length",
    ),
    "31 letters": (callees([NUMBER], ["x" * 31]), "variable-length"),
    "16 emoji": (callees([NUMBER], ["\U0001f600" * 16]), "variable-length"),
    "twice": (callees([NUMBER, NUMBER], ["x", "y"]), "callee-twice"),
    "twice, once without plus": (callees([NUMBER, NUMBER[1:]], ["x", "y"]), "callee-twice"),
    "6 digits": (callees(["+447700"], ["x"]), "callee-number"),
    "16 digits": (callees(["+4477009000011234"], ["x"]), "callee-number"),
    "blanks": (callees(["+44 7700 900001"], ["x"]), "callee-number"),
    "two signs": (callees(["++447700900001"], ["x"]), "callee-number"),
    "line break": (callees([NUMBER + "\n"], ["x"]), "callee-number"),
    "other digits": (callees(["+٤٤٧٧٠٠٩٠٠٠٠١"], ["x"]), "callee-number"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_the_vendor_would_cut_or_refuse_is_refused(fault: str) -> None:
    """Counts, numbers and values are looked at once more before they leave, and none of them is in the message."""
    frame, code = REFUSED[fault]

    with pytest.raises(InvalidError) as caught:
        task_body({"a": 1}, frame, slots=frozenset({1}))

    assert caught.value.problems[0].code == code
    assert "4477" not in str(caught.value)


def test_thirty_units_are_not_too_many() -> None:
    """Fifteen emoji are thirty units of UTF-16, and so is thirty times a letter."""
    frame = callees(["+447700900001", "+447700900002"], ["\U0001f600" * 15, "é" * 30])

    assert len(json.loads(sent(task_body({"a": 1}, frame, slots=frozenset({1}))))["numberInfoList"]) == 2


@pytest.mark.parametrize("size", [0, 1, 2, 3, 196_608, 196_609, 500_000])
def test_an_audio_file_is_sent_in_base64(tmp_path: Path, size: int) -> None:
    """Read in blocks, encoded without a seam, of exactly the announced length."""
    content = bytes(number % 251 for number in range(size))
    path = tmp_path / "a.mp3"
    path.write_bytes(content)

    body = audio_body(AudioFile(path=path, sha256=hashlib.sha256(content).hexdigest()), "name.mp3")

    assert len(sent(body)) == body.length
    assert json.loads(sent(body)) == {"fileName": "name.mp3", "file": base64.b64encode(content).decode()}


def test_an_audio_file_that_changed_is_not_sent_whole(tmp_path: Path) -> None:
    """The last piece comes only when what went before is the content that was reviewed."""
    path = tmp_path / "a.mp3"
    path.write_bytes(b"something else")
    pieces = audio_body(AudioFile(path=path, sha256="ab" * 32), "name.mp3").pieces()

    with pytest.raises(MismatchError, match="changed"):
        list(pieces)


def test_a_missing_audio_file_is_refused(tmp_path: Path) -> None:
    """Said before a connection is made."""
    with pytest.raises(InvalidError, match="cannot be read"):
        audio_body(AudioFile(path=tmp_path / "a.mp3", sha256="ab" * 32), "name.mp3")


def test_an_audio_file_that_vanishes_is_not_sent_whole(tmp_path: Path) -> None:
    """Removed after its size was taken: our own error, before the last piece."""
    path = tmp_path / "a.mp3"
    path.write_bytes(b"music")
    body = audio_body(AudioFile(path=path, sha256="ab" * 32), "name.mp3")
    path.unlink()

    with pytest.raises(InvalidError, match="cannot be read"):
        sent(body)
