"""One task in the vendor's words, except its callees. The vendor's field names for settings are here and nowhere else.

Its ``maxCalls`` is a duration: the quick start's comment "maximum number of calls" is contradicted by the reference pages in
three languages ("forced hang-up n seconds after answer").

Source: send, resend and recall update pages, read 2026-11-23; tests/golden/laaffic/send.json is the quick start's example.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from runner.laaffic.capacity import CAPACITY, placeholder
from runner.laaffic.refusal import refusal
from runner.laaffic.timing import times_of
from runner.model.campaign import Gender, RecallWho, SeatTrigger, Transfer, Triggers
from runner.model.settings import RecallSettings, RoundSettings, VoiceSettings
from runner.model.skeleton import Skeleton, Slot
from runner.model.task import TaskRequest

UPLOADED: Final = 1
TEXT_TO_SPEECH: Final = 3
_NAME_LENGTH: Final = range(2, 65)
_RATES: Final = (0.25, 4)


def head_of(request: TaskRequest, *, zone: ZoneInfo | None, now: datetime) -> Mapping[str, object]:
    """Return the fields of the request's JSON object in the order of the vendor's page, all but ``numberInfoList``.

    Args:
        request: a complete task.
        zone: in which the vendor reads times; None = not known.
        now: aware; see `runner.laaffic.timing.times_of`.

    Raises:
        InvalidError: the vendor could not carry the task as it is meant. Nothing of a text is in the message.
    """
    settings = request.settings
    if len(request.name) not in _NAME_LENGTH:
        raise refusal(
            "task-name-length",
            f"The task's name has {len(request.name)} characters; the vendor takes 2 to 64.",
        )
    fields: dict[str, object] = {"appId": settings.app_id}
    if settings.caller_id:
        fields["displayNum"] = settings.caller_id
    fields["taskName"] = request.name
    fields |= _voice(settings.voice, request, 0)
    fields |= {"loopCount": settings.loops, "maxCalls": settings.max_duration_s}
    if settings.max_ring_s is not None:
        fields["maxRingingTime"] = settings.max_ring_s
    fields |= times_of(request.timing, zone=zone, now=now)
    if settings.sms is not None:
        fields |= {"hangUpSms": 1, "smsAppId": settings.sms.app_id}
        fields |= _sms(settings.sms.triggers, settings.sms.sender_id, _text(request, 1))
    if settings.transfer is not None:
        fields |= _transfer(settings.transfer)
    if settings.recall is not None:
        fields["recallFlow"] = _recall(settings.recall, request)
    return fields


def slots_of(request: TaskRequest) -> frozenset[int]:
    """Return the numbers of the variables that the texts of *request* use."""
    return frozenset(
        piece.number
        for skeleton in request.skeletons.values()
        for piece in skeleton
        if isinstance(piece, Slot)
    )


def _voice(voice: VoiceSettings, request: TaskRequest, *texts: int) -> Mapping[str, object]:
    """Return how the voice is made; *texts* are the numbers of the text to speak, the first one that there is."""
    fields: dict[str, object] = {}
    if voice.tts:
        fields |= {"source": TEXT_TO_SPEECH, "text": _text(request, *texts)}
    else:
        fields |= {"source": UPLOADED, "voiceFileId": _file_id(voice, request)}
    if voice.language is not None:
        fields["lan"] = voice.language
    if voice.rate is not None:
        fields["speakingRate"] = _rate(voice.rate)
    if voice.gender is not None:
        fields["ssmlGender"] = _gender(voice.gender)
    if voice.accent is not None:
        fields["accent"] = voice.accent
    return fields


def _file_id(voice: VoiceSettings, request: TaskRequest) -> str:
    if voice.file_id is not None:
        return voice.file_id
    file_id = request.audio.get(voice.audio_sha256) if voice.audio_sha256 is not None else None
    if file_id is None:
        raise refusal("audio-not-uploaded", "An audio file of the task is not at the vendor yet.")
    return file_id


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not _RATES[0] <= rate <= _RATES[1]:  # the value may come from the audience: it is not shown
        raise refusal("speaking-rate", f"The rate of speech is not a number from {_RATES[0]} to {_RATES[1]}.")
    return rate


def _gender(gender: Gender) -> int:
    match gender:
        case Gender.MALE:
            return 1
        case Gender.FEMALE:
            return 2
        case _:
            assert_never(gender)


def _sms(triggers: Triggers, sender_id: str | None, content: str) -> Mapping[str, object]:
    """Return the words of the SMS and all four triggers: the Chinese page says that all are expected, one being 1."""
    if not (triggers.on_failed or triggers.on_ring or triggers.key or triggers.success_after_s is not None):
        raise refusal("sms-without-trigger", "The task has an SMS that nothing would send.")
    fields: dict[str, object] = {"smsContent": content}
    if sender_id:
        fields["senderId"] = sender_id
    fields["feedbackPush"] = int(triggers.key is not None)
    if triggers.key is not None:
        fields["feedbackValue"] = int(triggers.key)
    fields["successPush"] = int(triggers.success_after_s is not None)
    if triggers.success_after_s is not None:
        fields["successPushTime"] = triggers.success_after_s
    fields |= {"failedPush": int(triggers.on_failed), "ringPush": int(triggers.on_ring)}
    return fields


def _transfer(transfer: Transfer) -> Mapping[str, object]:
    fields: dict[str, object] = {
        "toSeat": 1,
        "sipGroupId": transfer.group,
        "outboundControl": 1,  # proportional dialling, the only value that the pages show
        "calloutRate": transfer.ratio,
    }
    match transfer.when:
        case SeatTrigger.AFTER_PLAYBACK:
            fields["toSeatType"] = 1
        case SeatTrigger.KEY:
            if transfer.key is None:
                raise refusal(
                    "transfer-without-key", "Callees are put through on a key, and no key is given."
                )
            fields |= {"toSeatType": 2, "toSeatKey": int(transfer.key)}
        case _:
            assert_never(transfer.when)
    return fields


def _recall(recall: RecallSettings, request: TaskRequest) -> Mapping[str, object]:
    fields: dict[str, object] = {
        "recallInterval": recall.every_min,
        "recallNum": recall.rounds,
        "recallType": _recall_type(recall.who),
    }
    if recall.rounds_settings:
        # Whether a shorter list is padded is not documented, so every round is there and complete.
        fields["nodeList"] = [
            _node(settings, request, number)
            for number, settings in enumerate(recall.rounds_settings, start=1)
        ]
    return fields


def _recall_type(who: RecallWho) -> int:
    match who:
        case RecallWho.ALL:
            return 0
        case RecallWho.FAILED:
            return 1
        case _:
            assert_never(who)


def _node(settings: RoundSettings, request: TaskRequest, number: int) -> Mapping[str, object]:
    """Return recall round *number*, complete: what it does not say otherwise is repeated from the first call."""
    fields = dict(_voice(settings.voice, request, 2 * number, 0))
    accent = fields.get("accent")
    if isinstance(accent, str) and accent.isascii() and accent.isdigit():
        fields["accent"] = int(accent)  # text on the resend page, a whole number on the recall page
    fields["hangUpSms"] = int(settings.triggers is not None)
    if settings.triggers is not None:
        fields |= _sms(settings.triggers, settings.sms_sender_id, _text(request, 2 * number + 1, 1))
    return fields


def _text(request: TaskRequest, *indexes: int) -> str:
    """Return the first of the texts numbered *indexes* that *request* has, in the vendor's notation."""
    for index in indexes:
        skeleton = request.skeletons.get(index)
        if skeleton is not None:
            return _notation(skeleton)
    raise refusal("text-missing", f"The task lacks text number {indexes[0]}.")


def _notation(skeleton: Skeleton) -> str:
    """Return *skeleton* as the vendor takes it. The compiler keeps literals apart from placeholders; this is the last look."""
    pieces: list[str] = []
    for piece in skeleton:
        if isinstance(piece, Slot):
            if not 1 <= piece.number <= CAPACITY.slots:
                raise refusal(
                    "no-such-variable",
                    f"The vendor has {CAPACITY.slots} variables, not number {piece.number}.",
                )
            if pieces and pieces[-1].endswith(CAPACITY.escape):
                raise refusal(
                    "escaped-variable", f"A `{CAPACITY.escape}` stands right before a variable of the vendor."
                )
            pieces.append(placeholder(piece.number))
        else:
            pieces.append(piece)
    text = "".join(pieces)
    if text.count(CAPACITY.opening) != sum(isinstance(piece, Slot) for piece in skeleton):
        raise refusal("literal-placeholder", f"A text contains `{CAPACITY.opening}` of its own.")
    if len(text.encode("utf-16-le")) > 2 * CAPACITY.text_units:
        raise refusal("text-too-long", f"A text has more than {CAPACITY.text_units} characters.")
    return text
