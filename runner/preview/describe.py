"""A campaign's settings in words, as a reviewer should see them."""

from collections.abc import Iterator

from runner.counts import people, plural
from runner.model.campaign import AudioVoice, Campaign, Column, Sms, TtsVoice, UploadedVoice


def settings_lines(campaign: Campaign) -> tuple[str, ...]:
    """Return one line each for voice, call, SMS, transfer, recall and whom it calls again, as far as the campaign has them."""
    return tuple(_lines(campaign))


def _lines(campaign: Campaign) -> Iterator[str]:
    yield _voice(campaign)
    caller = f", caller id {campaign.caller_id}" if campaign.caller_id else ""
    ring = f", rings for {campaign.max_ring_s} s" if campaign.max_ring_s else ""
    yield f"application {campaign.app_id}{caller}, hangs up after {campaign.max_duration_s} s{ring}"
    if campaign.sms is not None:
        yield _sms(campaign.sms)
    if campaign.transfer is not None:
        transfer = campaign.transfer
        when = f"on key {transfer.key}" if transfer.key is not None else "after playback"
        yield f"transfer to agent group {transfer.group} {when}, ratio {transfer.ratio}"
    if campaign.recall is not None:
        recall = campaign.recall
        whom = "who was not reached" if recall.who == "failed" else "everybody"
        rounds, minutes = plural(recall.rounds, "round"), plural(recall.every_min, "minute")
        yield f"recall {whom}: {rounds}, {minutes} apart, {len(recall.overrides)} overridden"
    if campaign.again is not None:
        again = campaign.again
        outcomes = ", ".join(one.value for one in again.outcomes)
        yield f"again: only those of {again.of} with a confirmed {outcomes}: {people(again.people)} as of {again.as_of}"
    if campaign.caps is not None:
        rings = f"; this campaign counts as {campaign.rings}" if campaign.rings > 1 else ""
        yield f"a person gets {campaign.caps}{rings}"


def _voice(campaign: Campaign) -> str:
    loops = f", {campaign.loops} times" if campaign.loops > 1 else ""
    match campaign.voice:
        case TtsVoice() as voice:
            parts = [
                ("", voice.language),
                ("", voice.gender),
                ("rate ", voice.rate),
                ("accent ", voice.accent),
            ]
            words = ", ".join(f"{label}{_value(value)}" for label, value in parts if value is not None)
            return f"voice: text to speech, {words}{loops}"
        case AudioVoice() as voice:
            return f"voice: {voice.address}, {voice.duration_s} s{loops}"
        case UploadedVoice() as voice:
            return f"voice: uploaded file {voice.file_id}{loops}"


def _value(value: object) -> str:
    return f"by column {value.name!r}" if isinstance(value, Column) else str(value)


def _sms(sms: Sms) -> str:
    triggers = sms.triggers
    when = [
        words
        for words, is_set in (
            ("when the call failed", triggers.on_failed),
            (f"{triggers.success_after_s} s after success", triggers.success_after_s is not None),
            (f"on key {triggers.key}", triggers.key is not None),
            ("when it rang", triggers.on_ring),
        )
        if is_set
    ]
    sender = f" from {sms.sender_id}" if sms.sender_id else ""
    return f"SMS by {sms.app_id}{sender}: {', '.join(when)}"
