"""Reading status reports and records: what is said, what is refused, and that nothing breaks it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import frames
from runner.frames import (
    AUDIO,
    CALL,
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
    REPORT_SCHEMA,
    SOURCE,
    SUBMITTED,
)
from runner.laaffic.reports import read_pushes, read_rows
from runner.model.outcome import Source
from runner.model.report import Refusal, Reports
from tests.unit.laaffic.conftest import golden

PUSH: dict[str, Any] = golden("push")["request"]


def read(*reports: object) -> Reports:
    """Return what a batch of *reports* says."""
    return read_pushes([json.dumps(list(reports)).encode()])


def one(**changes: object) -> dict[str, Any]:
    """Return the one report of the page's sample with *changes*; None takes a field away."""
    fields = {name: value for name, value in (PUSH | changes).items() if value is not None}
    (row,) = read(fields).frame.to_dicts()
    return row


def test_the_sample_of_the_push_page() -> None:
    """Every field of the page is where it belongs."""
    assert one() == {
        CALL: "22121121451211349002",
        NUMBER: "+63123456788",
        CALLER: "6311012125",
        AUDIO: "12043042052c5b61378df42324286fe4a4ace40ve.mp3",
        COST: "0.007875",
        CURRENCY: None,
        KEY: None,
        JOB: 5000602,
        PARENT_JOB: None,
        RECALLS: 0,
        SUBMITTED: 1670939112097,
        frames.CALLED: 1670939568000,
        RANG: 1670939570000,
        PICKED_UP: 1670939582000,
        ENDED: 1670939595000,
        DURATION: 13,
        CHARGED: 20,
        OUTCOME: "answered",
        CERTAINTY: 2,
        SOURCE: "push",
    }


def test_the_sample_of_the_record_page() -> None:
    """Times with an offset become milliseconds; the amount in euros has its currency; the end is derived."""
    reports = read_rows([golden("record")["answer"]["data"]], source=Source.RECORD)

    (row,) = reports.frame.to_dicts()
    assert reports.refused == {}
    assert row[SUBMITTED] == 1645166560000
    assert (row[PICKED_UP], row[ENDED]) == (1645166570000, 1645166575000)
    assert (row[COST], row[CURRENCY]) == ("2", "EUR")
    assert (row[JOB], row[PARENT_JOB], row[AUDIO]) == (None, None, None)
    assert (row[OUTCOME], row[CERTAINTY], row[SOURCE]) == ("answered", 1, "record")


@pytest.mark.parametrize(
    "body",
    [PUSH, [PUSH], {"array": [PUSH]}, {"array": [PUSH], "total": 1}],
    ids=["one", "array", "wrapped", "more"],
)
def test_the_three_forms_of_a_body(body: object) -> None:
    """One object, an array and an object with an array say the same."""
    reports = read_pushes([json.dumps(body).encode()])

    assert reports.frame[CALL].to_list() == ["22121121451211349002"]
    assert reports.refused == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(10, "busy"), (20, "no_answer"), (30, "failed"), (40, "voicemail"), (50, "answered"), (60, "failed")],
)
def test_the_status_of_a_call_comes_first(status: int, expected: str) -> None:
    """It stands whatever the code of the end says."""
    for code in ("0", "200", "486", None):
        row = one(callStatus=status, terminationCode=code)
        assert (row[OUTCOME], row[CERTAINTY]) == (expected, 2)


@pytest.mark.parametrize(
    ("code", "sip", "is_answered", "expected", "certainty"),
    [
        ("0", None, True, "answered", 1),
        ("200", None, True, "answered", 1),
        (200, "486", True, "answered", 1),
        ("0", None, False, "unknown", 0),
        ("200", None, False, "unknown", 0),
        ("486", None, False, "busy", 1),
        ("600", None, False, "busy", 1),
        ("408", None, False, "no_answer", 1),
        ("480", None, False, "no_answer", 1),
        ("487", None, False, "no_answer", 1),
        ("404", None, False, "failed", 1),
        ("603", None, False, "failed", 1),
        ("503", None, False, "failed", 1),
        ("1", None, False, "unknown", 0),
        ("1", "486", False, "busy", 1),
        ("480", "486", False, "no_answer", 1),
        ("-1", None, False, "unknown", 0),
        ("302", None, False, "unknown", 0),
        ("486", None, True, "unknown", 0),
        (None, None, True, "unknown", 0),
        (None, None, False, "unknown", 0),
    ],
)
def test_without_a_status(
    code: object, sip: str | None, is_answered: bool, expected: str, certainty: int
) -> None:
    """Success needs the time of an answer, a failure must not have one, and only a SIP code tells why."""
    changes = {} if is_answered else {"answerTime": None}
    row = one(callStatus=None, terminationCode=code, sipCode=sip, **changes)

    assert (row[OUTCOME], row[CERTAINTY]) == (expected, certainty)


def test_a_status_that_no_page_lists() -> None:
    """It says nothing, so the code of the end is looked at."""
    assert one(callStatus=70)[OUTCOME] == "answered"
    assert one(callStatus=70)[CERTAINTY] == 1


@pytest.mark.parametrize(
    ("changes", "column", "expected"),
    [
        ({"callee": 63123456788}, NUMBER, "+63123456788"),
        ({"callee": "+63123456788"}, NUMBER, "+63123456788"),
        ({"displayNum": ""}, CALLER, None),
        ({"feedbackValue": 6}, KEY, "6"),
        ({"feedbackValue": "0"}, KEY, "0"),
        ({"feedbackValue": "10"}, KEY, None),
        ({"taskId": "5000602"}, JOB, 5000602),
        ({"taskId": 0}, JOB, None),
        ({"sourceTaskId": 5000601}, PARENT_JOB, 5000601),
        ({"sourceTaskId": True}, PARENT_JOB, None),
        ({"callDuration": 13.0}, DURATION, None),
        ({"callDuration": -1}, DURATION, None),
        ({"callDuration": "13"}, DURATION, 13),
        ({"chargedDuration": 10**30}, CHARGED, None),
        ({"cost": 0.0079}, COST, "0.0079"),
        ({"cost": "1e5"}, COST, None),
        ({"cost": "-1"}, COST, None),
        ({"cost": "0.1", "currency": "INR"}, CURRENCY, "INR"),
        ({"currency": "rupees"}, CURRENCY, None),
        ({"answerTime": "1670939582000"}, PICKED_UP, 1670939582000),
        ({"answerTime": "2022-12-13T21:53:02+08:00"}, PICKED_UP, 1670939582000),
        ({"answerTime": "2022-12-13T21:53:02"}, PICKED_UP, None),
        ({"answerTime": "2022-13-13T21:53:02Z"}, PICKED_UP, None),
        ({"answerTime": 5}, PICKED_UP, None),
        ({"answerTime": 10**18}, PICKED_UP, None),
        ({"voiceFileId": "a b"}, AUDIO, None),
        ({"voiceFileId": "\ud800"}, AUDIO, None),
        ({"voiceFileId": "x" * 1000}, AUDIO, None),
        ({"voiceFileId": {"a": 1}}, AUDIO, None),
    ],
)
def test_one_field(changes: dict[str, object], column: str, expected: object) -> None:
    """Numbers may come as text and text as numbers; what is not plainly meant is nothing."""
    assert one(**changes)[column] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", {Refusal.UNREADABLE: 1}),
        (b"\xff\xfe", {Refusal.UNREADABLE: 1}),
        (b"{", {Refusal.UNREADABLE: 1}),
        (b'"text"', {Refusal.UNREADABLE: 1}),
        (b"7", {Refusal.UNREADABLE: 1}),
        (b"null", {Refusal.UNREADABLE: 1}),
        (b"NaN", {Refusal.NOT_A_REPORT: 1}),
        (b"[" * 100_000, {Refusal.UNREADABLE: 1}),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {Refusal.UNREADABLE: 1}),
        (b"[" + b"9" * 5000 + b"]", {Refusal.UNREADABLE: 1}),
        (b"[]", {}),
        (b'{"array": []}', {}),
        (b"{}", {Refusal.NO_CALL: 1}),
        (b'{"array": {}}', {Refusal.NO_CALL: 1}),
        (b"[1, null, [], {}]", {Refusal.NOT_A_REPORT: 3, Refusal.NO_CALL: 1}),
        (b'{"voiceId": "1", "voiceId": "2", "callee": "63123456788"}', {Refusal.NOT_A_REPORT: 1}),
        (b'{"voiceId": "1"}', {Refusal.NO_NUMBER: 1}),
        (b'{"voiceId": "1", "callee": "0123"}', {Refusal.NO_NUMBER: 1}),
        (b'{"voiceId": "../x", "callee": "63123456788"}', {Refusal.NO_CALL: 1}),
        (b'{"voiceId": "", "callee": "63123456788"}', {Refusal.NO_CALL: 1}),
        (b'{"voiceId": NaN, "callee": "63123456788"}', {Refusal.NO_CALL: 1}),
        (b'{"voiceId": 1e400, "callee": "63123456788"}', {Refusal.NO_CALL: 1}),
        (b'{"voiceId": "1\\n", "callee": "63123456788"}', {Refusal.NO_CALL: 1}),
        (b" " * (16 * 1024 * 1024 + 1), {Refusal.UNREADABLE: 1}),
    ],
    ids=range(24),
)
def test_what_is_refused(body: bytes, expected: dict[Refusal, int]) -> None:
    """Each body is refused with its reason, and a good one beside it is read."""
    reports = read_pushes([body, json.dumps(PUSH).encode()])

    assert reports.refused == expected
    assert reports.frame.height == 1


def test_a_bad_report_spoils_no_other() -> None:
    """Of a batch only the bad entries are refused."""
    reports = read(PUSH, 7, PUSH | {"voiceId": None}, PUSH | {"callee": "x"}, PUSH | {"voiceId": "2"})

    assert reports.frame[CALL].to_list() == ["22121121451211349002", "2"]
    assert reports.refused == {Refusal.NOT_A_REPORT: 1, Refusal.NO_CALL: 1, Refusal.NO_NUMBER: 1}


def test_values_that_no_json_has() -> None:
    """NaN and 1e400 in a field are nothing, in the report that has them alone."""
    body = json.dumps(PUSH)
    body = body.replace('"callDuration": 13', '"callDuration": NaN').replace('"0.007875"', "1e400")

    (row,) = read_pushes([body.encode()]).frame.to_dicts()

    assert (row[DURATION], row[COST], row[CHARGED]) == (None, None, 20)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(list(PUSH.values())),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(PUSH)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.sampled_from(list(PUSH)), JSON) | JSON, max_size=5))
def test_any_json_is_read_or_refused(entries: list[object]) -> None:
    """Whatever stands in whichever field: each entry is a row of the schema or counted as refused."""
    reports = read_pushes([json.dumps(entries).encode()])

    assert reports.frame.schema == REPORT_SCHEMA
    assert reports.frame.height + sum(reports.refused.values()) == len(entries)
    assert (
        reports.frame.select(CALL, NUMBER, OUTCOME, CERTAINTY, SOURCE).null_count().sum_horizontal()[0] == 0
    )


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No body raises."""
    assert read_pushes([body]).frame.schema == REPORT_SCHEMA
