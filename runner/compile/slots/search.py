"""Which keys to split a group by so that every part has enough slots and the tasks are as few as they can be.

The cost of a set of keys, the tasks of its parts, never falls when a key is added: of all sets in the order of their
costs, the first one that leaves enough slots in every part is the cheapest.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from runner.compile.form import Form
from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.characters import units, visible_count
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Key, KeyKind
from runner.compile.slots.questions import COUNT, JointAnswer, JointQuestion, WideAnswer, key_column, totals
from runner.compile.slots.solve import solve
from runner.compile.slots.statistics import GroupMeasure, HoleMeasure
from runner.model.capacity import Capacity

_ATTEMPTS = 5_000
"""Sets that are looked at before the search gives up; the largest known search that succeeded took 85."""


def joint_question(facts: Facts, wide: WideAnswer, stretches: Sequence[tuple[int, int, int]], capacity: Capacity) -> JointQuestion:
    """Return the question for the combinations of everything that the group could be split by, fewest values first."""
    keys: list[tuple[int, Key]] = []
    for column, values in wide.values.items():
        hole = facts.hole(column)
        if hole.blank:
            keys.append((2, Key(column, KeyKind.BLANK)))
        if hole.longest > capacity.slot_units:
            keys.append((-(-hole.longest // capacity.slot_units), Key(column, KeyKind.LENGTH)))
        if values is not None:
            keys.append((len(values), Key(column, KeyKind.VALUE)))
    # The sort is stable, so that ties keep the order of the places in the texts.
    ordered = tuple(key for _, key in sorted(keys, key=lambda counted: counted[0]))
    return JointQuestion(facts.group, ordered, tuple(wide.values), tuple(stretches))


class Search:
    """The search over one group."""

    def __init__(
        self,
        form: Form,
        facts: Facts,
        question: JointQuestion,
        joint: JointAnswer,
        capacity: Capacity,
        *,
        per_task: int,
        max_tasks: int,
    ) -> None:
        self._form, self._facts, self._capacity = form, facts, capacity
        self._question, self._table = question, joint.table
        self._per_task, self._max_tasks = per_task, max_tasks
        places = {column: place for place, column in enumerate(question.columns)}
        kept = range(joint.keys)
        self._keys = sorted(kept, key=lambda index: (places[question.keys[index].column], question.keys[index].kind))

    def sets(self) -> Iterator[tuple[Key, ...]]:
        """Yield sets of keys that promise enough slots in every part, cheapest first, ties by position."""
        queue: list[tuple[int, tuple[int, ...]]] = []
        self._extend(queue, ())
        for _ in range(_ATTEMPTS):
            if not queue:
                return
            _, chosen = heapq.heappop(queue)
            names = [key_column(self._keys[index]) for index in chosen]
            if all(map(self._is_enough, self._parts(names))):
                yield tuple(self._question.keys[self._keys[index]] for index in chosen)
            self._extend(queue, chosen)

    def _extend(self, queue: list[tuple[int, tuple[int, ...]]], chosen: tuple[int, ...]) -> None:
        for index in range(chosen[-1] + 1 if chosen else 0, len(self._keys)):
            names = [key_column(self._keys[place]) for place in (*chosen, index)]
            rows = self._table.group_by(names).agg(pl.col(COUNT).sum())[COUNT]
            tasks = int(((rows + (self._per_task - 1)) // self._per_task).sum())
            if tasks <= self._max_tasks:
                heapq.heappush(queue, (tasks, (*chosen, index)))

    def _parts(self, names: Sequence[str]) -> Iterator[dict[str, object]]:
        """Yield the measures of each part, the largest first, since it is the likeliest to need too much."""
        others = [key_column(index) for index in self._keys]
        spread = [pl.col(name).min().name.suffix("_least") for name in others]
        spread += [pl.col(name).max().name.suffix("_most") for name in others]
        keyed = self._table.with_columns(pl.col(names).name.prefix("by_"))
        parts = keyed.group_by([f"by_{name}" for name in names]).agg(*totals(self._table), *spread)
        yield from parts.sort(COUNT, descending=True).iter_rows(named=True)

    def _is_enough(self, part: dict[str, object]) -> bool:
        holes = dict(self._facts.measure.holes)
        for place, column in enumerate(self._question.columns):
            holes[column] = self._hole(part, place, holes[column])
        for index in self._keys:
            key = self._question.keys[index]
            least, most = (part[f"{key_column(index)}_{end}"] for end in ("least", "most"))
            if key.kind is KeyKind.VALUE and least == most:
                holes[key.column] = _constant(str(least))
        measure = GroupMeasure(rows=0, holes=holes, equal=self._facts.measure.equal)
        stretches = {s: _number(part[f"stretch{place}"]) for place, s in enumerate(self._question.stretches)}
        guess = Facts(group=self._facts.group, measure=measure, answers={}, exact=False, stretches=stretches)
        result = solve(self._form, guess, self._capacity, self._max_tasks)
        return isinstance(result, Arrangement) and result.needed <= self._capacity.slots

    def _hole(self, part: dict[str, object], place: int, whole: HoleMeasure) -> HoleMeasure:
        longest, visible = _number(part[f"longest{place}"]), _number(part[f"visible{place}"])
        part_of = replace(whole, longest=longest, blank=not visible, spaced=None)
        # Counted visible characters stand for all of them only where none can be given away to the literals.
        return part_of if whole.prefix or whole.suffix else replace(part_of, shortest=visible, spaced=False)


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _constant(value: str) -> HoleMeasure:
    return HoleMeasure(
        shortest=len(value),
        longest=units(value),
        prefix=value,
        suffix=value,
        constant=True,
        blank=not visible_count(value),
        astral=False,
        attached=False,
        spaced=None,
    )
