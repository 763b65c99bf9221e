"""The words of one person, rendered again and proved by their content key to be those that were sent: or none."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from runner.audience.bulk import COUNTRY
from runner.audience.numbers import Reading, read_numbers
from runner.audience.people import Rules, prepare
from runner.audience.renumbered import keyed_people
from runner.compile.render import render
from runner.digest.keys import Label, LedgerKey
from runner.frames import CONTENT, NUMBER, PERSON, text
from runner.model.campaign import AudioVoice, Campaign, TtsVoice
from runner.model.texts import texts_of
from runner.planning.approval import with_content
from runner.planning.variants import columns_of, combinations, variants_of, with_variant
from runner.ports import Renderer
from runner.preview.check import program_of
from runner.preview.columns import kept_columns, types_of
from runner.preview.reading import open_checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whose words are looked for.

    Attributes:
        keys: of the person, now and under former numbers.
        contents: content keys that the ledger has of the person: what was sent.
        key: of the ledger.
        allow_fiction: numbers reserved for fiction may be people.
    """

    keys: Sequence[int]
    contents: Collection[int]
    key: LedgerKey
    allow_fiction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was found of a person.

    Attributes:
        is_in_audience: there is a row of the person, right or wrong.
        texts: title and words of each text, with the content key that was sent; None where none that was rendered has it.
        recording: what the call plays; None where it speaks a text.
    """

    is_in_audience: bool
    texts: tuple[tuple[str, str], ...] | None = None
    recording: str | None = None


def heard(campaign: Campaign, path: Path, sought: Sought, *, shown: str, renderer: Renderer) -> Heard:
    """Return what the person heard and got by *campaign*, from the row or rows of the audience at *path*.

    Args:
        campaign: as it was when it was applied.
        path: of an audience, perhaps another one than then.
        sought: the person.
        shown: how messages call the file.
        renderer: of texts.

    Raises:
        InvalidError: the audience or the templates cannot be read, or rendering fails.
        RefusedError: the audience has too many rows.
    """
    reader = open_checked(campaign, path, shown=shown)
    try:
        program = program_of(campaign, reader.columns, renderer)
        keep = kept_columns(campaign, reader.columns, program.columns_read)
        types = types_of(campaign, reader.columns)
        number = campaign.audience.number
        frames = reader.rows(tuple(dict.fromkeys([*keep, number])))
        rows = pl.concat([_theirs(frame, campaign, sought) for frame in frames])
    finally:
        reader.close()
    if rows.is_empty():
        return Heard(is_in_audience=False)
    rules = Rules(
        number=number, reading=_reading(campaign, sought), types=types, subkey=_subkey(sought), keep=keep
    )
    prepared = prepare(rows, rules)
    if any(prepared.mistyped.values()):
        return Heard(is_in_audience=True)
    variants = variants_of(campaign, combinations(prepared.people, columns_of(campaign)))
    rendered = render(with_variant(prepared.people, campaign, variants), program, renderer)
    for key in sought.keys:
        under = rendered.with_columns(pl.lit(key, pl.UInt128).alias(PERSON))
        content = with_content(under, campaign, variants, sought.key)[CONTENT]
        for row, one in enumerate(content.to_list()):
            if one in sought.contents:
                return Heard(
                    is_in_audience=True,
                    texts=tuple((each.title, rendered[row, text(each.index)]) for each in texts_of(campaign)),
                    recording=_recording(campaign),
                )
    return Heard(is_in_audience=True)


def _theirs(frame: pl.DataFrame, campaign: Campaign, sought: Sought) -> pl.DataFrame:
    """Return the rows of *frame* that are of the person."""
    read = read_numbers(frame[campaign.audience.number], _reading(campaign, sought)).with_row_index("@at")
    valid = read.filter(pl.col(NUMBER).is_not_null())
    people, _ = keyed_people(valid[NUMBER], valid[COUNTRY], _subkey(sought))
    return frame[
        valid.filter(people.is_in(pl.Series(sought.keys, dtype=pl.UInt128).implode()))["@at"].to_list()
    ]


def _reading(campaign: Campaign, sought: Sought) -> Reading:
    return Reading(region=campaign.audience.region, countries=(), allow_fiction=sought.allow_fiction)


def _subkey(sought: Sought) -> str:
    return sought.key.subkey(Label.PERSON)


def _recording(campaign: Campaign) -> str | None:
    voice = campaign.voice
    if isinstance(voice, TtsVoice):
        return None
    return voice.address if isinstance(voice, AudioVoice) else voice.file_id


def shown_lines(found: Heard) -> Iterator[tuple[str, str]]:
    """Yield title and words of all that the person heard and got; nothing where that is not proved."""
    if found.texts is None:
        return
    if found.recording is not None:
        yield "voice", f"plays the recording {found.recording}"
    yield from found.texts
