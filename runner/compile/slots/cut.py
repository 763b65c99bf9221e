"""A value that is too long for one slot, cut so that every row fills as many slots as the longest.

Each piece has 1 to 30 UTF-16 units, something that can be seen, and no half surrogate pair. Where there is a choice, a
cut is not beside a blank and not before a combining mark, and as late as that allows. What a value is cut into depends
on that value and the number of slots only.

Almost all values are cut by columns. What comes out is checked, and a value for which that failed is cut one by one with
full knowledge of what is still to come.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.slots.characters import ATTACHED, BLANK, is_attached, is_blank, shows, units, units_of

_Numbers = npt.NDArray[np.int64]

_GOOD_BORDER = f"^[^{BLANK}][^{BLANK}{ATTACHED}]$"
_BEFORE_GOOD = f"(?s)^(.*[^{BLANK}])[^{BLANK}{ATTACHED}]"
_BEFORE_UNATTACHED = f"(?s)^(.+)[^{ATTACHED}]"


def cut(values: pl.Series, slots: int, slot_units: int) -> pl.DataFrame:
    """Return the pieces of *values* in the String columns ``0``, ``1`` …, one per slot; null where a value cannot be cut."""
    rest = values.rename("rest")
    pieces = []
    for left in range(slots, 1, -1):
        at = pl.Series("at", _places(rest, left, slot_units))
        split = pl.DataFrame([rest, at]).select(
            pl.col("rest").str.head("at").alias("head"), pl.col("rest").str.slice(pl.col("at"))
        )
        pieces.append(split["head"])
        rest = split["rest"]
    table = pl.DataFrame([piece.alias(str(index)) for index, piece in enumerate([*pieces, rest])])
    wrong = np.flatnonzero(~_fits(table, slot_units))
    if not len(wrong):
        return table
    known = {value: cut_one(value, slots, slot_units) for value in values.gather(wrong).unique()}
    nothing: list[str | None] = [None] * slots
    corrected = [known[value] or nothing for value in values.gather(wrong)]
    for index, name in enumerate(table.columns):
        piece = pl.Series([row[index] for row in corrected], dtype=pl.String)
        table = table.with_columns(table[name].scatter(wrong, piece))
    return table


def cut_one(value: str, slots: int, slot_units: int) -> list[str] | None:
    """Return the pieces of *value*, or None where it cannot be cut into that many."""
    ends = _possible(value, slots, slot_units)
    if 0 not in ends[slots]:
        return None
    pieces = []
    start = 0
    for left in range(slots, 0, -1):
        reachable = [end for end in _reach(value, start, slot_units) if end in ends[left - 1]]
        best = min(reachable, key=lambda end: (_fault(value, end), -end))
        pieces.append(value[start:best])
        start = best
    return pieces


def _places(rest: pl.Series, left: int, slot_units: int) -> _Numbers:
    """Return where to cut each of *rest*, in code points, if *left* slots are still to be filled from it."""
    characters = rest.str.len_chars().to_numpy().astype(np.int64)
    # One visible character stays for each slot that follows; whether they are visible is checked at the end.
    latest: _Numbers = np.maximum(np.minimum(_fitting(rest, slot_units), characters - (left - 1)), 1)
    border = pl.DataFrame([rest, pl.Series("from", latest - 1)]).select(
        pl.col("rest").str.slice(pl.col("from"), 2).str.contains(_GOOD_BORDER)
    )
    awkward = np.flatnonzero(~border.to_series().to_numpy())
    if len(awkward):
        some = rest.gather(awkward)
        earliest = units_of(some).to_numpy().astype(np.int64) - slot_units * (left - 1)
        latest[awkward] = _earlier(some, latest[awkward], earliest)
    return latest


def _earlier(
    rest: pl.Series,
    latest: _Numbers,
    earliest: _Numbers,
) -> _Numbers:
    """Return the best place from *earliest* (units) to *latest* (code points): a good border, else not before a mark."""
    window = (
        pl.DataFrame([rest, pl.Series("size", latest + 1)])
        .select(pl.col("rest").str.head("size"))
        .to_series()
    )
    places = latest
    for pattern in (_BEFORE_UNATTACHED, _BEFORE_GOOD):
        heads = window.str.extract(pattern).fill_null("")
        is_late = units_of(heads).to_numpy() >= np.maximum(earliest, 1)
        places = np.where(is_late, heads.str.len_chars().to_numpy().astype(np.int64), places)
    return places


def _fitting(rest: pl.Series, slot_units: int) -> _Numbers:
    """Return how many code points from the start have at most *slot_units* units."""
    fitting: _Numbers = np.minimum(rest.str.len_chars().to_numpy().astype(np.int64), slot_units)
    todo = np.flatnonzero((rest.str.len_bytes() > slot_units).to_numpy())
    while len(todo):
        heads = pl.DataFrame([rest.gather(todo), pl.Series("size", fitting[todo])]).select(
            pl.col(rest.name).str.head("size")
        )
        over = units_of(heads.to_series()).to_numpy().astype(np.int64) - slot_units
        todo, over = todo[over > 0], over[over > 0]
        # A code point has one or two units, so this many at least must go.
        fitting[todo] -= (over + 1) // 2
    return fitting


def _fits(table: pl.DataFrame, slot_units: int) -> npt.NDArray[np.bool_]:
    fits = np.ones(table.height, dtype=np.bool_)
    for piece in table:
        lengths = units_of(piece).to_numpy()
        visible = table.select(shows(pl.col(piece.name))).to_series().to_numpy()
        fits &= (lengths <= slot_units) & visible
    return fits


def _reach(value: str, start: int, slot_units: int) -> range:
    """Return the ends of pieces that begin at *start*, are short enough and show something; the first end is the least."""
    first = start
    while first < len(value) and is_blank(value[first]):
        first += 1
    end, length = start, 0
    while end < len(value) and length + units(value[end]) <= slot_units:
        length += units(value[end])
        end += 1
    return range(first + 1, end + 1)


def _possible(value: str, slots: int, slot_units: int) -> list[set[int]]:
    """Return for 0 … *slots* the places from which the rest of *value* can be cut into that many pieces."""
    reach = [_reach(value, start, slot_units) for start in range(len(value))]
    ends = [{len(value)}]
    for _ in range(slots):
        before = ends[-1]
        ends.append({start for start, range_ in enumerate(reach) if any(end in before for end in range_)})
    return ends


def _fault(value: str, end: int) -> int:
    """Return how bad a cut before *end* is: 0 good, 1 beside a blank, 2 before what belongs to the character before it."""
    if end == len(value):
        return 0
    if is_attached(value[end]):
        return 2
    return int(is_blank(value[end]) or is_blank(value[end - 1]))
