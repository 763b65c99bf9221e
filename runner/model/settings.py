"""Everything of a request that is not per person, except the task's name, its skeletons and times of day.

A campaign has one `TaskSettings` per *variant*: per combination of values in the columns that its settings name
(``language = { column = "lang" }``).
"""

from dataclasses import asdict, dataclass

from runner.digest.plain import sha256_of
from runner.model.campaign import Gender, RecallWho, Transfer, Triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """How the voice is made: exactly one of text-to-speech, an audio file by content, or an uploaded file.

    Attributes:
        audio_sha256: digest of the audio's content.
        file_id: a file that is at the vendor already.
    """

    tts: bool
    language: str | None
    gender: Gender | None
    rate: str | None
    accent: str | None
    audio_sha256: str | None
    file_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """The post-call SMS but for its words."""

    app_id: str
    sender_id: str | None
    triggers: Triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSettings:
    """One recall round, complete: what it does not override is repeated from the first call."""

    voice: VoiceSettings
    sms_sender_id: str | None
    triggers: Triggers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSettings:
    """The vendor's own repetition. `rounds_settings` is empty where no round differs, else has `rounds` entries."""

    rounds: int
    every_min: int
    who: RecallWho
    rounds_settings: tuple[RoundSettings, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """The settings of a task."""

    app_id: str
    caller_id: str | None
    voice: VoiceSettings
    loops: int
    max_duration_s: int
    max_ring_s: int | None
    sms: SmsSettings | None
    transfer: Transfer | None
    recall: RecallSettings | None

    @property
    def digest(self) -> str:
        """Return the settings digest, hex; audio enters by the SHA-256 of its content (design, section 7)."""
        return sha256_of(asdict(self), label="settings/1")
