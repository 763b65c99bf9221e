"""`[voice]`, `[sms]` and their overrides in recall rounds: from the tables of the file to the values of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from runner.config.audio import ENDINGS, read_audio
from runner.config.document import as_written
from runner.config.findings import Findings
from runner.config.names import APP, SENDER, Names
from runner.config.paths import Place, resolve_file
from runner.config.positions import KeyPath
from runner.config.rules import TRIGGER_KEYS, Origins
from runner.config.schema import ColumnTable, SmsContent, VoiceContent, VoiceTable
from runner.config.templates import find_template
from runner.model.campaign import (
    AudioVoice,
    Column,
    Gender,
    Template,
    Triggers,
    TtsVoice,
    UploadedVoice,
    Voice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What building texts and voices needs beside the file itself.

    Attributes:
        root: real path of the campaign repository.
        templates: every template by name.
    """

    root: Path
    templates: Mapping[str, str]
    names: Names

    def build_voice(
        self, findings: Findings, content: VoiceContent, keys: Origins, main: VoiceTable
    ) -> Voice | None:
        """Return the voice of *content*, whose *keys* stand where they say; None where something is wrong.

        *main* holds what all rounds share: loops and the longest duration.
        """
        match content.source:
            case "tts":
                return self._tts(findings, content, keys)
            case "audio" if content.file is not None:
                return self._audio(findings, content, keys["file"], main)
            case "uploaded" if content.file_id is not None:
                file_id = self.names.value(findings, keys["file_id"], content.file_id, APP)
                return UploadedVoice(file_id=file_id, language=_text_or_column(content.language))
            case _:
                return None

    def build_template(
        self, findings: Findings, content: VoiceContent | SmsContent, keys: Origins
    ) -> Template | None:
        """Return the text that *content* names or holds; None where it has none, or where something is wrong."""
        if content.text is not None:
            if not content.text.strip():
                path = keys["text"]
                findings.at_value(path, "bad-value", f"`{as_written(path)}` is blank")
            return Template(name=None, source=content.text, where=findings.document.value(keys["text"]))
        if content.template is not None:
            return find_template(findings, keys["template"], content.template, self.templates)
        return None

    def sender_id(self, findings: Findings, content: SmsContent, keys: Origins) -> str | None:
        """Return the sender that *content* names, if any."""
        if content.sender_id is None:
            return None
        return self.names.value(findings, keys["sender_id"], content.sender_id, SENDER)

    def _tts(self, findings: Findings, content: VoiceContent, keys: Origins) -> TtsVoice | None:
        template = self.build_template(findings, content, keys)
        language = _text_or_column(content.language)
        if template is None or language is None:
            return None
        return TtsVoice(
            template=template,
            language=language,
            gender=_gender_or_column(content.gender),
            rate=_rate_or_column(content.rate),
            accent=_text_or_column(content.accent),
        )

    def _audio(
        self, findings: Findings, content: VoiceContent, path: KeyPath, main: VoiceTable
    ) -> AudioVoice | None:
        address = content.file or ""
        place = Place(
            base=findings.document.file.parent, folders=(self.root,), endings=ENDINGS, described="the root"
        )
        file = resolve_file(findings, path, address, place)
        audio = read_audio(findings, path, file) if file is not None else None
        if file is None or audio is None:
            return None
        longest = audio.duration_s * main.loops
        if longest > main.max_duration:
            times = "" if main.loops == 1 else f" x {main.loops} loops"
            message = (
                f"the audio lasts {audio.duration_s} s{times}, but calls are ended after "
                f"`voice.max_duration` = {main.max_duration} s"
            )
            findings.at_value(("voice", "max_duration"), "audio-too-long", message)
        return AudioVoice(
            path=file,
            address=address,
            sha256=audio.sha256,
            duration_s=audio.duration_s,
            language=_text_or_column(content.language),
        )


def merge_voice(main: VoiceTable, override: VoiceContent, keys: Origins) -> VoiceContent:
    """Return the voice of a recall round: of each key in *keys* the round's own value, else that of *main*."""
    own = override.model_fields_set
    values = {
        key: getattr(override if key in own else main, key)
        for key in keys
        if key in VoiceContent.model_fields
    }
    return VoiceContent.model_construct(**values)


def build_triggers(content: SmsContent) -> Triggers:
    """Return the triggers of *content*."""
    return Triggers(
        on_failed=content.on_failed,
        success_after_s=content.on_success,
        key=content.on_key,
        on_ring=content.on_ring,
    )


def has_triggers(content: SmsContent) -> bool:
    """Tell whether a round's SMS names triggers; it then names all of them."""
    return any(key in content.model_fields_set for key in TRIGGER_KEYS)


def _text_or_column(value: str | ColumnTable | None) -> str | Column | None:
    return Column(value.column) if isinstance(value, ColumnTable) else value


def _gender_or_column(value: Gender | ColumnTable | None) -> Gender | Column | None:
    return Column(value.column) if isinstance(value, ColumnTable) else value


def _rate_or_column(value: Decimal | ColumnTable | None) -> str | Column | None:
    if isinstance(value, ColumnTable):
        return Column(value.column)
    return None if value is None else format(value, "f")
