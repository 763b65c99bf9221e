"""Answers of one range to the questions of the allocation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.form import Form, Hole
from runner.compile.slots.characters import BLANK, blanks_in, units, units_of
from runner.compile.slots.cut import cut
from runner.compile.slots.layout import KeyValue, key_values, value_of
from runner.compile.slots.questions import (
    Answer,
    CountAnswer,
    CountQuestion,
    Counts,
    FitAnswer,
    FitQuestion,
    KeyAnswer,
    KeyQuestion,
    Stretch,
    WideAnswer,
    WideQuestion,
    by_value,
)
from runner.compile.slots.statistics import SHOWN_ROWS, Rows
from runner.frames import ROW
from runner.model.capacity import Capacity

MeasuringQuestion = FitQuestion | WideQuestion | KeyQuestion | CountQuestion


def answer(rows: pl.DataFrame, question: MeasuringQuestion, form: Form, capacity: Capacity) -> Answer:
    """Return the answer of *rows*, at least one, which are those of the question's group."""
    match question:
        case FitQuestion():
            return _fit(rows, question, capacity)
        case WideQuestion():
            return _wide(rows, question, form)
        case KeyQuestion():
            return _keys(rows, question, form, capacity)
        case CountQuestion():
            return _count(rows, question, capacity)


def _fit(rows: pl.DataFrame, question: FitQuestion, capacity: Capacity) -> FitAnswer:
    values = rows.select(value_of(question.parts).alias("value")).to_series()
    lengths = units_of(values).to_numpy().astype(np.int64)
    characters = values.str.len_chars().to_numpy().astype(np.int64)
    blanks = values.to_frame().select(blanks_in(pl.col("value"))).to_series().to_numpy()
    visible = characters - blanks
    # Cut as late as allowed, a piece loses at most one unit to a surrogate pair at its border, and shows something
    # unless it is one run of blanks: only other values must be tried.
    run = values.str.contains(f"[{BLANK}]{{{capacity.slot_units // 2 - 1},}}").to_numpy()
    room = np.where(
        lengths > characters,
        (capacity.slot_units - 1) * question.slots + 1,
        capacity.slot_units * question.slots,
    )
    doubtful = np.flatnonzero((visible >= question.slots) & ((lengths > room) | run))
    slots, stuck = _cuttable(values, doubtful, question.slots, capacity)
    return FitAnswer(
        longest=int(lengths.max()),
        visible=min(int(visible.min()), capacity.slots),
        slots=slots,
        stuck=_rows(rows, stuck),
    )


def _cuttable(
    values: pl.Series, places: npt.NDArray[np.int64], slots: int, capacity: Capacity
) -> tuple[int, npt.NDArray[np.int64]]:
    """Return into how many slots, at least *slots*, those at *places* can be cut, and the places for which none will do."""
    needed = slots
    for number in range(slots, capacity.slots + 1):
        if not len(places):
            break
        uncut = cut(values.gather(places), number, capacity.slot_units)["0"].is_null().to_numpy()
        needed = needed if uncut.all() else number
        places = places[uncut]
    return needed, places


def _rows(rows: pl.DataFrame, chosen: npt.NDArray[np.int64]) -> Rows:
    numbers = rows[ROW].gather(chosen).sort() if len(chosen) else rows[ROW].clear()
    return Rows(len(chosen), tuple(numbers.head(SHOWN_ROWS).to_list()))


def _wide(rows: pl.DataFrame, question: WideQuestion, form: Form) -> WideAnswer:
    lengths = _stretch_lengths(rows, form, question.stretches)
    values: dict[str, frozenset[str] | None] = {}
    for column in question.columns:
        distinct = rows[column].unique()
        values[column] = frozenset(distinct.to_list()) if len(distinct) <= question.cap else None
    longest = {stretch: int(series.max()) for stretch, series in lengths.items()}  # type: ignore[arg-type]
    return WideAnswer(cap=question.cap, stretches=longest, values=values)


def _keys(rows: pl.DataFrame, question: KeyQuestion, form: Form, capacity: Capacity) -> KeyAnswer:
    longest = [units_of(rows[column]).alias(f"longest{i}") for i, column in enumerate(question.columns)]
    visible = rows.select(
        (pl.col(column).str.len_chars().cast(pl.Int64) - blanks_in(pl.col(column)))
        .clip(upper_bound=capacity.slots)
        .alias(f"visible{i}")
        for i, column in enumerate(question.columns)
    )
    hashes = [rows[column].hash() for column in question.columns]
    ends = [hashed.alias(f"{end}{i}") for i, hashed in enumerate(hashes) for end in ("least", "most")]
    stretches = _stretch_lengths(rows, form, question.stretches)
    stretch = [series.alias(f"stretch{i}") for i, series in enumerate(stretches.values())]
    count = pl.repeat(1, rows.height, dtype=pl.UInt32, eager=True).alias("count")
    table = pl.DataFrame([count, *longest, *visible, *ends, *stretch])
    values = {key: key_values(rows, key, capacity.slot_units).alias("value") for key in question.keys}
    return KeyAnswer(tables={key: by_value(table.with_columns(value)) for key, value in values.items()})


def _count(rows: pl.DataFrame, question: CountQuestion, capacity: Capacity) -> CountAnswer:
    keys = dict.fromkeys(key for keys in question.sets for key in keys)
    coded = {key: _Coded.of(key_values(rows, key, capacity.slot_units)) for key in keys}
    counts = {keys: _counts([coded[key] for key in keys], question.cap) for keys in question.sets}
    return CountAnswer(cap=question.cap, counts=counts)


@dataclass(frozen=True, slots=True)
class _Coded:
    """The values of a key, and for each row which of them it has."""

    values: list[KeyValue]
    codes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: pl.Series) -> "_Coded":
        known = values.unique()
        codes = values.replace_strict(known, pl.Series(range(len(known)), dtype=pl.Int64))
        return cls(known.to_list(), codes.to_numpy())


def _counts(keys: Sequence[_Coded], cap: int) -> Counts | None:
    """Return the rows of each combination, None where there are more than *cap*."""
    labels = np.zeros(len(keys[0].codes), dtype=np.int64)
    found: list[tuple[KeyValue, ...]] = [()]
    for key in keys:
        labels = labels * len(key.values) + key.codes
        occurs = np.flatnonzero(np.bincount(labels))
        if len(occurs) > cap:
            return None
        found = [(*found[label // len(key.values)], key.values[label % len(key.values)]) for label in occurs]
        renumbered = np.zeros(int(occurs[-1]) + 1, dtype=np.int64)
        renumbered[occurs] = np.arange(len(occurs))
        labels = renumbered[labels]
    return dict(zip(found, np.bincount(labels).tolist(), strict=True))


def _stretch_lengths(
    rows: pl.DataFrame, form: Form, stretches: Sequence[Stretch]
) -> dict[Stretch, pl.Series]:
    """Return the length in units, row by row, of each stretch: its holes with what stands between them."""
    columns = {pieces.column for _, text in form.texts for pieces in text if isinstance(pieces, Hole)}
    length = {column: units_of(rows[column]) for column in sorted(columns)}
    wanted = set(stretches)
    found: dict[Stretch, pl.Series] = {}
    for number, pieces in form.texts:
        names, between = spaced_holes(pieces)
        for first, _ in enumerate(names):
            if not any(stretch[:2] == (number, first) for stretch in wanted):
                continue
            running = length[names[first]]
            for last in range(first + 1, len(names)):
                running = running + length[names[last]] + between[last - 1]
                if (number, first, last) in wanted:
                    found[number, first, last] = running
    return {stretch: found[stretch] for stretch in stretches}


def spaced_holes(pieces: Sequence[str | Hole]) -> tuple[list[str], list[int]]:
    """Return the columns of the holes of a text in order, and the units of the literals between one and the next."""
    places = [index for index, piece in enumerate(pieces) if isinstance(piece, Hole)]
    names = [piece.column for piece in pieces if isinstance(piece, Hole)]
    between = [
        sum(units(piece) for piece in pieces[one:other] if isinstance(piece, str))
        for one, other in pairwise(places)
    ]
    return names, between
