"""Bodies of requests: how long, and piece by piece, the last piece being small and decisive.

A task's callees are encoded by columns, never one by one: 100,000 with ten values each are 30 MB of JSON in 0.15 s.
"""

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from runner.errors import MismatchError
from runner.frames import NUMBER, slot
from runner.laaffic.capacity import CAPACITY, MAX_CALLEES
from runner.laaffic.refusal import refusal
from runner.model.task import AudioFile

CHUNK_BYTES: Final = 256 * 1024
LAST_BYTES: Final = 16
"""The last piece of a JSON object: without its final brace it is not JSON, so nobody can act on what came before."""

_ASTRAL: Final = "[\U00010000-\U0010ffff]"
_BASE64_BLOCK: Final = 3 * 64 * 1024
_BODY_TAIL: Final = b'"}'
_UNREADABLE: Final = ("audio-unreadable", "An audio file of the campaign cannot be read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries.

    Attributes:
        length: bytes in all, announced before the first.
        pieces: makes a fresh run through the bytes; each run raises before its last piece where that must not be sent.
    """

    length: int
    pieces: Callable[[], Iterator[bytes]] = field(repr=False)


def plain_body(value: Mapping[str, object]) -> Body:
    """Return *value* as JSON, in two pieces."""
    return _held_back(_json(value))


def task_body(head: Mapping[str, object], callees: pl.DataFrame, *, slots: frozenset[int]) -> Body:
    """Return the object *head* with ``numberInfoList`` added, one entry per row of *callees*.

    Args:
        head: all other fields.
        callees: frame of `runner.frames`, *callees*; only the number and the used slots are read.
        slots: numbers of the variables that the texts use; each needs a value for everybody.

    Raises:
        InvalidError: the vendor would cut or lose a value, or refuse a number. No value is in the message.
    """
    entries = entries_of(callees, slots)
    buffer = io.BytesIO()
    buffer.write(_json(head)[:-1] + b',"numberInfoList":[')
    # One object a line; a line break inside a value is escaped, so those that are left stand between two entries.
    lines = io.BytesIO()
    entries.write_ndjson(lines)
    buffer.write(lines.getbuffer()[:-1].tobytes().replace(b"\n", b","))
    buffer.write(b"]}")
    return _held_back(buffer.getvalue())


def audio_body(audio: AudioFile, file_name: str) -> Body:
    """Return the upload of *audio* under *file_name*, read from disk piece by piece while it is sent.

    Raises:
        InvalidError: the file cannot be read.
        MismatchError: while running through it, before the last piece: it is not the content that was planned.
    """
    opening = _json({"fileName": file_name})[:-1] + b',"file":"'
    try:
        size = audio.path.stat().st_size
    except OSError as error:
        raise refusal(*_UNREADABLE) from error
    return Body(
        length=len(opening) + 4 * -(-size // 3) + len(_BODY_TAIL),
        pieces=lambda: _audio_pieces(audio, opening),
    )


def _audio_pieces(audio: AudioFile, opening: bytes) -> Iterator[bytes]:
    digest = hashlib.sha256()
    yield opening
    try:
        with audio.path.open("rb") as file:
            while block := file.read(_BASE64_BLOCK):
                digest.update(block)
                yield base64.b64encode(block)
    except OSError as error:
        raise refusal(*_UNREADABLE) from error
    if digest.hexdigest() != audio.sha256:
        raise MismatchError("An audio file changed after it was planned.", hint="Plan again.")
    yield _BODY_TAIL


def entries_of(callees: pl.DataFrame, slots: frozenset[int]) -> pl.DataFrame:
    """Return the columns of the vendor's entries: ``calleeNumber`` and ``textN`` for each of *slots*, all String, none null.

    Raises:
        InvalidError: as `task_body`.
    """
    if not 1 <= callees.height <= MAX_CALLEES:
        raise refusal(
            "callee-count", f"A task of {callees.height} people; the vendor takes 1 to {MAX_CALLEES}."
        )
    missing = sorted(number for number in slots if slot(number) not in callees.columns)
    if missing:
        raise refusal(
            "variable-missing", f"The texts use variable {missing[0]}, and the people have no value for it."
        )
    entries = (
        callees.lazy()
        .select(
            pl.col(NUMBER).str.strip_prefix("+").alias("calleeNumber"),
            *(pl.col(slot(number)).alias(f"text{number}") for number in sorted(slots)),
        )
        .collect()
    )
    _check_numbers(entries.get_column("calleeNumber"))
    for number in sorted(slots):
        _check_values(entries.get_column(f"text{number}"), number)
    return entries


def _check_numbers(numbers: pl.Series) -> None:
    """7-15 digits is the strictest reading of the pages (the newest says 6-18); nobody twice, since it is not said what happens."""
    wrong = int((~numbers.str.contains(r"^[0-9]{7,15}$").fill_null(value=False)).sum())
    if wrong:
        raise refusal("callee-number", f"{wrong} of {numbers.len()} numbers are not 7 to 15 digits.")
    if numbers.n_unique() != numbers.len():
        raise refusal("callee-twice", "A number occurs twice in one task.")


def _check_values(values: pl.Series, number: int) -> None:
    """The vendor cuts longer values silently, and what it makes of an empty one is not known."""
    units = values.str.len_chars() + values.str.count_matches(_ASTRAL)
    wrong = int((~units.is_between(1, CAPACITY.slot_units).fill_null(value=False)).sum())
    if wrong:
        raise refusal(
            "variable-length",
            f"{wrong} of {values.len()} values of variable {number} do not have 1 to {CAPACITY.slot_units} characters.",
        )


def _held_back(encoded: bytes) -> Body:
    def pieces() -> Iterator[bytes]:
        border = max(len(encoded) - LAST_BYTES, len(encoded) // 2)
        for start in range(0, border, CHUNK_BYTES):
            yield encoded[start : min(start + CHUNK_BYTES, border)]
        yield encoded[border:]

    return Body(length=len(encoded), pieces=pieces)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
