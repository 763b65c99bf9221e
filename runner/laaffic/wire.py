"""Reads answers strictly where it decides something and tolerantly where the vendor's pages disagree.

Tolerated: ``status``/``reason`` or ``code``/``msg``, numbers as text, ``jobId`` or ``taskId`` or ``keyId`` for the same
number. Refused, because it could turn an error into a success: ``false`` or ``0.0`` for 0, two different codes in one answer,
a key that occurs twice, NaN, anything around the object.
"""

import json
import re
from collections.abc import Mapping
from typing import Final, cast

from runner.laaffic.models import Envelope, FileRecord, FlowRecord, Page, TaskRecord
from runner.model.task import TaskStatus

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
_CODE_NAMES: Final = ("status", "code")
_ID_NAMES: Final = ("jobId", "taskId", "keyId")

_STATUSES: Final[Mapping[int, TaskStatus]] = {
    0: TaskStatus.WAITING,
    1: TaskStatus.CALLING,
    2: TaskStatus.FINISHED,
    3: TaskStatus.FAILED,
    4: TaskStatus.CANCELLED,
    5: TaskStatus.SUSPENDED,
    6: TaskStatus.SUBMITTING,
}
"""Source: group call query page (three brands agree), read 2026-11-23."""

_ENDED_FLOWS: Final = (2, 3, 4)
"""Done, cancelled, exception; 0 is pending and 1 running. Source: recall query page, read 2026-11-23."""

_CANCELLED_FLOW: Final = 3


class UnreadableAnswerError(Exception):
    """The vendor's answer is not what its pages describe; the message is ours and quotes nothing of it."""


def read_envelope(body: bytes) -> Envelope:
    """Return the outermost object of the answer *body*.

    Raises:
        UnreadableAnswerError: not UTF-8, not one JSON object, or without exactly one code.
    """
    fields = _mapping(_read_json(body), "the answer is not a JSON object")
    codes = {name: _code(fields[name]) for name in _CODE_NAMES if name in fields}
    if not codes:
        raise UnreadableAnswerError("the answer has no code")
    if len(set(codes.values())) > 1:
        raise UnreadableAnswerError("the answer has two different codes")
    return Envelope(code=next(iter(codes.values())), data=fields.get("data"), fields=fields)


def read_page(data: object) -> Page:
    """Return one page of a list from an answer's *data*.

    Raises:
        UnreadableAnswerError: no total, or records that are no list of objects.
    """
    fields = _mapping(data, "the answer has no page of a list")
    total = whole(fields.get("total"))
    if total is None or total < 0:
        raise UnreadableAnswerError("the answer's page has no total")
    records = fields.get("records")
    if records is None:
        records = []
    if not isinstance(records, list):
        raise UnreadableAnswerError("the answer's page has no records")
    return Page(
        total=total,
        records=tuple(
            _mapping(each, "a record is not a JSON object") for each in cast("list[object]", records)
        ),
    )


def read_task(record: Mapping[str, object]) -> TaskRecord:
    """Return a task of the list; nothing of it is required, since the list also holds tasks that are not ours."""
    status = whole(record.get("status"))
    return TaskRecord(
        job_id=read_id(record),
        name=_text(record.get("taskName")),
        status=TaskStatus.OTHER if status is None else _STATUSES.get(status, TaskStatus.OTHER),
        people=_count(record.get("numCnt")),
        called=_called(record),
        created=_text(record.get("createdTime")),
    )


def read_id(value: object) -> int | None:
    """Return the number of a task from an answer's data: the number itself, its text, or an object that holds it."""
    if isinstance(value, Mapping):
        found = {whole(value[name]) for name in _ID_NAMES if value.get(name) is not None}
        number = found.pop() if len(found) == 1 else None
    else:
        number = whole(value)
    return number if number is not None and number > 0 else None


def read_file(record: Mapping[str, object]) -> FileRecord | None:
    """Return an uploaded file of the list; None where id or name is missing."""
    file_id, file_name = _text(record.get("fileId")), _text(record.get("fileName"))
    return None if file_id is None or file_name is None else FileRecord(file_id=file_id, file_name=file_name)


def read_file_id(data: object) -> str:
    """Return the id of a file just uploaded: printable ASCII, since it goes into requests as it is.

    Raises:
        UnreadableAnswerError: it is something else.
    """
    text = _text(data)
    if text is None or not text.isascii() or not text.isprintable():
        raise UnreadableAnswerError("the answer has no file id")
    return text


def read_flow(record: Mapping[str, object]) -> FlowRecord | None:
    """Return a recall flow of the list; None where its number or its task's is missing."""
    flow_id, parent_id = whole(record.get("keyId")), whole(record.get("taskId"))
    if flow_id is None or parent_id is None:
        return None
    status = whole(record.get("status"))
    return FlowRecord(
        flow_id=flow_id,
        parent_id=parent_id,
        is_live=status not in _ENDED_FLOWS,
        is_cancelled=status == _CANCELLED_FLOW,
    )


def read_flow_tasks(data: object) -> frozenset[int]:
    """Return the numbers of the tasks that a recall flow has made, from its detail."""
    fields = _mapping(data, "the answer has no recall flow")
    nodes = fields.get("nodeList")
    if not isinstance(nodes, list):
        return frozenset()
    numbers = (whole(node.get("taskId")) for node in cast("list[object]", nodes) if isinstance(node, Mapping))
    return frozenset(number for number in numbers if number is not None)


def read_amount(envelope: Envelope, name: str) -> str:
    """Return a decimal number beside the code, as text; it is sent as text, and as a number by one brand.

    Raises:
        UnreadableAnswerError: it is missing or not a decimal number.
    """
    value = envelope.fields.get(name)
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str) or re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text) is None:
        raise UnreadableAnswerError(f"the answer has no {name}")
    return text


def whole(value: object) -> int | None:
    """Return a whole number or its plain text as a number; None for anything else, booleans and 1.0 included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _code(value: object) -> int:
    code = whole(value)
    if code is None:
        raise UnreadableAnswerError("the answer's code is not a number")
    return code


def _called(record: Mapping[str, object]) -> int | None:
    """The larger one, because "nobody was called" makes people callable again."""
    success, fail = _count(record.get("success")), _count(record.get("fail"))
    ended = None if success is None or fail is None else success + fail
    counts = (_count(record.get("callNum")), ended)
    known = [count for count in counts if count is not None]
    return max(known) if known else None


def _count(value: object) -> int | None:
    number = whole(value)
    return number if number is not None and number >= 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mapping(value: object, otherwise: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableAnswerError(otherwise)
    return cast("dict[str, object]", value)


def _read_json(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):  # the library's words would quote the answer
        raise UnreadableAnswerError("the answer is not JSON") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise UnreadableAnswerError("the answer names a field twice")
    return fields


def _refuse_constant(_: str) -> object:
    raise UnreadableAnswerError("the answer is not JSON")
