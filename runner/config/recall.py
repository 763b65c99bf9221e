"""`[recall]`: the vendor's own repetition and what its rounds do otherwise than the first call."""

from runner.config.findings import Findings
from runner.config.positions import KeyPath
from runner.config.rules import Origins, merged_voice, origins
from runner.config.schema import RecallTable, RoundSmsTable, SmsTable, VoiceContent, VoiceTable
from runner.config.voice import Texts, build_triggers, has_triggers, merge_voice
from runner.model.campaign import Recall, Round, Voice


def build_recall(
    findings: Findings,
    table: RecallTable,
    *,
    main: VoiceTable | None,
    sms: SmsTable | None,
    texts: Texts,
) -> Recall:
    """Return the recall of a campaign with the voice *main* and the SMS *sms*.

    What is wrong is added to *findings*, and the value has then no meaning.
    """
    overrides = []
    for index, round_ in enumerate(table.round):
        at: KeyPath = ("recall", "round", index)
        voice = None
        if round_.voice is not None and round_.voice.model_fields_set and main is not None:
            voice = _voice(findings, round_.voice, (*at, "voice"), main=main, texts=texts)
        overrides.append(_round(findings, round_.sms, (*at, "sms"), voice=voice, texts=texts))
    if overrides:
        _check_delay(findings, table, sms)
    return Recall(rounds=table.rounds, every_min=table.every, who=table.who, overrides=tuple(overrides))


def _voice(
    findings: Findings,
    override: VoiceContent,
    at: KeyPath,
    *,
    main: VoiceTable,
    texts: Texts,
) -> Voice | None:
    keys = merged_voice(findings, _keys(findings, ("voice",)), _keys(findings, at))
    return texts.build_voice(findings, merge_voice(main, override, keys), keys, main)


def _round(
    findings: Findings,
    sms: RoundSmsTable | None,
    at: KeyPath,
    *,
    voice: Voice | None,
    texts: Texts,
) -> Round:
    if sms is None:
        return Round(voice=voice, sms_template=None, sms_sender_id=None, triggers=None)
    keys = _keys(findings, at)
    return Round(
        voice=voice,
        sms_template=texts.build_template(findings, sms, keys),
        sms_sender_id=texts.sender_id(findings, sms, keys),
        triggers=build_triggers(sms) if has_triggers(sms) else None,
    )


def _check_delay(findings: Findings, table: RecallTable, sms: SmsTable | None) -> None:
    """Once a round differs all rounds are written out, and there the delay after success begins at one second."""
    inherits = len(table.round) < table.rounds or any(
        r.sms is None or not has_triggers(r.sms) for r in table.round
    )
    if sms is not None and sms.on_success == 0 and inherits:
        message = '`sms.on_success` = "0s" does not go with [[recall.round]]: in a round it is at least "1s"'
        hint = 'write on_success = "1s", or give every round its own triggers'
        findings.at_value(("sms", "on_success"), "recall-delay", message, hint=hint)


def _keys(findings: Findings, at: KeyPath) -> Origins:
    return origins(findings.document.at(at), at) or {}
