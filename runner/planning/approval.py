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
    settings = [variant.settings.digest for variant in variants]
    made = approvals(frame[CONTENT], frame[VARIANT], settings, campaign=campaign, key=key)
    return frame.with_columns(made.alias(APPROVAL))


def approvals(
    contents: pl.Series, settings: pl.Series, digests: Sequence[str], *, campaign: Campaign, key: LedgerKey
) -> pl.Series:
    """Return the approval, UInt128, of each of *contents* (UInt128).

    An approval is of one person too, since a content key is over the person's key.

    Args:
        contents: content keys.
        settings: for each of them the settings that apply, as an index (UInt32) into *digests*.
        digests: of settings.
        campaign: whose approvals these are, of its edition.
        key: of the ledger.
    """
    subkeys = [_subkey(digest, campaign=campaign, key=key) for digest in digests]
    rows = pl.DataFrame({"content": contents, "settings": settings})
    if settings.n_unique() == 1:
        return rows.select(_approval(subkeys[settings[0]])).to_series()
    parts = rows.with_row_index("place").partition_by("settings", as_dict=True)
    made = [part.select("place", _approval(subkeys[number])) for (number,), part in parts.items()]
    nobody = pl.DataFrame(schema={"place": pl.UInt32, "approval": pl.UInt128})
    return pl.concat([nobody, *made]).sort("place")["approval"]


def _approval(subkey: str) -> pl.Expr:
    return keyed_column(subkey, pl.col("content").cast(pl.String)).alias("approval")


def _subkey(settings_digest: str, *, campaign: Campaign, key: LedgerKey) -> str:
    """Return the subkey for all people of *campaign* and its edition under these settings.

    What is hashed for each of them is short then, and that is what a keyed value costs by.
    """
    terms = {"campaign": campaign.name, "edition": campaign.edition, "settings": settings_digest}
    return key.subkey(Label.APPROVAL, of=sha256_of(terms, label="approval-terms/1"))


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
