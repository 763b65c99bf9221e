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
    recordings = pl.Series("recordings", [_recordings(v) for v in variants], dtype=pl.String)
    fields = [
        pl.col(PERSON).cast(pl.String),
        pl.lit(recordings).gather(pl.col(VARIANT))
        if len(variants) > 1
        else pl.lit(recordings[0] if variants else ""),
    ]
    for one in texts_of(campaign):
        fields += [pl.lit(str(one.index)), pl.col(text(one.index))]
    return frame.with_columns(keyed_column(key.subkey(Label.CONTENT), *fields).alias(CONTENT))


def with_approval(
    frame: pl.DataFrame, campaign: Campaign, variants: Sequence[Variant], key: LedgerKey
) -> pl.DataFrame:
    """Return *frame* (PERSON, VARIANT, CONTENT) with APPROVAL: UInt128: this person, these words, these settings."""
    digests = pl.Series("settings", [v.settings.digest for v in variants], dtype=pl.String)
    settings = (
        pl.lit(digests).gather(pl.col(VARIANT))
        if len(variants) > 1
        else pl.lit(digests[0] if variants else "")
    )
    return frame.with_columns(
        approval_column(pl.col(PERSON), pl.col(CONTENT), settings, campaign=campaign, key=key).alias(APPROVAL)
    )


def approval_column(
    person: pl.Expr, content: pl.Expr, settings_digest: pl.Expr, *, campaign: Campaign, key: LedgerKey
) -> pl.Expr:
    """Return the approval, UInt128, of each *person* with *content* (UInt128 both) under *settings_digest* (String)."""
    return keyed_column(
        key.subkey(Label.APPROVAL),
        pl.lit(campaign.name),
        pl.lit(campaign.edition),
        person.cast(pl.String),
        content.cast(pl.String),
        settings_digest,
    )


def _recordings(variant: Variant) -> str:
    recall = variant.settings.recall
    voices = [variant.settings.voice, *(r.voice for r in (recall.rounds_settings if recall else ()))]
    return "|".join(_recording(voice) for voice in voices)


def _recording(voice: VoiceSettings) -> str:
    return voice.audio_sha256 or voice.file_id or "tts"
