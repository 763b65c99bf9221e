"""Reading answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.laaffic.wire import (
    UnreadableAnswerError,
    read_amount,
    read_envelope,
    read_file_id,
    read_flow_tasks,
    read_id,
    read_page,
    read_task,
)
from runner.model.task import TaskStatus
from tests.unit.laaffic.conftest import golden

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"status":"0","reason":"success"}', 0),
        (b'{"status":0,"reason":"success","data":null}', 0),
        (b'{"code":0,"msg":"success"}', 0),
        (b'{"code":"0","msg":"success","data":null}', 0),
        (b'{"status":"-16","reason":"timestamp expires"}', -16),
        (b'\xef\xbb\xbf{"code":-20}\r\n', -20),
        (b'{"code":0,"status":"0"}', 0),
    ],
)
def test_both_envelopes_are_read(body: bytes, code: int) -> None:
    """The code is found under either name, as a number or its text."""
    assert read_envelope(body).code == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b'{"code":0',
        b'{"code":0}{"code":-1}',
        b"[]",
        b"0",
        b"null",
        b"{}",
        b'{"code":null}',
        b'{"code":false}',
        b'{"code":0.0}',
        b'{"code":-0.0}',
        b'{"code":"0.0"}',
        b'{"code":""}',
        b'{"code":" 0"}',
        b'{"code":"00"}',
        b'{"code":"-0"}',
        '{"code":"\u0660"}'.encode(),
        b'{"code":[0]}',
        b'{"code":0,"code":-1}',
        b'{"code":0,"status":"-22"}',
        b'{"code":NaN}',
        b'{"code":0,"data":Infinity}',
        b'\xff\xfe{\x00"\x00',
        b'{"code":0,"x":"\xff"}',
        b"[" * 200_000,
        b'{"code":' + b"1" * 10_000 + b"}",
    ],
)
def test_doubtful_envelopes_are_refused(body: bytes) -> None:
    """Nothing that is not plainly one code is taken for one."""
    with pytest.raises(UnreadableAnswerError):
        read_envelope(body)


def test_a_field_named_twice_is_refused_anywhere() -> None:
    """Two values for one name mean that somebody put the answer together wrongly."""
    with pytest.raises(UnreadableAnswerError, match="names a field twice"):
        read_envelope(b'{"code":0,"data":{"total":1,"total":2}}')


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_is_an_envelope_or_refused(body: bytes) -> None:
    """No answer makes reading fail in another way than by our own error, and no words of it are in that."""
    try:
        said: int | str = read_envelope(body).code
    except UnreadableAnswerError as error:
        said = str(error)

    assert isinstance(said, int) or said in {
        "the answer is not JSON",
        "the answer is not a JSON object",
        "the answer has no code",
        "the answer has two different codes",
        "the answer's code is not a number",
        "the answer names a field twice",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5017560, 5017560),
        ("5017561", 5017561),
        ({"jobId": 5000602}, 5000602),
        ({"taskId": "5009612"}, 5009612),
        ({"keyId": 12, "jobId": 12}, 12),
        ({"keyId": 12, "jobId": 13}, None),
        (None, None),
        (0, None),
        (-1, None),
        (True, None),
        ("x", None),
        ([5], None),
        (1.0, None),
    ],
)
def test_the_number_of_a_task_has_many_shapes(value: object, expected: int | None) -> None:
    """A number, its text or an object under any of three names; anything else is no number rather than a guess."""
    assert read_id(value) == expected


def test_the_pages_task_is_read() -> None:
    """The record of the vendor's query page, word for word."""
    data = read_envelope(json.dumps(golden("query")["answer"]).encode()).data

    (record,) = read_page(data).records
    task = read_task(record)

    assert (task.job_id, task.name, task.status) == (5000602, "2024-06-04 14:49:17111", TaskStatus.WAITING)
    assert (task.people, task.called, task.created) == (1, 0, "2024-06-04 14:49:17")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, TaskStatus.WAITING),
        ("1", TaskStatus.CALLING),
        (2, TaskStatus.FINISHED),
        (3, TaskStatus.FAILED),
        (4, TaskStatus.CANCELLED),
        (5, TaskStatus.SUSPENDED),
        (6, TaskStatus.SUBMITTING),
        (7, TaskStatus.OTHER),
        (None, TaskStatus.OTHER),
        (False, TaskStatus.OTHER),
    ],
)
def test_states_of_a_task(status: object, expected: TaskStatus) -> None:
    """The seven documented states, and a word for the rest."""
    assert read_task({"status": status}).status is expected


@pytest.mark.parametrize(
    ("record", "called"),
    [
        ({"callNum": 4, "success": 1, "fail": 1}, 4),
        ({"callNum": 0, "success": 2, "fail": 1}, 3),
        ({"callNum": "7"}, 7),
        ({"success": 2, "fail": None}, None),
        ({"success": 0, "fail": 0}, 0),
        ({"callNum": None}, None),
        ({"callNum": -1}, None),
        ({"success": 0}, None),
    ],
)
def test_how_many_were_called_is_never_understated(record: dict[str, object], called: int | None) -> None:
    """The larger of two counts is believed, and a missing one is not zero."""
    assert read_task(record).called == called


@pytest.mark.parametrize(
    "data", [None, 5, "page", [], {}, {"total": -1}, {"total": None}, {"total": 1, "records": 5}]
)
def test_what_is_no_page_is_refused(data: object) -> None:
    """A list without a total or records is no empty list."""
    with pytest.raises(UnreadableAnswerError):
        read_page(data)


def test_a_page_without_records_is_empty() -> None:
    """Null records with a total of 0, as some servers write an empty list."""
    assert read_page({"total": "0", "records": None}).records == ()


def test_a_recall_flow_names_its_tasks() -> None:
    """The recall detail of the vendor's page has one task."""
    assert read_flow_tasks(golden("recall_query")["detail_answer"]["data"]) == {5009612}


@pytest.mark.parametrize("data", [None, "", 5, {}, "id\n", "idé"])
def test_a_file_id_is_plain_text(data: object) -> None:
    """What goes into later requests as it is must be printable."""
    with pytest.raises(UnreadableAnswerError):
        read_file_id(data)


@pytest.mark.parametrize(
    ("value", "expected"), [("99.990000", "99.990000"), ("-0.5", "-0.5"), (12, "12"), (1.5, "1.5")]
)
def test_amounts_are_text(value: object, expected: str) -> None:
    """Money stays decimal text, whatever a brand sends."""
    envelope = read_envelope(json.dumps({"status": "0", "balance": value}).encode())

    assert read_amount(envelope, "balance") == expected


@pytest.mark.parametrize("value", [None, "", "1e9", "a", True, [], "\u0661"])
def test_what_is_no_amount_is_refused(value: object) -> None:
    """A missing or odd amount is not shown as money."""
    envelope = read_envelope(json.dumps({"status": "0", "balance": value}).encode())

    with pytest.raises(UnreadableAnswerError, match="no balance"):
        read_amount(envelope, "balance")
