"""Which keys to split a group by so that every part has enough slots and the tasks are as few as they can be.

The cost of a set of keys, the tasks of its parts, never falls when a key is added: of all sets in the order of their
costs, the first one that leaves enough slots in every part is the cheapest. Rows are counted for all sets of one size at a
time, and only for those that could still be chosen.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any

from runner.compile.form import Form
from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Key, KeyKind, KeyValue
from runner.compile.slots.questions import (
    CountAnswer,
    CountQuestion,
    Counts,
    KeyAnswer,
    KeyQuestion,
    Stretch,
    WideAnswer,
)
from runner.compile.slots.solve import solve
from runner.compile.slots.statistics import GroupMeasure, HoleMeasure
from runner.model.capacity import Capacity

_SETS = 2_000
"""Sets of one size that are counted; where more are possible, the cheapest are taken."""

KeySet = tuple[Key, ...]


def key_question(
    facts: Facts, wide: WideAnswer, stretches: Sequence[Stretch], capacity: Capacity
) -> KeyQuestion:
    """Return the question for everything that the group could be split by, in the order of the places in the texts."""
    keys: list[Key] = []
    for column, values in wide.values.items():
        hole = facts.hole(column)
        keys += [Key(column, KeyKind.BLANK)] if hole.blank else []
        keys += [Key(column, KeyKind.LENGTH)] if hole.longest > capacity.slot_units else []
        keys += [Key(column, KeyKind.VALUE)] if values is not None else []
    return KeyQuestion(facts.group, tuple(keys), tuple(wide.values), tuple(stretches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """How many callees a task takes, and how many tasks there may be."""

    per_task: int
    most: int

    def cost(self, counts: Counts | None) -> int | None:
        """Return the tasks of parts of so many rows; None where they are too many."""
        tasks = None if counts is None else sum(-(-rows // self.per_task) for rows in counts.values())
        return tasks if tasks is not None and tasks <= self.most else None


@dataclass(frozen=True, slots=True)
class _Part:
    """What a value of a key says about the rows that have it.

    Attributes:
        longest: units by column; `visible`: fewest visible characters, up to the capacity's slots.
        constant: whether a column has one value only.
        stretch: units by stretch.
    """

    longest: Sequence[int]
    visible: Sequence[int]
    constant: Sequence[bool]
    stretch: Sequence[int]

    def __and__(self, other: "_Part") -> "_Part":
        """Return what is known about the rows that have both values: a bound, since both may mean more together."""
        return _Part(
            tuple(map(min, self.longest, other.longest)),
            tuple(map(max, self.visible, other.visible)),
            tuple(map(max, self.constant, other.constant)),
            tuple(map(min, self.stretch, other.stretch)),
        )


class Search:
    """The search over one group."""

    def __init__(
        self,
        form: Form,
        facts: Facts,
        question: KeyQuestion,
        answer: KeyAnswer,
        *,
        capacity: Capacity,
        tasks: Tasks,
    ) -> None:
        self._form, self._facts, self._question, self._capacity = form, facts, question, capacity
        self._tasks = tasks
        self._parts: dict[Key, dict[KeyValue, _Part]] = {}
        self._counts: dict[KeySet, Counts | None] = {}
        self._following: dict[tuple[Key, Key], bool] = {}
        for key in question.keys:
            rows = list(answer.tables[key].iter_rows(named=True))
            self._parts[key] = {row["value"]: self._part(row) for row in rows}
            self._counts[key,] = {(row["value"],): row["count"] for row in rows}

    def sets(self) -> Iterator[KeySet]:
        """Yield sets of keys that promise enough slots in every part, cheapest first, ties by position.

        Where rows must be counted before the next can be named, the facts have an open question at the end.
        """
        queue = list(self._priced(self._children(())))
        heapq.heapify(queue)
        counted = 1
        while queue:
            _, places = heapq.heappop(queue)
            keys = tuple(self._question.keys[place] for place in places)
            if self._is_enough(keys):
                yield keys
            children = list(self._children(keys))
            if children and len(keys) == counted:
                counted += 1
                if not self._count_next(len(keys)):
                    return
            for child in self._priced(children):
                heapq.heappush(queue, child)

    def _priced(self, sets: Iterable[KeySet]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield costs and places of those *sets* that are not too many tasks."""
        for keys in sets:
            cost = self._tasks.cost(self._counts.get(keys))
            if cost is not None:
                yield cost, tuple(map(self._question.keys.index, keys))

    def _children(self, keys: KeySet) -> Iterator[KeySet]:
        """Yield *keys* with one more key, a later one, that splits some part and may not be too many tasks."""
        start = self._question.keys.index(keys[-1]) + 1 if keys else 0
        for key in self._question.keys[start:]:
            child = (*keys, key)
            parents = [child[:place] + child[place + 1 :] for place in range(len(keys))]
            refused = any(p in self._counts and self._tasks.cost(self._counts[p]) is None for p in parents)
            if (
                not refused
                and len(self._parts[key]) > 1
                and not any(self._follows(key, other) for other in keys)
            ):
                yield child

    def _follows(self, key: Key, other: Key) -> bool:
        """Return whether *key* is the same on all rows that have the same value of *other*."""
        if (key, other) not in self._following:
            place = self._question.columns.index(key.column)
            same = all(part.constant[place] for part in self._parts[other].values())
            self._following[key, other] = same
        return self._following[key, other]

    def _count_next(self, size: int) -> bool:
        """Count the rows of all sets that have one key more than *size*; False where that must be asked first."""
        known = sorted(self._priced(keys for keys in self._counts if len(keys) == size))
        parents = (tuple(self._question.keys[place] for place in places) for _, places in known)
        children = tuple(islice((child for parent in parents for child in self._children(parent)), _SETS))
        answer = self._facts.ask(CountQuestion(self._facts.group, children, self._tasks.most))
        if not isinstance(answer, CountAnswer):
            return False
        self._counts |= answer.counts
        return True

    def _part(self, row: Mapping[str, Any]) -> _Part:
        columns = range(len(self._question.columns))
        return _Part(
            tuple(row[f"longest{i}"] for i in columns),
            tuple(row[f"visible{i}"] for i in columns),
            tuple(row[f"least{i}"] == row[f"most{i}"] for i in columns),
            tuple(row[f"stretch{i}"] for i, _ in enumerate(self._question.stretches)),
        )

    def _is_enough(self, keys: KeySet) -> bool:
        counts = self._counts[keys]
        if counts is None:
            return False
        # The largest part is the likeliest to need too much.
        for values in sorted(counts, key=lambda values: -counts[values]):
            parts = [self._parts[key][value] for key, value in zip(keys, values, strict=True)]
            if not self._is_part_enough(reduce(and_, parts)):
                return False
        return True

    def _is_part_enough(self, part: _Part) -> bool:
        holes = dict(self._facts.measure.holes)
        for place, column in enumerate(self._question.columns):
            guess = _constant if part.constant[place] else _part_of
            holes[column] = guess(holes[column], part.longest[place], part.visible[place])
        facts = Facts(
            group=self._facts.group,
            measure=GroupMeasure(rows=0, holes=holes, equal=self._facts.measure.equal),
            answers={},
            exact=False,
            stretches=dict(zip(self._question.stretches, part.stretch, strict=True)),
        )
        result = solve(self._form, facts, self._capacity, 0)
        return isinstance(result, Arrangement) and result.needed <= self._capacity.slots


def _part_of(whole: HoleMeasure, longest: int, visible: int) -> HoleMeasure:
    part = replace(whole, longest=longest, blank=not visible, spaced=None)
    # Visible characters stand for all characters only where none of them can be given away to the literals.
    return part if whole.prefix or whole.suffix else replace(part, shortest=visible, spaced=False)


def _constant(whole: HoleMeasure, longest: int, visible: int) -> HoleMeasure:
    # Which value it is does not matter to the number of slots, only how long it is.
    stand_in = "x" * longest
    return replace(
        whole,
        longest=longest,
        prefix=stand_in,
        suffix=stand_in,
        constant=True,
        blank=not visible,
        spaced=None,
    )
