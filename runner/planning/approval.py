"""Content keys and approvals, in columns: what a person would hear and get, and that it was reviewed (design, section 7)."""

from collections.abc import Sequence

import polars as pl

from runner.digest.keyed import keyed_column
from runner.digest.keys import Label, LedgerKey
from runner.digest.plain import sha256_of
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
    """Return *frame* (VARIANT, CONTENT) with APPROVAL: UInt128: this person, these words, these settings."""
    terms = _of_variant([terms_of(campaign, v.settings.digest) for v in variants])
    return frame.with_columns(approval_column(pl.col(CONTENT), terms, key=key).alias(APPROVAL))


def approval_column(content: pl.Expr, terms: pl.Expr | str, *, key: LedgerKey) -> pl.Expr:
    """Return the approval, UInt128, of each *content* (UInt128) under *terms* (String, see `terms_of`).

    It is of one person too, since a content key is over the person's key.
    """
    return keyed_column(key.subkey(Label.APPROVAL), content.cast(pl.String), terms)


def terms_of(campaign: Campaign, settings_digest: str) -> str:
    """Return what the approvals of all people of *campaign* and its edition under these settings share, as 64 hex digits.

    Hashed once for all of them, since a keyed value costs by the length of what it is over.
    """
    terms = {"campaign": campaign.name, "edition": campaign.edition, "settings": settings_digest}
    return sha256_of(terms, label="approval-terms/1")


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
