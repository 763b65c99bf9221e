"""Shaped frames written by hand, and a substitution that shares nothing with the compiler's."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from runner.compile.allocate import NOWHERE, allocation_of
from runner.compile.form import Form, FormText, Hole
from runner.compile.measure import Measures, measure
from runner.compile.slots.layout import Allocation
from runner.compile.slots.questions import Question
from runner.errors import Where
from runner.frames import FORM, NUMBER, PERSON, ROW, VARIANT, slot, text
from runner.model.capacity import Capacity
from runner.model.skeleton import Skeleton, Slot

CAPACITY = Capacity(
    slots=10, slot_units=30, text_units=1000, opening="${", escape="$", placeholder_units=(8,) * 9 + (9,)
)

Texts = Mapping[int, str]
"""Texts of a form by number, holes written ``<column>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a shaped frame: its values by hole, its form, its variant."""

    values: Mapping[str, str]
    form: int = 0
    variant: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A shaped frame and its forms."""

    frame: pl.DataFrame
    forms: tuple[Form, ...]

    def ranges(self, cuts: Iterable[int]) -> list[pl.DataFrame]:
        """Return the frame cut before each of the rows *cuts*."""
        ends = [0, *sorted(cuts), self.frame.height]
        return [self.frame.slice(one, other - one) for one, other in pairwise(ends)]


def form_of(texts: Texts) -> Form:
    """Return the form that *texts* describe; the line of every hole is 1 more than its position in the text."""
    return Form(tuple((number, _pieces(texts[number])) for number in sorted(texts)))


def _pieces(source: str) -> FormText:
    pieces: list[str | Hole] = []
    literal, *rest = source.split("<")
    pieces += [literal] if literal else []
    for part in rest:
        name, literal = part.split(">", 1)
        hole = Hole(column=f"@hole_{name}", expression=name, path="t.j2", line=len(pieces) + 1)
        pieces += [hole, literal] if literal else [hole]
    return tuple(pieces)


def shape(forms: Sequence[Form], rows: Sequence[Row]) -> Shaped:
    """Return the shaped frame of *rows*, numbered from 1."""
    columns = sorted(
        {
            piece.column
            for form in forms
            for _, text in form.texts
            for piece in text
            if isinstance(piece, Hole)
        }
    )
    numbers = sorted({number for form in forms for number, _ in form.texts})
    records = []
    for place, row in enumerate(rows, start=1):
        values = {f"@hole_{name}": value for name, value in row.values.items()}
        texts = {number: _expand(pieces, values) for number, pieces in forms[row.form].texts}
        used = {p.column for _, pieces in forms[row.form].texts for p in pieces if isinstance(p, Hole)}
        records.append(
            {
                PERSON: place,
                NUMBER: f"+44770090{place:04}",
                ROW: place,
                VARIANT: row.variant,
                FORM: row.form,
                **{text(number): texts.get(number) for number in numbers},
                **{column: values[column] if column in used else None for column in columns},
            }
        )
    own = {
        PERSON: pl.UInt128(),
        NUMBER: pl.String(),
        ROW: pl.UInt32(),
        VARIANT: pl.UInt32(),
        FORM: pl.UInt32(),
    }
    strings = {name: pl.String() for name in [*map(text, numbers), *columns]}
    return Shaped(frame=pl.DataFrame(records, schema={**own, **strings}), forms=tuple(forms))


def _expand(pieces: FormText, values: Mapping[str, str]) -> str:
    return "".join(piece if isinstance(piece, str) else values[piece.column] for piece in pieces)


def allocated(
    shaped: Shaped,
    *,
    ranges: Sequence[pl.DataFrame] = (),
    per_task: int = 10,
    max_tasks: int = 50,
    places: Mapping[int, Where] = NOWHERE,
) -> Allocation:
    """Return the allocation of *shaped*, measured in *ranges*, at first all in one."""

    def ask(questions: Sequence[Question]) -> Measures:
        first, *others = [
            measure(rows, shaped.forms, CAPACITY, questions) for rows in ranges or [shaped.frame]
        ]
        for measures in others:
            first += measures
        return first

    return allocation_of(ask, shaped.forms, CAPACITY, per_task=per_task, max_tasks=max_tasks, places=places)


def substituted(skeleton: Skeleton, row: Mapping[str, object]) -> str:
    """Return *skeleton* with the slots of *row*."""
    return "".join(str(row[slot(piece.number)]) if isinstance(piece, Slot) else piece for piece in skeleton)


def is_valid(value: str) -> bool:
    """Return whether the vendor takes *value* whole: 1 to 30 UTF-16 units, whole characters, something to be seen."""
    visible = any(not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Zs") for c in value)
    return 0 < len(value.encode("utf-16-le")) // 2 <= 30 and visible
