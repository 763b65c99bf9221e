"""The values of one text, each with its slots, and what is left of the literals between them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.compile.slots.borrow import borrow
from runner.compile.slots.characters import is_attached, units, visible_count
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Excerpt, Parts
from runner.compile.slots.statistics import HoleMeasure, Rows
from runner.model.capacity import Capacity

Segment = tuple[int, int]
"""Positions among the columns of a strip of the first and the last one of what becomes one value."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A text as the allocation sees it: ``literals[i]`` stands before ``columns[i]``, one more literal at the end.

    Attributes:
        columns: of equal ones always the first.
        places: the positions of the columns among all holes of the text; constants may be in the literals already.
    """

    number: int
    literals: tuple[str, ...] = field(repr=False)
    columns: tuple[str, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a value cannot be given slots.

    Attributes:
        kind: ``short`` (it cannot fill its slots), ``long`` (it needs more than there are) or ``stuck`` (no place to cut).
        number: of the text.
        longest: UTF-16 units.
        slots: how many it would need.
        rows: which rows, where that is known.
    """

    kind: str
    number: int
    column: str
    longest: int
    slots: int
    rows: Rows | None = None


class TroubleError(Exception):
    """A value cannot be given slots."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.kind)
        self.trouble = trouble


@dataclass(slots=True)
class Value:
    """A value on its way into slots.

    Attributes:
        longest: UTF-16 units of the longest one, or a bound for it.
    """

    columns: tuple[str, ...]
    parts: Parts
    longest: int
    slots: int = 1


def settle(
    strip: Strip, segments: Sequence[Segment], facts: Facts, capacity: Capacity
) -> tuple[list[str], list[Value]]:
    """Return the literals and the values of *strip*, each value with the slots it needs.

    Neighbours that cannot show something by themselves are put together, though their segments are apart.

    Raises:
        TroubleError: for the first value that cannot be given slots.
    """
    cuts = list(segments)
    while True:
        desk = _Desk(strip, cuts, facts, capacity)
        failed = next((index for index, _ in enumerate(cuts) if not desk.settle(index)), None)
        if failed is None:
            return desk.literals, desk.values
        if len(cuts) == 1:
            value = desk.values[0]
            raise TroubleError(Trouble("short", strip.number, value.columns[0], value.longest, value.slots))
        left = max(failed - 1, 0)
        cuts[left : left + 2] = [(cuts[left][0], cuts[left + 1][1])]


class _Desk:
    """One text at work: the literals and values as they stand between two rewrites."""

    def __init__(self, strip: Strip, cuts: Sequence[Segment], facts: Facts, capacity: Capacity) -> None:
        self.strip, self.facts, self.capacity = strip, facts, capacity
        self.literals = [strip.literals[0], *(strip.literals[last + 1] for _, last in cuts)]
        self.values = [self._value(first, last) for first, last in cuts]

    def settle(self, index: int) -> bool:
        """Give slots to value *index*; False where it cannot fill them, however much it borrows."""
        value = self.values[index]
        self._trim(index)
        while True:
            self._take_escapes(index)
            value.slots, visible = self._lie(value)
            if visible >= value.slots:
                return True
            taken = borrow(self.literals[index], self.literals[index + 1], value.slots - visible)
            if taken is None:
                return False
            self.literals[index], before, after, self.literals[index + 1] = taken
            _extend(value, before, after)

    def _value(self, first: int, last: int) -> Value:
        columns = self.strip.columns[first : last + 1]
        parts: list[str | Excerpt] = []
        for place, column in enumerate(columns, start=first):
            if place > first and self.strip.literals[place]:
                parts.append(self.strip.literals[place])
            parts.append(Excerpt(column))
        places = self.strip.places
        known = (
            self.facts.stretches.get((self.strip.number, places[first], places[last]))
            if last > first
            else None
        )
        literal = sum(units(part) for part in parts if isinstance(part, str))
        longest = sum(self.facts.hole(column).longest for column in columns) + literal
        return Value(columns, tuple(parts), longest if known is None else known)

    def _trim(self, index: int) -> None:
        """Give what all values begin with, and if need be what they end with, to the literals, if that saves a slot."""
        value = self.values[index]
        first, last = self.facts.hole(value.columns[0]), self.facts.hole(value.columns[-1])
        skip, drop = (
            _whole_prefix(first.prefix, attached=first.attached),
            _whole_suffix(last.suffix, attached=last.attached),
        )
        if len(value.columns) == 1:
            drop = min(drop, first.shortest - skip)
        best = (0, 0)
        for attempt in ((0, 0), (skip, 0), (skip, drop)):
            if self._width_trimmed(index, attempt) < self._width_trimmed(index, best):
                best = attempt
        if best == (0, 0):
            return
        skip, drop = best
        self.literals[index] += first.prefix[:skip]
        if drop:
            self.literals[index + 1] = last.suffix[-drop:] + self.literals[index + 1]
        parts = list(value.parts)
        parts[0] = Excerpt(value.columns[0], skip, drop if len(parts) == 1 else 0)
        if len(parts) > 1:
            parts[-1] = Excerpt(value.columns[-1], 0, drop)
        value.parts = tuple(parts)
        value.longest -= units(first.prefix[:skip]) + units(last.suffix[len(last.suffix) - drop :])

    def _width_trimmed(self, index: int, trim: tuple[int, int]) -> int:
        value = self.values[index]
        before = self.facts.hole(value.columns[0]).prefix[: trim[0]]
        suffix = self.facts.hole(value.columns[-1]).suffix
        after = suffix[len(suffix) - trim[1] :]
        left = self.literals[index] + before
        escapes = len(left) - len(left.rstrip(self.capacity.escape))
        return self._width(value.longest - units(before) - units(after) + escapes)

    def _width(self, longest: int) -> int:
        return max(-(-longest // self.capacity.slot_units), 1)

    def _take_escapes(self, index: int) -> None:
        left = self.literals[index]
        kept = left.rstrip(self.capacity.escape)
        if kept != left:
            self.literals[index] = kept
            _extend(self.values[index], left[len(kept) :], "")

    def _lie(self, value: Value) -> tuple[int, int]:
        """Return how many slots *value* needs, and how many visible characters every row has at least, as far as it matters."""
        slots = self._width(value.longest)
        while True:
            if slots > self.capacity.slots:
                raise self._trouble("long", value, slots)
            visible = self._visible(value, slots)
            if visible is not None:
                return slots, visible
            fit = self.facts.fit(value.parts, slots)
            if fit is None:
                return slots, slots
            value.longest = fit.longest
            if self._width(fit.longest) < slots:
                slots = self._width(fit.longest)
                continue
            if fit.stuck.count:
                raise self._trouble("stuck", value, slots, fit.stuck)
            return fit.slots, fit.visible

    def _trouble(self, kind: str, value: Value, slots: int, rows: Rows | None = None) -> TroubleError:
        return TroubleError(Trouble(kind, self.strip.number, value.columns[0], value.longest, slots, rows))

    def _visible(self, value: Value, slots: int) -> int | None:
        """Return how many visible characters every row has at least, if that and *slots* are sure; else None."""
        literals = [part for part in value.parts if isinstance(part, str)]
        excerpts = [part for part in value.parts if isinstance(part, Excerpt)]
        literal = sum(map(visible_count, literals))
        if len(excerpts) > 1:
            whole = [part.column for part in excerpts if not part.skip and not part.drop]
            shows = literal or not all(self.facts.hole(column).blank for column in whole)
            return 1 if slots == 1 and shows else None
        hole, excerpt = self.facts.hole(excerpts[0].column), excerpts[0]
        if hole.spaced is False and (slots == 1 or self._is_plain(literals, hole)):
            return hole.shortest - excerpt.skip - excerpt.drop + literal
        if slots == 1 and not excerpt.skip and not excerpt.drop:
            return literal + (not hole.blank)
        return None

    def _is_plain(self, literals: Sequence[str], hole: HoleMeasure) -> bool:
        """Return whether every row with enough visible characters can be cut into as many slots as its length says."""
        blanks = sum(len(literal) - visible_count(literal) for literal in literals)
        astral = hole.astral or any(units(literal) > len(literal) for literal in literals)
        return not astral and blanks < self.capacity.slot_units // 2


def _extend(value: Value, before: str, after: str) -> None:
    first, last = value.parts[0], value.parts[-1]
    parts = list(value.parts)
    if before:
        parts[:1] = [before + first] if isinstance(first, str) else [before, first]
    if after:
        parts[-1:] = [last + after] if isinstance(last, str) else [last, after]
    value.parts = tuple(parts)
    value.longest += units(before) + units(after)


def _whole_prefix(prefix: str, *, attached: bool) -> int:
    """Return how much of *prefix* can be given away without tearing what is drawn as one."""
    if not attached or not prefix:
        return len(prefix)
    at = len(prefix) - 1
    while at and is_attached(prefix[at]):
        at -= 1
    return at


def _whole_suffix(suffix: str, *, attached: bool) -> int:
    """Return how much of *suffix* can be given away without tearing what is drawn as one."""
    if attached:
        while suffix and is_attached(suffix[0]):
            suffix = suffix[1:]
    return len(suffix)
