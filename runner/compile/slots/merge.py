"""Neighbours in a text become one value, with the literals between them, where that saves slots."""

from collections import Counter
from collections.abc import Sequence

from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.characters import units
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Excerpt
from runner.compile.slots.questions import Stretch
from runner.compile.slots.settle import Segment, Strip
from runner.model.capacity import Capacity

Cut = tuple[Segment, ...]


def merge(strips: Sequence[Strip], alone: Arrangement, facts: Facts, capacity: Capacity) -> tuple[Cut, ...]:
    """Return for each text how to cut it into values so that all together need the fewest slots.

    Each text is cut by dynamic programming. What several texts share is paid once: columns that occur more than once are
    first taken as paid for, then, one by one, not, as long as that helps.

    Args:
        strips: the texts, constants folded.
        facts: of the group, with the lengths of its stretches.
        capacity: of a task.
        alone: the arrangement in which no neighbours are merged.
    """
    prices = _Prices(strips, alone, facts, capacity)
    occurrences = Counter(column for strip in strips for column in strip.columns)
    paid = [column for column, count in occurrences.items() if count > 1]
    best = prices.cheapest(paid)
    while paid:
        attempts = [(prices.cheapest([c for c in paid if c != column]), column) for column in paid]
        cuts, column = min(attempts, key=lambda attempt: prices.total(attempt[0]))
        if prices.total(cuts) >= prices.total(best):
            break
        best = cuts
        paid.remove(column)
    return best


def useful_stretches(strips: Sequence[Strip], facts: Facts, capacity: Capacity) -> tuple[Stretch, ...]:
    """Return the stretches of two holes and more that could need fewer slots than their holes do by themselves."""
    useful = []
    for strip in strips:
        for first in range(len(strip.columns)):
            for last in range(first + 1, len(strip.columns)):
                holes = [facts.hole(column) for column in strip.columns[first : last + 1]]
                literals = sum(units(literal) for literal in strip.literals[first + 1 : last + 1])
                shortest = sum(hole.shortest for hole in holes)
                least = literals + shortest + max(hole.longest - hole.shortest for hole in holes)
                least -= units(holes[0].prefix) + units(holes[-1].suffix)
                alone = sum(_width(hole.longest, capacity) for hole in holes)
                if _width(least, capacity) < alone:
                    useful.append((strip.number, strip.places[first], strip.places[last]))
    return tuple(useful)


def _width(longest: int, capacity: Capacity) -> int:
    return max(-(-longest // capacity.slot_units), 1)


class _Prices:
    """What a segment of a text costs, in slots."""

    def __init__(self, strips: Sequence[Strip], alone: Arrangement, facts: Facts, capacity: Capacity) -> None:
        self._strips, self._facts, self._capacity = strips, facts, capacity
        columns = {column for strip in strips for column in strip.columns}
        self._alone = {column: _width(facts.hole(column).longest, capacity) for column in columns}
        for source in alone.sources:
            excerpts = [part for part in source.parts if isinstance(part, Excerpt)]
            if len(excerpts) == 1:
                self._alone[excerpts[0].column] = len(source.slots)

    def cheapest(self, paid: Sequence[str]) -> tuple[Cut, ...]:
        """Return the cuts of all texts, if the columns *paid* cost nothing by themselves."""
        return tuple(self._cut(strip, frozenset(paid)) for strip in self._strips)

    def total(self, cuts: Sequence[Cut]) -> int:
        """Return the slots that *cuts* need; the same content in two places is paid once."""
        prices: dict[tuple[str, ...], int] = {}
        for strip, cut in zip(self._strips, cuts, strict=True):
            for first, last in cut:
                content = (*strip.columns[first : last + 1], *strip.literals[first + 1 : last + 1])
                price = (
                    self._alone[strip.columns[first]] if first == last else self._stretch(strip, first, last)
                )
                prices[content] = max(price, prices.get(content, 0))
        return sum(prices.values())

    def _cut(self, strip: Strip, paid: frozenset[str]) -> Cut:
        # Per number of holes from the start: slots and literals taken out of the skeleton, and the cut that needs them.
        best: list[tuple[tuple[int, int], Cut]] = [((0, 0), ())]
        for last, column in enumerate(strip.columns):
            (cost, inner), cut = best[last]
            chosen = ((cost + (0 if column in paid else self._alone[column]), inner), (*cut, (last, last)))
            for first in range(last - 1, -1, -1):
                (cost, inner), cut = best[first]
                price = (cost + self._stretch(strip, first, last), inner + last - first)
                # Of equally many slots the cut that leaves most in the skeleton, then the one with short values at the end.
                if price < chosen[0]:
                    chosen = (price, (*cut, (first, last)))
            best.append(chosen)
        return best[-1][1]

    def _stretch(self, strip: Strip, first: int, last: int) -> int:
        known = self._facts.stretches.get((strip.number, strip.places[first], strip.places[last]))
        if known is None:
            # Not worth measuring, so it saves nothing.
            return sum(self._alone[column] for column in strip.columns[first : last + 1])
        before = strip.literals[first]
        escapes = len(before) - len(before.rstrip(self._capacity.escape))
        prefix = units(self._facts.hole(strip.columns[first]).prefix)
        suffix = units(self._facts.hole(strip.columns[last]).suffix)
        attempts = (known + escapes, known - prefix, known - prefix - suffix)
        return min(_width(attempt, self._capacity) for attempt in attempts)
