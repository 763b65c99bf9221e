"""Neighbours in a text become one value, with the literals between them, where that saves slots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.characters import units
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Excerpt
from runner.compile.slots.questions import Stretch
from runner.compile.slots.settle import Segment, Strip
from runner.model.capacity import Capacity

Cut = tuple[Segment, ...]
_Content = tuple[str, ...]
_Cost = tuple[int, int]


def merge(
    strips: Sequence[Strip], alone: Arrangement, facts: Facts, capacity: Capacity
) -> tuple[Cut, ...]:
    """Return for each text how to cut it into values so that all together need the fewest slots.

    Each text is cut by dynamic programming. What several texts share is paid once: columns that occur more than once are
    first taken as paid for, then, one by one, not, as long as that helps.

    Args:
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


@dataclass(frozen=True, slots=True)
class _Prices:
    """What a segment of a text costs, in slots."""

    strips: Sequence[Strip]
    alone: Arrangement
    facts: Facts
    capacity: Capacity

    def cheapest(self, paid: Sequence[str]) -> tuple[Cut, ...]:
        """Return the cuts of all texts, if the columns *paid* cost nothing by themselves."""
        widths = self._widths()
        return tuple(self._cut(strip, widths, frozenset(paid)) for strip in self.strips)

    def total(self, cuts: Sequence[Cut]) -> int:
        """Return the slots that *cuts* need; the same content in two places is paid once."""
        widths = self._widths()
        prices: dict[_Content, int] = {}
        for strip, cut in zip(self.strips, cuts, strict=True):
            for first, last in cut:
                content = (*strip.columns[first : last + 1], *strip.literals[first + 1 : last + 1])
                price = widths[strip.columns[first]] if first == last else self._stretch(strip, first, last)
                prices[content] = max(price, prices.get(content, 0))
        return sum(prices.values())

    def _widths(self) -> Mapping[str, int]:
        """Return how many slots each column takes by itself."""
        columns = {column for strip in self.strips for column in strip.columns}
        widths = {column: _width(self.facts.hole(column).longest, self.capacity) for column in columns}
        for source in self.alone.sources:
            excerpts = [part for part in source.parts if isinstance(part, Excerpt)]
            if len(excerpts) == 1:
                widths[excerpts[0].column] = len(source.slots)
        return widths

    def _cut(self, strip: Strip, widths: Mapping[str, int], paid: frozenset[str]) -> Cut:
        best: list[tuple[_Cost, Cut]] = [((0, 0), ())]
        for last, column in enumerate(strip.columns):
            (cost, merges), cut = best[last]
            chosen = ((cost + (0 if column in paid else widths[column]), merges), (*cut, (last, last)))
            for first in range(last - 1, -1, -1):
                (cost, merges), cut = best[first]
                price = (cost + self._stretch(strip, first, last), merges + 1)
                # Of equally many slots the cut with fewer merged values, then with the later ones merged.
                if price < chosen[0]:
                    chosen = (price, (*cut, (first, last)))
            best.append(chosen)
        return best[-1][1]

    def _stretch(self, strip: Strip, first: int, last: int) -> int:
        known = self.facts.stretches.get((strip.number, strip.places[first], strip.places[last]))
        if known is None:
            # Not measured, so it can save nothing.
            return sum(_width(self.facts.hole(c).longest, self.capacity) for c in strip.columns[first : last + 1])
        before = strip.literals[first]
        escapes = len(before) - len(before.rstrip(self.capacity.escape))
        prefix = units(self.facts.hole(strip.columns[first]).prefix)
        suffix = units(self.facts.hole(strip.columns[last]).suffix)
        attempts = (known + escapes, known - prefix, known - prefix - suffix)
        return min(_width(attempt, self.capacity) for attempt in attempts)
