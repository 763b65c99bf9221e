"""What a callee hears and reads: the voice and the SMS part of a task, or of one recall round."""

import re
from dataclasses import dataclass
from typing import Final

from runner.sandbox.fields import Fields
from runner.sandbox.files import Upload, read_upload
from runner.sandbox.refusal import Code, RefusedError

_LONGEST_TEXT: Final = 1000
_LONGEST_SENDER: Final = 32
_LONGEST_DELAY_S: Final = 9999
_UPLOADED, _INLINE, _SPOKEN = 1, 2, 3
_NUMBER: Final = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What is played.

    Attributes:
        source: 1 uploaded file, 2 file in the request, 3 text to speech.
        file_id: with source 1, and with source 2 once the file is stored.
        upload: the file in the request, until it is stored.
        text: with source 3, a template.
        language: the ``lan`` field as sent; opaque.
    """

    source: int
    file_id: str | None = None
    upload: Upload | None = None
    text: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """The SMS after a call and what triggers it.

    Attributes:
        template: its text.
        app_id: the SMS application; None in a recall round, which is taken to inherit it.
        sender_id: who it comes from, if that was said.
        on_key: the key that triggers it.
        on_success_s: triggered by a successful call, this many seconds later.
        on_failed: triggered by a call that failed.
        on_ring: triggered by a call that rang.
    """

    template: str
    app_id: str | None
    sender_id: str | None
    on_key: str | None
    on_success_s: int | None
    on_failed: bool
    on_ring: bool


def read_voice(fields: Fields) -> Voice:
    """Return the voice part; each source needs its own fields."""
    source = fields.required_integer("source", _UPLOADED, _SPOKEN)
    fields.ignore("voiceFileId", "uploadName", "baseFile", "text")
    language = fields.text("lan", longest=16)
    _read_speech(fields)
    if source == _UPLOADED:
        return Voice(source=source, file_id=fields.required_text("voiceFileId"), language=language)
    if source == _INLINE:
        upload = read_upload(fields, name_field="uploadName", content_field="baseFile")
        return Voice(source=source, upload=upload, language=language)
    text = fields.required_text("text", longest=_LONGEST_TEXT)
    return Voice(source=source, text=text, language=fields.required_text("lan", longest=16))


def _read_speech(fields: Fields) -> None:
    """Check the voice settings, which change nothing here. The accent is text on some pages, a number on others."""
    fields.number("speakingRate", 0.25, 4)
    fields.integer("ssmlGender", 1, 2)
    accent = fields.raw("accent")
    is_code = (
        isinstance(accent, int | str) and not isinstance(accent, bool) and _NUMBER.fullmatch(str(accent))
    )
    if accent is not None and not is_code:
        raise RefusedError(Code.VALIDATION, f"{fields.where('accent')} must be a dialling code")


def read_sms(fields: Fields, *, app_id_required: bool = True, least_delay_s: int = 0) -> Sms | None:
    """Return the SMS part, None where ``hangUpSms`` is not 1.

    At least one of the four triggers must be 1 (the Chinese page says so); absent ones are 0, as the quick
    start's own example omits two.

    Args:
        fields: of the task or the recall round.
        app_id_required: off in recall rounds, whose pages show no such field.
        least_delay_s: smallest ``successPushTime``: 0 on the task's pages, 1 on those of recall rounds.
    """
    fields.ignore("smsAppId", "smsContent", "senderId", "feedbackPush", "feedbackValue")
    fields.ignore("successPush", "successPushTime", "failedPush", "ringPush")
    if not fields.flag("hangUpSms"):
        return None
    app_id = fields.required_text("smsAppId") if app_id_required else fields.text("smsAppId")
    template = fields.required_text("smsContent", longest=_LONGEST_TEXT)
    on_key = fields.required_key("feedbackValue") if fields.flag("feedbackPush") else None
    on_success_s = None
    if fields.flag("successPush"):
        on_success_s = fields.required_integer("successPushTime", least_delay_s, _LONGEST_DELAY_S)
    sms = Sms(
        template=template,
        app_id=app_id,
        sender_id=fields.text("senderId", longest=_LONGEST_SENDER),
        on_key=on_key,
        on_success_s=on_success_s,
        on_failed=fields.flag("failedPush"),
        on_ring=fields.flag("ringPush"),
    )
    if sms.on_key is None and sms.on_success_s is None and not (sms.on_failed or sms.on_ring):
        names = "feedbackPush, successPush, failedPush, ringPush"
        raise RefusedError(Code.VALIDATION, f"at least one of {names} must be 1")
    return sms
