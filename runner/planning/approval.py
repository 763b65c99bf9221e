"""Content keys and approvals, in columns: what a person would hear and get, and that it was reviewed (design, section 7)."""

from collections.abc import Sequence

import polars as pl

from runner.digest.keyed import keyed_column
from runner.digest.keys import Label, LedgerKey
from runner.frames import APPROVAL, CONTENT, PERSON, VARIANT, text
from runner.model.campaign import Campaign
from runner.model.settings import VoiceSettings
from runner.model.texts import texts_of
from runner.planning.variants import Variant


def with_content(
    frame: pl.DataFrame, campaign: Campaign, variants: Sequence[Variant], key: LedgerKey
) -> pl.DataFrame:
    """Return *frame* (PERSON, VARIANT, text columns) with CONTENT: UInt128.

    It is keyed over the person, the recordings of every round, and every expanded text with its number.
    """
    fields: list[pl.Expr | str] = [
        pl.col(PERSON).cast(pl.String),
        _of_variant([_recordings(v) for v in variants]),
    ]
    for one in texts_of(campaign):
        fields += [str(one.index), pl.col(text(one.index))]
    return frame.with_columns(keyed_column(key.subkey(Label.CONTENT), *fields).alias(CONTENT))


def with_approval(
    frame: pl.DataFrame, campaign: Campaign, variants: Sequence[Variant], key: LedgerKey
) -> pl.DataFrame:
    """Return *frame* (PERSON, VARIANT, CONTENT) with APPROVAL: UInt128: this person, these words, these settings."""
    settings = _of_variant([v.settings.digest for v in variants])
    return frame.with_columns(
        approval_column(pl.col(PERSON), pl.col(CONTENT), settings, campaign=campaign, key=key).alias(APPROVAL)
    )


def approval_column(
    person: pl.Expr, content: pl.Expr, settings_digest: pl.Expr | str, *, campaign: Campaign, key: LedgerKey
) -> pl.Expr:
    """Return the approval, UInt128, of each *person* with *content* (UInt128 both) under *settings_digest* (String)."""
    return keyed_column(
        key.subkey(Label.APPROVAL),
        campaign.name,
        campaign.edition,
        person.cast(pl.String),
        content.cast(pl.String),
        settings_digest,
    )


def _of_variant(values: Sequence[str]) -> pl.Expr | str:
    """Return the value of each row's VARIANT; plain text where it is the same for all."""
    if len(set(values)) <= 1:
        return values[0] if values else ""
    return pl.lit(pl.Series("of_variant", values, dtype=pl.String)).gather(pl.col(VARIANT))


def _recordings(variant: Variant) -> str:
    recall = variant.settings.recall
    voices = [variant.settings.voice, *(r.voice for r in (recall.rounds_settings if recall else ()))]
    return "|".join(_recording(voice) for voice in voices)


def _recording(voice: VoiceSettings) -> str:
    return voice.audio_sha256 or voice.file_id or "tts"
