"""Reads status reports and call records into the frame *reports* of `runner.frames`, column by column.

Pushes are unsigned: anybody who knows the address writes them, so nothing in a body may end in an exception, and what is not
plainly what the page describes is nothing. Records come from the vendor itself, but through the same eyes.

Source: pages pushVoiceReport (five brands and ages), recordGroup and recordGroupQuery, read 2026-11-23; the newest push page
alone has the call's status and the task's number. Times are milliseconds in pushes, ISO-8601 with an offset in records.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import polars as pl

from runner import frames
from runner.frames import (
    AUDIO,
    CALL,
    CALLED,
    CALLER,
    CERTAINTY,
    CHARGED,
    COST,
    CURRENCY,
    DURATION,
    ENDED,
    JOB,
    KEY,
    NUMBER,
    OUTCOME,
    PARENT_JOB,
    PICKED_UP,
    RANG,
    RECALLS,
    SOURCE,
    SUBMITTED,
)
from runner.laaffic.ending import CODE, SIP, STATUS, certainty, outcome
from runner.model.outcome import Source
from runner.model.report import Refusal, Reports

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
CALL_PATTERN: Final = r"^[0-9A-Za-z_-]{1,64}$"
"""An id that may stand in a path of the vendor's and in a log. All ids seen are digits; the pages call them strings."""

_LARGEST: Final = 2**53
_LONGEST_TEXT: Final = 128
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_ISO: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST_MS, _LAST_MS = 946_684_800_000, 4_102_444_800_000
"""2000 and 2100: a time outside is no time of a call."""

_TEXTS: Final = {
    CALL: "voiceId",
    NUMBER: "callee",
    CALLER: "displayNum",
    AUDIO: "voiceFileId",
    KEY: "feedbackValue",
    CURRENCY: "currency",
    CODE: "terminationCode",
    SIP: "sipCode",
}
_NUMBERS: Final = {
    JOB: "taskId",
    PARENT_JOB: "sourceTaskId",
    RECALLS: "outRecallCount",
    DURATION: "callDuration",
    CHARGED: "chargedDuration",
    STATUS: "callStatus",
}
_TIMES: Final = {
    SUBMITTED: "submitTime",
    CALLED: "callTime",
    RANG: "ringingTime",
    PICKED_UP: "answerTime",
    ENDED: "hangupTime",
}
_COSTS: Final = ("cost", "costEur")
_MOST: Final = {
    JOB: 2**53,
    PARENT_JOB: 2**53,
    RECALLS: 99,
    DURATION: 604_800,
    CHARGED: 604_800,
    STATUS: 2**31,
}


class _Decimal(str):
    """A number with a point or an exponent, as it was written: money is never a float."""

    __slots__ = ()


class _Odd:
    """In the place of a value that no JSON has, such as NaN, and of an object that names a field twice."""


_ODD: Final = _Odd()


def read_pushes(bodies: Iterable[bytes]) -> Reports:
    """Return what the *bodies* of pushes report: each one object, an array of them, or ``{"array": […]}``; never raises."""
    rows: list[Mapping[str, object]] = []
    refused: Counter[Refusal] = Counter()
    for body in bodies:
        entries = _entries(body)
        if entries is None:
            refused[Refusal.UNREADABLE] += 1
            continue
        good = [cast("dict[str, object]", entry) for entry in entries if type(entry) is dict]
        refused[Refusal.NOT_A_REPORT] += len(entries) - len(good)
        rows += good
    return read_rows(rows, source=Source.PUSH, refused=refused)


def read_rows(
    rows: Sequence[Mapping[str, object]], *, source: Source, refused: Mapping[Refusal, int] | None = None
) -> Reports:
    """Return what the objects *rows* report; *refused* counts what was refused before. Never raises for a value."""
    costs = [_values(rows, name, _money) for name in _COSTS]
    raw = pl.DataFrame(
        {column: _values(rows, name, _text) for column, name in _TEXTS.items()}
        | {column: _values(rows, name, _whole) for column, name in _NUMBERS.items()}
        | {column: _values(rows, name, _moment) for column, name in _TIMES.items()}
        | dict(zip(_COSTS, costs, strict=True)),
        schema=dict.fromkeys(_TEXTS, pl.String)
        | dict.fromkeys((*_NUMBERS, *_TIMES), pl.Int64)
        | dict.fromkeys(_COSTS, pl.String),
    )
    checked = raw.with_columns(*_checks()).with_columns(
        outcome().alias(OUTCOME), certainty().alias(CERTAINTY)
    )
    has_call, has_number = pl.col(CALL).is_not_null(), pl.col(NUMBER).is_not_null()
    counts = Counter(refused or {})
    counts[Refusal.NO_CALL] += checked.filter(~has_call).height
    counts[Refusal.NO_NUMBER] += checked.filter(has_call & ~has_number).height
    frame = (
        checked.filter(has_call & has_number)
        .with_columns(pl.lit(str(source), dtype=frames.SOURCE_TYPE).alias(SOURCE))
        .select(*frames.REPORT_SCHEMA)
    )
    return Reports(frame=frame, refused={reason: count for reason, count in counts.items() if count})


def _checks() -> Iterable[pl.Expr]:
    """Yield every column with null where it is not what it should be."""
    yield _if_like(CALL, CALL_PATTERN)
    # E.164: at most 15 digits, the first one not 0. The vendor shows them without the plus.
    digits = pl.col(NUMBER).str.extract(r"^\+?([1-9][0-9]{5,14})$")
    yield (pl.lit("+") + digits).alias(NUMBER)
    yield _if_like(CALLER, r"^[0-9]{1,20}$")
    yield _if_like(AUDIO, r"^[!-~]{1,128}$")
    yield _if_like(KEY, r"^[0-9*#]$")
    # One brand's records have the amount in euros in a field of its own, and name no currency.
    is_euro = pl.col("cost").is_null() & pl.col("costEur").is_not_null()
    yield pl.coalesce(*(_if_like(name, r"^[0-9]{1,12}(\.[0-9]{1,12})?$") for name in _COSTS)).alias(COST)
    yield pl.when(is_euro).then(pl.lit("EUR")).otherwise(_if_like(CURRENCY, r"^[A-Z]{3}$")).alias(CURRENCY)
    for name, most in _MOST.items():
        least = 1 if name in (JOB, PARENT_JOB) else 0
        yield pl.when(pl.col(name).is_between(least, most)).then(pl.col(name)).alias(name)
    for name in _TIMES:
        yield pl.when(pl.col(name).is_between(_FIRST_MS, _LAST_MS)).then(pl.col(name)).alias(name)


def _if_like(name: str, pattern: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(pattern)).then(pl.col(name)).alias(name)


def _values(rows: Sequence[Mapping[str, object]], name: str, read: Callable[[Any], Any]) -> list[Any]:
    return [None if (value := row.get(name)) is None else read(value) for row in rows]


def _text(value: object) -> str | None:
    if type(value) is str:
        return value if len(value) <= _LONGEST_TEXT and value.isascii() else None
    return str(value) if type(value) is int and -_LARGEST < value < _LARGEST else None


def _whole(value: object) -> int | None:
    if type(value) is str and _WHOLE.fullmatch(value):
        return int(value)
    return value if type(value) is int and -_LARGEST < value < _LARGEST else None


def _moment(value: object) -> int | None:
    if type(value) is int:
        return value if -_LARGEST < value < _LARGEST else None
    if type(value) is not str:
        return None
    if _WHOLE.fullmatch(value):
        return int(value)
    if not _ISO.fullmatch(value):
        return None
    try:
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _money(value: object) -> str | None:
    # A record's answer was read with floats, which a push's body was not.
    return (
        str(value)
        if isinstance(value, _Decimal | float) and len(str(value)) <= _LONGEST_TEXT
        else _text(value)
    )


def _entries(body: bytes) -> list[object] | None:
    """Return the entries of a body, or None where it is unreadable as a whole."""
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        content = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_float=_Decimal,
            parse_constant=lambda _: _ODD,
        )
    except (ValueError, RecursionError, MemoryError):
        return None
    if type(content) is dict and type(content.get("array")) is list:
        content = content["array"]
    if type(content) is list:
        return content
    return None if not isinstance(content, dict | _Odd) else [content]


def _unique(pairs: list[tuple[str, object]]) -> object:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else _ODD
