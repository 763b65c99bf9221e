"""Rendered texts in, forms and holes out: which literals rows have in common, and where they print values.

What a branch or a composite (macro, include, captured block, text rendered whole) prints is *one* value where it never
has more units than a slot; else it is opened, and rows that print other literals are of another form. A loop is always
one value. The lengths that decide are those of all rows, so the number of ranges changes no form.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from runner.compile.batches import literals_column, text_column, values_column
from runner.compile.form import Form, FormText, Hole
from runner.compile.program import Branch, Literal, Part, Program, Unit, Value
from runner.compile.render import expression_of
from runner.compile.slots.characters import units_of
from runner.frames import FORM, NUMBER, PERSON, ROW, VARIANT, text

SLOT_UNITS = 30
"""Units of one slot; what never has more is not opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeStats:
    """Longest text, in UTF-16 units, of what may be opened. ``a + b`` is that of both ranges; the order does not matter.

    Attributes:
        branches: by number of the branch.
        units: by number of the unit; 0 for those that have no pieces.
    """

    branches: tuple[int, ...]
    units: tuple[int, ...]

    def __add__(self, other: "ShapeStats") -> "ShapeStats":
        """Return the longest of both."""
        return ShapeStats(
            branches=tuple(map(max, self.branches, other.branches)),
            units=tuple(map(max, self.units, other.units)),
        )


class FormRegistry:
    """Numbers forms in the order in which they are first met, over all ranges of a campaign."""

    def __init__(self) -> None:
        self._numbers: dict[Form, int] = {}

    def number(self, form: Form) -> int:
        """Return the number of *form*."""
        return self._numbers.setdefault(form, len(self._numbers))

    @property
    def forms(self) -> Sequence[Form]:
        """Return all forms by number."""
        return tuple(self._numbers)


def shape_stats(rendered: pl.DataFrame, program: Program) -> ShapeStats:
    """Return the lengths of *rendered*, a frame of `runner.compile.render`."""
    branches = sorted(branches_of(part for one in program.texts for part in one.parts), key=_number)
    return ShapeStats(
        branches=tuple(_longest(rendered, expression_of([branch])) for branch in branches),
        units=tuple(
            _longest(rendered, pl.col(text_column(unit.number))) if unit.is_structured else 0
            for unit in program.units
        ),
    )


def _longest(rendered: pl.DataFrame, expression: pl.Expr) -> int:
    longest = units_of(rendered.select(expression).to_series()).max()
    return longest if isinstance(longest, int) else 0


def shape(
    rendered: pl.DataFrame,
    program: Program,
    stats: ShapeStats,
    forms: FormRegistry,
    *,
    slot_units: int = SLOT_UNITS,
) -> pl.DataFrame:
    """Return the *shaped* frame of *rendered* (see `runner.compile.form`), with a column for each hole of its forms.

    Args:
        rendered: its texts are kept where it has them.
        program: of the templates.
        stats: of all ranges together.
        forms: takes the forms that are new.
        slot_units: of one slot.
    """
    shaper = _Shaper(program, stats, slot_units)
    keys = list(dict.fromkeys(key for one in program.texts for key in shaper.keys(one.parts)))
    if keys:
        found = rendered.select(keys).unique().sort(keys)
        numbers = [forms.number(shaper.form(row)) for row in found.iter_rows(named=True)]
        found = found.with_columns(pl.Series(FORM, numbers, dtype=pl.UInt32))
        frame = rendered.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
    else:
        numbers = [forms.number(shaper.form({}))]
        frame = rendered.with_columns(pl.lit(numbers[0], pl.UInt32).alias(FORM))
    used = {number: set(_holes(forms.forms[number])) for number in numbers}
    own = [name for name in (PERSON, NUMBER, ROW, VARIANT) if name in frame.columns]
    return frame.select(
        *own,
        *(name for one in program.texts if (name := text(one.index)) in frame.columns),
        FORM,
        *(
            _in_forms(
                shaper.columns[hole], [number for number, holes in used.items() if hole in holes], used
            ).alias(hole)
            for hole in sorted(set().union(*used.values()), key=_in_order)
        ),
    )


def _in_forms(column: pl.Expr, numbers: Sequence[int], used: Mapping[int, object]) -> pl.Expr:
    return column if len(numbers) == len(used) else pl.when(pl.col(FORM).is_in(numbers)).then(column)


def _in_order(hole: str) -> tuple[int, ...]:
    return tuple(int(part) for part in hole.removeprefix("@hole").split("."))


def _holes(form: Form) -> Iterator[str]:
    for _, pieces in form.texts:
        yield from (piece.column for piece in pieces if isinstance(piece, Hole))


def _number(branch: Branch) -> int:
    return branch.number


def branches_of(parts: Iterable[Part]) -> Iterator[Branch]:
    """Yield all branches in *parts*, those in arms too."""
    for part in parts:
        if isinstance(part, Branch):
            yield part
            for arm in part.arms:
                yield from branches_of(arm)


class _Shaper:
    """Decides what is opened, and builds forms.

    Attributes:
        columns: of each hole that was made, the expression of its values over a rendered frame.
    """

    def __init__(self, program: Program, stats: ShapeStats, slot_units: int) -> None:
        self._program = program
        self._stats = stats
        self._slot_units = slot_units
        self.columns: dict[str, pl.Expr] = {}

    def _is_open_unit(self, part: Value) -> bool:
        return self._stats.units[part.unit] > self._slot_units

    def _is_open_branch(self, part: Branch) -> bool:
        return self._stats.branches[part.number] > self._slot_units

    def keys(self, parts: Iterable[Part]) -> Iterator[str]:
        """Yield the columns on which the form of a row depends."""
        for part in parts:
            if isinstance(part, Value) and self._is_open_unit(part):
                yield literals_column(part.unit)
            elif isinstance(part, Branch) and self._is_open_branch(part):
                yield text_column(part.selector)
                for arm in part.arms:
                    yield from self.keys(arm)

    def form(self, row: Mapping[str, object]) -> Form:
        """Return the form of the rows with these keys."""
        return Form(
            texts=tuple(
                sorted((one.index, _merged(self._pieces(one.parts, row))) for one in self._program.texts)
            )
        )

    def _pieces(self, parts: Iterable[Part], row: Mapping[str, object]) -> Iterator[str | Hole]:
        for part in parts:
            match part:
                case Literal():
                    yield part.text
                case Value():
                    yield from self._value(part, row)
                case Branch():
                    yield from self._branch(part, row)

    def _value(self, part: Value, row: Mapping[str, object]) -> Iterator[str | Hole]:
        unit = self._program.units[part.unit]
        if not self._is_open_unit(part):
            name = f"@hole{unit.number}"
            yield self._hole(name, pl.col(text_column(unit.number)), unit)
            return
        literals = json.loads(str(row[literals_column(unit.number)]))
        yield literals[0]
        for index, literal in enumerate(literals[1:]):
            column = pl.col(values_column(unit.number)).list.get(index, null_on_oob=True)
            name = f"@hole{unit.number}.{index}"
            yield self._hole(name, column, unit)
            yield literal

    def _branch(self, part: Branch, row: Mapping[str, object]) -> Iterator[str | Hole]:
        if self._is_open_branch(part):
            yield from self._pieces(part.arms[int(str(row[text_column(part.selector)]))], row)
            return
        same = _same_literal(part)
        if same is not None:
            yield same
        elif self._stats.branches[part.number]:
            name = f"@hole{len(self._program.units) + part.number}"
            yield self._hole(name, expression_of([part]), part)

    def _hole(self, name: str, column: pl.Expr, of: Unit | Branch) -> Hole:
        self.columns[name] = column
        place = self._program.places.get(of.template)
        path = "" if place is None else place.path
        return Hole(column=name, expression=of.expression, path=path, line=of.line)


def _same_literal(part: Branch) -> str | None:
    """Return what all arms print, if that is one literal."""
    if any(isinstance(inner, Value | Branch) for arm in part.arms for inner in arm):
        return None
    texts = {"".join(inner.text for inner in arm if isinstance(inner, Literal)) for arm in part.arms}
    return texts.pop() if len(texts) == 1 else None


def _merged(pieces: Iterable[str | Hole]) -> FormText:
    """Return *pieces* with literals side by side as one, and without empty ones."""
    merged: list[str | Hole] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        elif piece != "":
            merged.append(piece)
    return tuple(merged)
