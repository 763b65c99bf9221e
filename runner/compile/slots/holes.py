"""The first measure of a group: how long the values of each hole are, what they share, and which columns are equal."""

from collections.abc import Mapping

import polars as pl

from runner.compile.form import Form, Hole
from runner.compile.slots.characters import ATTACHED, BLANK, all_show, units_of
from runner.compile.slots.statistics import GroupMeasure, HoleMeasure, common_prefix


def holes_of(form: Form) -> tuple[Hole, ...]:
    """Return the holes of *form* in order, of each column the first one."""
    first: dict[str, Hole] = {}
    for _, pieces in form.texts:
        for piece in pieces:
            if isinstance(piece, Hole):
                first.setdefault(piece.column, piece)
    return tuple(first.values())


def measure_group(rows: pl.DataFrame, form: Form, slot_units: int) -> GroupMeasure:
    """Return the measure of *rows*, at least one, which all are of *form*."""
    holes = {hole.column: _hole(rows[hole.column], slot_units) for hole in holes_of(form)}
    return GroupMeasure(rows=rows.height, holes=holes, equal=_equal(rows, holes))


def _hole(values: pl.Series, slot_units: int) -> HoleMeasure:
    value = pl.col(values.name)
    least, greatest, shortest, is_ascii = (
        values.to_frame()
        .select(
            value.min().alias("least"),
            value.max().alias("greatest"),
            value.str.len_chars().min().alias("shortest"),
            (value.str.len_chars() == value.str.len_bytes()).all().alias("ascii"),
        )
        .row(0)
    )
    lengths = values.str.len_bytes() if is_ascii else units_of(values)
    longest = int(lengths.max())  # type: ignore[arg-type]  # the lengths of at least one row
    return HoleMeasure(
        shortest=shortest,
        longest=longest,
        # Polars orders text by its bytes, so the extremes differ no later than any two values do.
        prefix=common_prefix(least, greatest),
        suffix=least if least == greatest else _suffix(values, least[-shortest:] if shortest else ""),
        constant=least == greatest,
        blank=not all_show(values),
        astral=not is_ascii and bool((lengths > values.str.len_chars()).any()),
        attached=not is_ascii and bool(values.str.contains(f"[{ATTACHED}]").any()),
        # Costs as much as all the rest, and only long values can need it.
        spaced=bool(values.str.contains(f"[{BLANK}]").any()) if longest > slot_units else None,
    )


def _suffix(values: pl.Series, longest: str) -> str:
    """Return the longest end of *longest* with which all *values* end."""
    known, failed = 0, len(longest) + 1
    while failed - known > 1:
        # Mostly nothing is shared, which the first attempt shows.
        attempt = min(max(2 * known, 1), (known + failed) // 2)
        if values.str.ends_with(longest[-attempt:]).all():
            known = attempt
        else:
            failed = attempt
    return longest[len(longest) - known :]


def _equal(rows: pl.DataFrame, holes: Mapping[str, HoleMeasure]) -> dict[str, str]:
    """Return for each column the first one with the same value on every row."""
    firsts: dict[HoleMeasure, list[str]] = {}
    equal = {}
    for column, hole in holes.items():
        # Only columns of one measure can be equal, and comparing all pairs would read everything many times.
        alike = firsts.setdefault(hole, [])
        same = next((first for first in alike if _is_same(rows, first, column)), None)
        if same is None:
            alike.append(column)
        equal[column] = same or column
    return equal


def _is_same(rows: pl.DataFrame, one: str, other: str) -> bool:
    return bool((rows[one] == rows[other]).all())
