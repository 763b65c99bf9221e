"""Rows with their cohort and their slots, proved: substituting the slots gives the expanded texts, for every row."""

from collections.abc import Iterator, Sequence

import polars as pl

from runner.compile.slots.cut import cut
from runner.compile.slots.groups import by_group, by_keys
from runner.compile.slots.layout import Allocation, Cohort, Group, Source, value_of
from runner.compile.slots.proof import ProofError, prove
from runner.frames import COHORT, NUMBER, PERSON, ROW, VARIANT, slot, text
from runner.model.capacity import Capacity

_PLACE = "@place"
_TEXT_PREFIX = text(0).removesuffix("0")


def lower(
    shaped: pl.DataFrame, allocation: Allocation, capacity: Capacity, *, keep_texts: bool = True
) -> pl.DataFrame:
    """Return the rows of *shaped*, in their order, with what the vendor is to put into the slots.

    Args:
        shaped: any of the frames that were measured for *allocation*.
        allocation: what `runner.compile.allocate` made of all of them.
        capacity: the one that it was made for.
        keep_texts: whether the expanded texts stay in the frame.

    Returns:
        PERSON, NUMBER, ROW, VARIANT; with *keep_texts* every ``text(i)`` of *shaped*; COHORT: UInt32, the position in
        ``allocation.cohorts``; ``slot(1)`` … as many as any cohort uses: String, null where the row's cohort does not.

    Raises:
        ProofError: a row belongs to no cohort, a slot could not be filled, or a text is not what was rendered.
    """
    texts = [name for name in shaped.columns if name.startswith(_TEXT_PREFIX)]
    width = max((source.slots[-1] for cohort in allocation.cohorts for source in cohort.sources), default=0)
    kept = [PERSON, NUMBER, ROW, VARIANT, *(texts if keep_texts else ())]
    lowered = []
    for index, rows in _cohorts(shaped.with_row_index(_PLACE), allocation, capacity):
        cohort = allocation.cohorts[index]
        filled = rows.with_columns(_slots(rows, cohort.sources, capacity))
        prove(filled, cohort, texts, capacity)
        lowered.append(filled.select(_PLACE, *kept, *_columns(cohort, index, width)))
    if not lowered:
        nothing = Cohort(group=Group(0, 0), skeletons={}, sources=(), rows=0)
        return shaped.select(*kept, *_columns(nothing, 0, width)).clear()
    whole = lowered[0] if len(lowered) == 1 else pl.concat(lowered).sort(_PLACE)
    if whole.height != shaped.height:
        raise ProofError(f"{shaped.height - whole.height} rows belong to no cohort")
    return whole.drop(_PLACE)


def _cohorts(
    rows: pl.DataFrame, allocation: Allocation, capacity: Capacity
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield for each cohort that has rows its position and its rows."""
    places: dict[tuple[int, int], dict[Group, int]] = {}
    for index, cohort in enumerate(allocation.cohorts):
        group = cohort.group
        places.setdefault((group.variant, group.form), {})[group] = index
    for group, part in by_group(rows):
        cohorts = places.get((group.variant, group.form), {})
        if group in cohorts:
            yield cohorts[group], part
        elif cohorts:
            yield from _split(part, cohorts, capacity)


def _split(
    rows: pl.DataFrame, cohorts: dict[Group, int], capacity: Capacity
) -> Iterator[tuple[int, pl.DataFrame]]:
    keys = [key for key, _ in next(iter(cohorts)).split]
    by_values = {tuple(value for _, value in group.split): index for group, index in cohorts.items()}
    for values, part in by_keys(rows, keys, capacity.slot_units).items():
        if values in by_values:
            yield by_values[values], part


def _slots(rows: pl.DataFrame, sources: Sequence[Source], capacity: Capacity) -> list[pl.Expr | pl.Series]:
    filled: list[pl.Expr | pl.Series] = []
    for source in sources:
        value = value_of(source.parts)
        if len(source.slots) == 1:
            filled.append(value.alias(slot(source.slots[0])))
            continue
        pieces = cut(rows.select(value.alias("value")).to_series(), len(source.slots), capacity.slot_units)
        filled += [piece.alias(slot(number)) for number, piece in zip(source.slots, pieces, strict=True)]
    return filled


def _columns(cohort: Cohort, index: int, width: int) -> list[pl.Expr]:
    used = {number for source in cohort.sources for number in source.slots}
    columns = [pl.lit(index, dtype=pl.UInt32).alias(COHORT)]
    for number in range(1, width + 1):
        unused = pl.lit(None, dtype=pl.String).alias(slot(number))
        columns.append(pl.col(slot(number)) if number in used else unused)
    return columns
