"""Task requests in the vendor's words."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from runner.errors import InvalidError
from runner.laaffic.convert import head_of, slots_of
from runner.model.campaign import Gender, RecallWho, SeatTrigger, Transfer, Triggers, Window
from runner.model.settings import RecallSettings, RoundSettings, SmsSettings, TaskSettings, VoiceSettings
from runner.model.skeleton import Slot
from runner.model.task import TaskRequest, Timing
from tests.unit.laaffic.conftest import NOW, golden, quick_start_request

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
TTS = VoiceSettings(
    tts=True, language="VN", gender=None, rate=None, accent=None, audio_sha256=None, file_id=None
)
ON_RING = Triggers(on_failed=False, success_after_s=None, key=None, on_ring=True)


def settings_with(**changes: Any) -> TaskSettings:
    """Return the quick start's settings with changes."""
    return replace(quick_start_request().settings, **changes)


def head(request: TaskRequest, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """Return the request's fields."""
    return dict(head_of(request, zone=zone, now=NOW))


def test_the_quick_starts_request_is_made_field_by_field() -> None:
    """Of the page's own example only the idle time of a trigger that is off is left out, and that it is off is said."""
    page = golden("send")["request"]

    ours = head(quick_start_request())

    shared = {name: value for name, value in ours.items() if name in page}
    assert shared == {name: page[name] for name in shared}
    assert set(page) - set(ours) == {"numberInfoList", "successPushTime"}
    assert {name: ours[name] for name in set(ours) - set(page)} == {"successPush": 0, "ringPush": 0}
    assert [name for name in ours if name in page] == [name for name in page if name in ours]


def test_the_older_pages_request_is_made_field_by_field() -> None:
    """Text-to-speech, transfer on a key, a time, a window and all four triggers, as an older page shows them."""
    page = golden("send_transfer")["request"]
    settings = TaskSettings(
        app_id="iaAJ6COV",
        caller_id="1008122211",
        voice=TTS,
        loops=1,
        max_duration_s=40,
        max_ring_s=60,
        sms=SmsSettings(app_id="9obbP7Nl", sender_id="123", triggers=ON_RING),
        transfer=Transfer(group=1000019, when=SeatTrigger.KEY, key="0", ratio=1),
        recall=None,
    )
    request = quick_start_request(
        name="2024-06-03 10:42:0511",
        settings=settings,
        timing=Timing(
            send_at=datetime(2024, 6, 21, tzinfo=SAIGON),
            windows=(Window(start=time(18, 28), end=time(19, 28)),),
            timezone="Asia/Ho_Chi_Minh",
        ),
        skeletons={0: ("Mã xác nhận của bạn là 22294",), 1: ("123",)},
    )

    ours = head(request, SAIGON)

    # The page names the key and the time of triggers that are off.
    assert ours == {name: page[name] for name in page if name not in ("feedbackValue", "successPushTime")}


def test_what_a_campaign_does_not_have_is_not_sent() -> None:
    """No SMS, transfer, recall, schedule or caller: none of their fields."""
    assert head(quick_start_request(settings=settings_with(sms=None), skeletons={})) == {
        "appId": "cER2Ev2w",
        "taskName": "20251024123",
        "source": 1,
        "voiceFileId": "12025073082f4b0d63ac5400a8320853c67341456.m4a",
        "lan": "EN",
        "loopCount": 1,
        "maxCalls": 40,
    }


def test_every_setting_of_a_spoken_text_is_sent() -> None:
    """Gender is a number, rate a decimal number, accent and language the text that was given."""
    voice = replace(TTS, language="EN", gender=Gender.FEMALE, rate="0.90", accent="91")
    request = quick_start_request(
        settings=settings_with(voice=voice, sms=None), skeletons={0: ("Dear ", Slot(2), ", hello.")}
    )

    assert {
        name: head(request)[name]
        for name in ("source", "text", "lan", "speakingRate", "ssmlGender", "accent")
    } == {
        "source": 3,
        "text": "Dear ${text2}, hello.",
        "lan": "EN",
        "speakingRate": 0.9,
        "ssmlGender": 2,
        "accent": "91",
    }


def test_an_audio_file_is_named_by_the_id_of_its_upload() -> None:
    """The settings name a content; the vendor's id for it comes with the request."""
    voice = replace(TTS, tts=False, language=None, audio_sha256="ab" * 32)
    request = quick_start_request(settings=settings_with(voice=voice), audio={"ab" * 32: "12026.mp3"})

    fields = head(request)

    assert (fields["source"], fields["voiceFileId"], "lan" in fields) == (1, "12026.mp3", False)


def test_a_transfer_after_playback_has_no_key() -> None:
    """Type 1 of the vendor."""
    transfer = Transfer(group=7, when=SeatTrigger.AFTER_PLAYBACK, key=None, ratio=2)

    fields = head(quick_start_request(settings=settings_with(transfer=transfer)))

    assert {name: fields[name] for name in fields if name.startswith(("to", "sip", "out", "callout"))} == {
        "toSeat": 1,
        "sipGroupId": 7,
        "outboundControl": 1,
        "calloutRate": 2,
        "toSeatType": 1,
    }


def test_recall_without_overrides_has_no_nodes() -> None:
    """The vendor repeats the first call."""
    recall = RecallSettings(rounds=3, every_min=30, who=RecallWho.FAILED, rounds_settings=())

    assert head(quick_start_request(settings=settings_with(recall=recall)))["recallFlow"] == {
        "recallInterval": 30,
        "recallNum": 3,
        "recallType": 1,
    }


def test_recall_rounds_are_sent_complete() -> None:
    """A round that changes only its words repeats everything else, and one that changes nothing is there as well."""
    voice = replace(TTS, language="EN", accent="91")
    same = RoundSettings(voice=voice, sms_sender_id="BANK", triggers=ON_RING)
    quiet = RoundSettings(voice=replace(voice, language="HI"), sms_sender_id=None, triggers=None)
    recall = RecallSettings(rounds=3, every_min=45, who=RecallWho.ALL, rounds_settings=(same, same, quiet))
    sms = SmsSettings(app_id="cF9u6UmT", sender_id="BANK", triggers=ON_RING)
    request = quick_start_request(
        settings=settings_with(voice=voice, sms=sms, recall=recall),
        skeletons={0: ("first ", Slot(1)), 1: ("sms one",), 5: ("sms ", Slot(2)), 6: ("third",)},
    )

    fields = head(request)["recallFlow"]

    common = {
        "source": 3,
        "text": "first ${text1}",
        "lan": "EN",
        "accent": 91,
        "hangUpSms": 1,
        "smsContent": "sms one",
        "senderId": "BANK",
        "feedbackPush": 0,
        "successPush": 0,
        "failedPush": 0,
        "ringPush": 1,
    }
    assert fields == {
        "recallInterval": 45,
        "recallNum": 3,
        "recallType": 0,
        "nodeList": [
            common,
            common | {"smsContent": "sms ${text2}"},
            {"source": 3, "text": "third", "lan": "HI", "accent": 91, "hangUpSms": 0},
        ],
    }
    assert slots_of(request) == {1, 2}


SILENT = SmsSettings(app_id="a", sender_id=None, triggers=replace(ON_RING, on_ring=False))
KEYLESS = Transfer(group=1, when=SeatTrigger.KEY, key=None, ratio=1)
NOT_UPLOADED = replace(TTS, tts=False, audio_sha256="ab" * 32)
SPOKEN = {0: ("a",), 1: ("b",)}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name of one character": ({"name": "x"}, "task-name-length"),
    "name of 65 characters": ({"name": "x" * 65}, "task-name-length"),
    "no words for the SMS": ({"skeletons": {}}, "text-missing"),
    "a placeholder of its own": ({"skeletons": {1: ("a ${b}",)}}, "literal-placeholder"),
    "a dollar before a variable": ({"skeletons": {1: ("a $", Slot(1))}}, "escaped-variable"),
    "variable 11": ({"skeletons": {1: (Slot(11),)}}, "no-such-variable"),
    "1001 letters": ({"skeletons": {1: ("x" * 1001,)}}, "text-too-long"),
    "501 emoji": ({"skeletons": {1: ("\U0001f600" * 501,)}}, "text-too-long"),
    "SMS that nothing triggers": ({"settings": settings_with(sms=SILENT)}, "sms-without-trigger"),
    "transfer on no key": ({"settings": settings_with(transfer=KEYLESS)}, "transfer-without-key"),
    "audio not uploaded": ({"settings": settings_with(voice=NOT_UPLOADED)}, "audio-not-uploaded"),
    "rate 4.5": (
        {"settings": settings_with(voice=replace(TTS, rate="4.5")), "skeletons": SPOKEN},
        "speaking-rate",
    ),
    "rate nan": (
        {"settings": settings_with(voice=replace(TTS, rate="nan")), "skeletons": SPOKEN},
        "speaking-rate",
    ),
    "rate in words": (
        {"settings": settings_with(voice=replace(TTS, rate="x")), "skeletons": SPOKEN},
        "speaking-rate",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_the_vendor_cannot_carry_is_refused(fault: str) -> None:
    """Refused before anything is sent, in words that hold nothing of a text."""
    changes, code = REFUSED[fault]

    with pytest.raises(InvalidError) as caught:
        head(quick_start_request(**changes))

    assert [problem.code for problem in caught.value.problems] == [code]
