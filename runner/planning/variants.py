"""Settings per variant: one `TaskSettings` for each combination of values in the columns that a campaign's settings name."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from runner.frames import VARIANT
from runner.model.campaign import AudioVoice, Campaign, Column, Gender, Round, TtsVoice, UploadedVoice, Voice
from runner.model.settings import RecallSettings, RoundSettings, SmsSettings, TaskSettings, VoiceSettings

MAX_VARIANTS = 200
"""More combinations than this are certainly a mistake, such as a name in the language column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One combination.

    Attributes:
        index: the value of VARIANT; ascending in the order of `values`.
        values: of `columns_of` the campaign, in that order; a missing value is the empty text.
    """

    index: int
    values: tuple[str, ...]
    settings: TaskSettings

    @property
    def title(self) -> str:
        """Return how views call it; empty where the campaign has one variant only."""
        return " ".join(self.values)


def columns_of(campaign: Campaign) -> tuple[str, ...]:
    """Return the columns that the settings of *campaign* read, sorted."""
    voices = [
        campaign.voice,
        *(r.voice for r in (campaign.recall.overrides if campaign.recall else ()) if r.voice),
    ]
    return tuple(
        sorted({value.name for voice in voices for value in _values(voice) if isinstance(value, Column)})
    )


def combinations(people: pl.DataFrame, columns: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the distinct combinations of *columns* in *people*; merge those of several ranges by union."""
    if not columns:
        return {()}
    return set(people.select(pl.col(columns).fill_null("")).unique().rows())


def variants_of(campaign: Campaign, found: set[tuple[str, ...]]) -> tuple[Variant, ...]:
    """Return the variants for the combinations *found*, ordered by their values."""
    columns = columns_of(campaign)
    return tuple(
        Variant(
            index=i, values=values, settings=settings_of(campaign, dict(zip(columns, values, strict=True)))
        )
        for i, values in enumerate(sorted(found))
    )


def with_variant(people: pl.DataFrame, campaign: Campaign, variants: tuple[Variant, ...]) -> pl.DataFrame:
    """Return *people* with VARIANT: UInt32, in the same order."""
    columns = columns_of(campaign)
    if not columns:
        return people.with_columns(pl.lit(0, dtype=pl.UInt32).alias(VARIANT))
    table = pl.DataFrame(
        [*zip(*(v.values for v in variants), strict=True)],
        schema=dict.fromkeys(columns, pl.String),
    ).with_columns(pl.Series(VARIANT, [v.index for v in variants], dtype=pl.UInt32))
    keys = [pl.col(c).fill_null("") for c in columns]
    return people.join(table, left_on=keys, right_on=list(columns), how="left", maintain_order="left")


def settings_of(campaign: Campaign, row: Mapping[str, str]) -> TaskSettings:
    """Return the settings of *campaign* for a person whose settings columns hold *row*."""
    sms = campaign.sms
    return TaskSettings(
        app_id=campaign.app_id,
        caller_id=campaign.caller_id,
        voice=_voice(campaign.voice, row),
        loops=campaign.loops,
        max_duration_s=campaign.max_duration_s,
        max_ring_s=campaign.max_ring_s,
        sms=SmsSettings(app_id=sms.app_id, sender_id=sms.sender_id, triggers=sms.triggers) if sms else None,
        transfer=campaign.transfer,
        recall=_recall(campaign, row),
    )


def _recall(campaign: Campaign, row: Mapping[str, str]) -> RecallSettings | None:
    recall = campaign.recall
    if recall is None:
        return None
    padded = [*recall.overrides, *[None] * (recall.rounds - len(recall.overrides))]
    rounds = tuple(_round(campaign, override, row) for override in padded) if recall.overrides else ()
    return RecallSettings(
        rounds=recall.rounds, every_min=recall.every_min, who=recall.who, rounds_settings=rounds
    )


def _round(campaign: Campaign, override: Round | None, row: Mapping[str, str]) -> RoundSettings:
    sms = campaign.sms
    voice = override.voice if override and override.voice else campaign.voice
    return RoundSettings(
        voice=_voice(voice, row),
        sms_sender_id=(override.sms_sender_id if override else None) or (sms.sender_id if sms else None),
        triggers=(override.triggers if override else None) or (sms.triggers if sms else None),
    )


def _voice(voice: Voice, row: Mapping[str, str]) -> VoiceSettings:
    language = _value(voice.language, row)
    match voice:
        case TtsVoice():
            gender = _value(voice.gender, row)
            return VoiceSettings(
                tts=True,
                language=language,
                gender=Gender(gender) if gender else None,
                rate=_value(voice.rate, row),
                accent=_value(voice.accent, row),
                audio_sha256=None,
                file_id=None,
            )
        case AudioVoice():
            return _recorded(language, audio_sha256=voice.sha256, file_id=None)
        case UploadedVoice():
            return _recorded(language, audio_sha256=None, file_id=voice.file_id)


def _recorded(language: str | None, *, audio_sha256: str | None, file_id: str | None) -> VoiceSettings:
    return VoiceSettings(
        tts=False,
        language=language,
        gender=None,
        rate=None,
        accent=None,
        audio_sha256=audio_sha256,
        file_id=file_id,
    )


def _values(voice: Voice) -> tuple[object, ...]:
    if isinstance(voice, TtsVoice):
        return (voice.language, voice.gender, voice.rate, voice.accent)
    return (voice.language,)


def _value(value: str | Gender | Column | None, row: Mapping[str, str]) -> str | None:
    if isinstance(value, Column):
        return row[value.name] or None
    return None if value is None else str(value)
