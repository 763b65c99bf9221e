"""What a send request must be; one changed field at a time."""

import base64
from typing import Any

import pytest

from tests.unit.sandbox.conftest import Json, Make, Vendor

AUDIO = base64.b64encode(b"RIFF").decode()
SEAT = {
    "toSeat": 1,
    "sipGroupId": 1000019,
    "outboundControl": 1,
    "calloutRate": 1,
    "toSeatType": 2,
    "toSeatKey": 1,
}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"appId": None}, -22),
        ({"appId": 5}, -22),
        ({"taskName": None}, -22),
        ({"taskName": "  "}, -22),
        ({"taskName": "a"}, -21),
        ({"taskName": "ab"}, 0),
        ({"taskName": "a" * 64}, 0),
        ({"taskName": "a" * 65}, -21),
        ({"displayNum": ""}, 0),
        ({"displayNum": "1" * 20}, 0),
        ({"displayNum": "1" * 21}, -21),
        ({"displayNum": "+1"}, -21),
        ({"source": None}, -22),
        ({"source": 4}, -21),
        ({"source": "3"}, -22),
        ({"source": True}, -22),
        ({"loopCount": None}, -22),
        ({"loopCount": 0}, -21),
        ({"loopCount": 10}, -21),
        ({"maxCalls": None}, -22),
        ({"maxCalls": 0}, -21),
        ({"maxCalls": 999}, 0),
        ({"maxCalls": 1000}, -21),
        ({"maxCalls": 40.5}, -22),
        ({"maxRingingTime": 19}, -21),
        ({"maxRingingTime": 20}, 0),
        ({"maxRingingTime": 121}, -21),
        ({"delayPlay": 1000}, -21),
        ({"delayHangup": 999}, 0),
        ({"speakingRate": 0.2}, -21),
        ({"speakingRate": 4}, 0),
        ({"speakingRate": "1"}, -22),
        ({"ssmlGender": 3}, -21),
        ({"accent": "91"}, 0),
        ({"accent": 44}, 0),
        ({"accent": "en-IN"}, -21),
        ({"text": None}, -22),
        ({"text": "x" * 1000}, 0),
        ({"text": "x" * 1001}, -21),
        ({"lan": None}, -22),
    ],
)
def test_fields_of_a_spoken_task(vendor: Vendor, order: Make, changes: Json, code: int) -> None:
    """Required fields, types, lengths and ranges."""
    assert vendor.code("send", order(**changes)) == code


def test_an_unknown_application_is_an_authentication_error(new_vendor: type[Vendor], order: Make) -> None:
    """Where the account's applications are known, another one is -1, as the quick start says."""
    vendor = new_vendor(app_ids=["mine"])

    assert vendor.code("send", order(appId="other")) == -1
    assert vendor.code("send", order(appId="mine")) == 0


def test_an_uploaded_file_must_exist(vendor: Vendor, new_vendor: type[Vendor], order: Make) -> None:
    """Source 1 needs the id of an uploaded file; a switch takes any."""
    file_id = vendor.call("upload", {"fileName": "11-24.mp3", "file": AUDIO})
    audio = {"source": 1, "text": None, "lan": None}

    assert vendor.code("send", order(**audio)) == -22
    assert vendor.code("send", order(**audio, voiceFileId="12025.mp3")) == -24
    assert vendor.code("send", order(**audio, voiceFileId=file_id)) == 0
    assert new_vendor(accept_unknown_files=True).code("send", order(**audio, voiceFileId="12025.mp3")) == 0


def test_a_file_in_the_request(vendor: Vendor, order: Make) -> None:
    """Source 2 brings its file along; it is stored under an id of its own."""
    inline = {"source": 2, "text": None, "uploadName": "voice.wav", "baseFile": AUDIO}

    assert vendor.code("send", order(**{**inline, "baseFile": "no base64"})) == -21
    assert vendor.code("send", order(**{**inline, "uploadName": None})) == -22
    task_id = vendor.call("send", order(**inline))

    assert vendor.detail(task_id)["uploadName"] == "voice.wav"
    assert vendor.detail(task_id)["voiceFileId"] == vendor.call("file_query", {})["records"][0]["fileId"]


def test_a_refused_request_leaves_no_file(vendor: Vendor, order: Make) -> None:
    """A request that fails for its callees has not stored the file that it brought along."""
    inline = {"source": 2, "text": None, "uploadName": "voice.wav", "baseFile": AUDIO}

    assert vendor.code("send", order(**inline, numberInfoList=[])) == -22
    assert vendor.call("file_query", {})["total"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"hangUpSms": 2}, -21),
        ({"hangUpSms": 0, "smsContent": None}, 0),
        ({"smsAppId": None}, -22),
        ({"smsContent": None}, -22),
        ({"smsContent": "x" * 1000}, 0),
        ({"smsContent": "x" * 1001}, -21),
        ({"smsContent": "😀" * 501}, -21),
        ({"senderId": "B" * 32}, 0),
        ({"senderId": "B" * 33}, -21),
        ({"failedPush": 0}, -21),
        ({"failedPush": None}, -21),
        ({"failedPush": None, "ringPush": 1}, 0),
        ({"failedPush": None, "feedbackPush": 1, "feedbackValue": 6}, 0),
        ({"failedPush": None, "feedbackPush": 1, "feedbackValue": "6"}, 0),
        ({"feedbackPush": 1}, -22),
        ({"feedbackPush": 1, "feedbackValue": "#"}, -21),
        ({"feedbackPush": 1, "feedbackValue": 10}, -21),
        ({"feedbackPush": 1, "feedbackValue": -1}, -21),
        ({"feedbackPush": 1, "feedbackValue": True}, -22),
        ({"successPush": 1}, -22),
        ({"successPush": 1, "successPushTime": 0}, 0),
        ({"successPush": 1, "successPushTime": 9999}, 0),
        ({"successPush": 1, "successPushTime": 10000}, -21),
        ({"successPushTime": 10}, 0),
        ({"failedPush": True}, -22),
    ],
)
def test_rules_of_the_sms(
    *, vendor: Vendor, order: Make, sms: Json, people: Make, changes: Json, code: int
) -> None:
    """Application and text, at least one trigger, and what each trigger needs."""
    body = order(**{**sms, **changes}, numberInfoList=people(1, text1="link"))

    assert vendor.code("send", body) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"toSeat": 2}, -21),
        ({"toSeat": 0, "sipGroupId": None}, 0),
        ({"sipGroupId": None}, -22),
        ({"outboundControl": None}, -22),
        ({"outboundControl": 2}, -21),
        ({"calloutRate": None}, -22),
        ({"calloutRate": 0}, -21),
        ({"toSeatType": None}, -22),
        ({"toSeatType": 3}, -21),
        ({"toSeatKey": None}, -22),
        ({"toSeatType": 1, "toSeatKey": None}, 0),
        ({"toSeatKey": 11}, -21),
    ],
)
def test_rules_of_the_transfer(vendor: Vendor, order: Make, changes: Json, code: int) -> None:
    """A transfer needs group, control, rate and type; one by key also the key."""
    assert vendor.code("send", order(**{**SEAT, **changes})) == code


@pytest.mark.parametrize(
    ("send_time", "code"),
    [
        ("2026-11-25 09:00:00", 0),
        ("2026-11-25T09:00:00", -21),
        ("2026-11-25 09:00", -21),
        ("2026-13-25 09:00:00", -21),
        ("2026-11-25 24:00:00", -21),
        ("0000-01-01 00:00:00", -21),
        ("", -21),
        (1795485600, -22),
    ],
)
def test_form_of_the_send_time(vendor: Vendor, order: Make, send_time: Any, code: int) -> None:
    """A time of sending is yyyy-MM-dd HH:mm:ss and exists in the calendar."""
    assert vendor.code("send", order(sendTime=send_time)) == code


@pytest.mark.parametrize(
    ("windows", "code"),
    [
        ([], 0),
        ([{"strTime": "09:00", "endTime": "12:00"}, {"strTime": "14:00", "endTime": "18:28"}], 0),
        ([{"strTime": "09:00", "endTime": "10:00"}] * 4, -21),
        ([{"strTime": "9:00", "endTime": "10:00"}], -21),
        ([{"strTime": "09:00", "endTime": "24:00"}], -21),
        ([{"strTime": "09:60", "endTime": "10:00"}], -21),
        ([{"strTime": "22:00", "endTime": "06:00"}], -21),
        ([{"strTime": "09:00", "endTime": "09:00"}], -21),
        ([{"strTime": "09:00:00", "endTime": "10:00:00"}], -21),
        ([{"strTime": "09:00"}], -22),
        ({"strTime": "09:00", "endTime": "10:00"}, -22),
        (["09:00"], -22),
    ],
)
def test_rules_of_the_windows(vendor: Vendor, order: Make, windows: Any, code: int) -> None:
    """Up to three daily windows of hours and minutes, each ending after it begins."""
    assert vendor.code("send", order(allowSendTime=windows)) == code


ROUND = {"source": 3, "text": "Again", "lan": "EN", "hangUpSms": 0}
RECALL = {"recallInterval": 30, "recallNum": 2, "recallType": 1}


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        (RECALL, 0),
        ({}, 0),
        ("30", -22),
        ({**RECALL, "recallInterval": 0}, -21),
        ({**RECALL, "recallInterval": 1440}, 0),
        ({**RECALL, "recallInterval": 1441}, -21),
        ({**RECALL, "recallNum": 11}, -21),
        ({**RECALL, "recallNum": None}, -22),
        ({**RECALL, "recallType": 2}, -21),
        ({**RECALL, "recallType": None}, -22),
        ({**RECALL, "nodeList": []}, 0),
        ({**RECALL, "nodeList": [ROUND]}, 0),
        ({**RECALL, "nodeList": [ROUND] * 3}, -21),
        ({**RECALL, "nodeList": [{**ROUND, "source": None}]}, -22),
        ({**RECALL, "nodeList": [{**ROUND, "hangUpSms": None}]}, -22),
        ({**RECALL, "nodeList": [{**ROUND, "text": "x" * 1001}]}, -21),
        ({**RECALL, "nodeList": [{**ROUND, "source": 1, "voiceFileId": "unknown.mp3"}]}, -24),
        (
            {
                **RECALL,
                "nodeList": [
                    {**ROUND, "hangUpSms": 1, "smsContent": "x", "successPush": 1, "successPushTime": 0}
                ],
            },
            -21,
        ),
        ({**RECALL, "nodeList": [{**ROUND, "hangUpSms": 1, "smsContent": "x", "ringPush": 1}]}, 0),
        ({**RECALL, "nodeList": [{**ROUND, "text": "${text3}"}]}, -22),
    ],
)
def test_rules_of_the_recall_flow(vendor: Vendor, order: Make, flow: Json, code: int) -> None:
    """Interval, rounds and type are required; rounds of their own obey the rules of voice and SMS."""
    assert vendor.code("send", order(recallFlow=flow)) == code


def test_a_task_name_is_taken_once(vendor: Vendor, new_vendor: type[Vendor], order: Make) -> None:
    """A repeated name is -20 or the switch's code, and accepted only by the pessimistic switch."""
    assert [vendor.code("send", order()) for _ in range(2)] == [0, -20]
    other = new_vendor(duplicate_name_code=-21)
    assert [other.code("send", order()) for _ in range(2)] == [0, -21]
    lenient = new_vendor(duplicates_accepted=True)
    assert [lenient.code("send", order()) for _ in range(2)] == [0, 0]


def test_a_name_stays_taken_when_its_task_failed_or_was_cancelled(
    vendor: Vendor, new_vendor: type[Vendor], order: Make
) -> None:
    """No name comes back."""
    vendor.call("cancel", {"taskIdList": [_waiting(vendor, order)]})
    failing = new_vendor(submission_fails=True)
    failing.call("send", order())
    failing.advance(10)

    assert vendor.code("send", order()) == -20
    assert failing.code("send", order()) == -20


def _waiting(vendor: Vendor, order: Make) -> Any:
    task_id = vendor.call("send", order(sendTime="2026-11-25 09:00:00"))
    vendor.advance(10)
    return task_id


def test_without_money_nothing_is_accepted(new_vendor: type[Vendor], order: Make) -> None:
    """With balance, gift and credit used up a send is -10, and its name stays free."""
    vendor = new_vendor(balance="0.00")

    assert vendor.code("send", order()) == -10
    vendor.engine.change_switches({"credit": "5.00"})
    assert vendor.code("send", order()) == 0


def test_send_data_is_an_id_or_null(vendor: Vendor, new_vendor: type[Vendor], order: Make) -> None:
    """By default the new task's id is returned, by a switch nothing."""
    assert vendor.call("send", order()) == 5000602
    assert new_vendor(send_data="null").call("send", order()) is None


def test_unknown_fields_are_ignored_and_noted(vendor: Vendor, order: Make, people: Make) -> None:
    """A field that no document knows, at any depth, changes nothing but the findings."""
    flow = {**RECALL, "nodeList": [{**ROUND, "smsText": "x"}], "rounds": 3}
    vendor.call("send", order(colour="red", recallFlow=flow, numberInfoList=people(2, text11="x")))

    assert vendor.engine.summary()["unknown_fields"] == {
        "colour": 1,
        "numberInfoList[].text11": 1,
        "recallFlow.nodeList[0].smsText": 1,
        "recallFlow.rounds": 1,
    }
