"""Settings per variant: one `TaskSettings` for each combination of values in the columns that a campaign's settings name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from runner.errors import InvalidError, Problem
from runner.frames import VARIANT
from runner.model.campaign import AudioVoice, Campaign, Column, Gender, Round, TtsVoice, UploadedVoice, Voice
from runner.model.settings import RecallSettings, RoundSettings, SmsSettings, TaskSettings, VoiceSettings

LEAST_RATE, MOST_RATE = Decimal("0.25"), Decimal(4)
if TYPE_CHECKING:
    import polars as pl

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


def combinations(people: "pl.DataFrame", columns: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the distinct combinations of *columns* in *people*; merge those of several ranges by union."""
    import polars as pl  # noqa: PLC0415  not needed for `columns_of`, which validation asks for

    if not columns:
        return {()}
    return set(people.select(pl.col(columns).fill_null("")).unique().rows())


def variants_of(campaign: Campaign, found: set[tuple[str, ...]]) -> tuple[Variant, ...]:
    """Return the variants for the combinations *found*, ordered by their values.

    Raises:
        InvalidError: a column holds what its setting cannot be, or there are more combinations than `MAX_VARIANTS`.
    """
    columns = columns_of(campaign)
    problems = _problems(campaign, columns, found)
    if problems:
        raise InvalidError(problems)
    return tuple(
        Variant(
            index=i, values=values, settings=settings_of(campaign, dict(zip(columns, values, strict=True)))
        )
        for i, values in enumerate(sorted(found))
    )


def _problems(campaign: Campaign, columns: tuple[str, ...], found: set[tuple[str, ...]]) -> list[Problem]:
    """Return what is wrong with the values of *columns*, without showing one."""
    values = {name: {row[place] for row in found} for place, name in enumerate(columns)}
    problems = [
        Problem(
            code="setting-value",
            message=f"column {value.name!r} is used as `{key}`, but in some rows {wrong}",
            where=campaign.where(key),
            hint=hint,
        )
        for voice in _voices(campaign)
        for key, value, is_right, wrong, hint in _checks(voice)
        if isinstance(value, Column) and not all(is_right(one) for one in values[value.name])
    ]
    if len(found) > MAX_VARIANTS:
        message = f"the columns of settings have {len(found):,} combinations of values, at most {MAX_VARIANTS} are taken"
        hint = "each combination is a request of its own; is it the right column?"
        problems.append(
            Problem(code="too-many-variants", message=message, where=campaign.where("voice"), hint=hint)
        )
    return list(dict.fromkeys(problems))


_Check = tuple[str, str | Gender | Column | None, Callable[[str], bool], str, str | None]


def _checks(voice: Voice) -> tuple[_Check, ...]:
    if not isinstance(voice, TtsVoice):
        return ()
    return (
        ("voice.language", voice.language, bool, "it is empty", "text to speech needs a language"),
        (
            "voice.gender",
            voice.gender,
            _is_gender,
            "it is neither male nor female",
            "or empty, for the vendor's choice",
        ),
        (
            "voice.rate",
            voice.rate,
            _is_rate,
            "it is no decimal from 0.25 to 4",
            "or empty, for the vendor's choice",
        ),
    )


def _is_gender(value: str) -> bool:
    return value in {"", *Gender}


def _is_rate(value: str) -> bool:
    return not value or (
        re.fullmatch(r"[0-9](\.[0-9]{1,6})?", value) is not None and LEAST_RATE <= Decimal(value) <= MOST_RATE
    )


def with_variant(people: "pl.DataFrame", campaign: Campaign, variants: tuple[Variant, ...]) -> "pl.DataFrame":
    """Return *people* with VARIANT: UInt32, in the same order."""
    import polars as pl  # noqa: PLC0415

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
                rate=_plain(_value(voice.rate, row)),
                accent=_value(voice.accent, row),
                audio_sha256=None,
                file_id=None,
            )
        case AudioVoice():
            return _recorded(language, audio_sha256=voice.sha256, file_id=None)
        case UploadedVoice():
            return _recorded(language, audio_sha256=None, file_id=voice.file_id)


def _plain(rate: str | None) -> str | None:
    """Return *rate* in its shortest spelling, so that ``1.0`` and ``1`` are one setting."""
    return None if rate is None else f"{Decimal(rate).normalize():f}"


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


def _voices(campaign: Campaign) -> list[Voice]:
    overrides = campaign.recall.overrides if campaign.recall else ()
    return [campaign.voice, *(override.voice for override in overrides if override.voice is not None)]


def _values(voice: Voice) -> tuple[object, ...]:
    if isinstance(voice, TtsVoice):
        return (voice.language, voice.gender, voice.rate, voice.accent)
    return (voice.language,)


def _value(value: str | Gender | Column | None, row: Mapping[str, str]) -> str | None:
    if isinstance(value, Column):
        return row[value.name] or None
    return None if value is None else str(value)
