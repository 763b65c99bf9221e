"""Texts for a reviewer to read: the campaign's templates, rendered with the rows of its committed sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from runner.audience.numbers import Reading
from runner.audience.people import Rules, prepare
from runner.audience.types import mistyped_problems
from runner.compile.form import Form, Hole
from runner.compile.program import Program
from runner.compile.render import render
from runner.compile.shape import ShapeStats, shape, shape_stats
from runner.digest.keys import Label, LedgerKey
from runner.errors import InvalidError, Where
from runner.frames import FORM, PERSON, ROW, VARIANT, text
from runner.model.campaign import Campaign
from runner.model.plan import Bucket, Reason, SampleText
from runner.model.texts import texts_of
from runner.planning.variants import columns_of, combinations
from runner.ports import Renderer
from runner.preview.columns import kept_columns, types_of
from runner.preview.lowering import Lowered
from runner.preview.places import sample_place
from runner.preview.reading import open_checked

MOST_ROWS = 10_000
"""A sample is a few rows; more than this is an audience that was committed by mistake."""

SHOWN_FORMS = 4
"""Rows of the sample whose texts are shown, each of another form."""

_EXCERPT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Sample texts, and what of real people no row of the sample has.

    Attributes:
        unreached: forms that no row of the sample has.
        combinations: of the values that settings read; others are people's and are not shown.
    """

    texts: tuple[SampleText, ...] = ()
    unreached: tuple[Reason, ...] = ()
    combinations: frozenset[tuple[str, ...]] = frozenset()


def sample_of(
    campaign: Campaign,
    program: Program,
    lowered: Lowered,
    stats: ShapeStats | None,
    *,
    key: LedgerKey,
    renderer: Renderer,
) -> Sampled:
    """Return the texts of one sample row of each form, and what the sample does not reach.

    Raises:
        InvalidError: the sample cannot be read or rendered.
    """
    path = campaign.audience.sample
    if path is None:
        return Sampled()
    rows = _rows(campaign, path, program, key)
    found = frozenset(combinations(rows, columns_of(campaign)))
    if not program.texts:
        return Sampled(combinations=found)
    rendered = render(rows, program, renderer)
    registry = lowered.registry
    shaped = shape(rendered, program, stats or shape_stats(rendered, program), registry).sort(ROW)
    first = shaped.unique(FORM, keep="first", maintain_order=True)
    reached = {registry.forms[number] for number in first[FORM]}
    return Sampled(
        texts=tuple(
            SampleText(row=row[ROW], title=one.title, text=row[text(one.index)])
            for row in first.head(SHOWN_FORMS).rows(named=True)
            for one in texts_of(campaign)
        ),
        unreached=_unreached(lowered.forms, reached),
        combinations=found,
    )


def _rows(campaign: Campaign, path: Path, program: Program, key: LedgerKey) -> pl.DataFrame:
    audience = campaign.audience
    shown = sample_place(campaign)
    reader = open_checked(campaign, path, shown=shown)
    types = types_of(campaign, reader.columns)
    keep = kept_columns(campaign, reader.columns, program.columns_read)
    try:
        frames = list(reader.rows(tuple(dict.fromkeys([*keep, audience.number]))))
    finally:
        reader.close()
    rows = pl.concat(frames).head(MOST_ROWS)
    reading = Reading(region=audience.region, countries=(), allow_fiction=True)
    subkey = key.subkey(Label.PERSON)
    rules = Rules(number=audience.number, reading=reading, types=types, subkey=subkey, keep=keep)
    prepared = prepare(rows, rules)
    problems = mistyped_problems(prepared.mistyped, types, Where(path=shown))
    if problems:
        raise InvalidError(problems)
    return prepared.people.sort(PERSON, ROW).with_columns(pl.lit(0, dtype=pl.UInt32).alias(VARIANT))


def _unreached(forms: Mapping[Form, int], reached: set[Form]) -> tuple[Reason, ...]:
    missing = sorted(
        ((count, _described(form)) for form, count in forms.items() if form not in reached),
        key=lambda one: (-one[0], one[1]),
    )
    return tuple(Reason(bucket=Bucket.NEW, text=words, count=count) for count, words in missing)


def _described(form: Form) -> str:
    """Return the beginning of the form's texts with their expressions, as the template has them."""
    whole = " / ".join(
        "".join(f"{{{{ {piece.expression} }}}}" if isinstance(piece, Hole) else piece for piece in pieces)
        for _, pieces in form.texts
    )
    return whole if len(whole) <= _EXCERPT else whole[: _EXCERPT - 1] + "…"
