"""Which keys to split a group by so that every part has enough slots and the tasks are as few as they can be.

The cost of a set of keys, the tasks of its parts, never falls when a key is added: of all sets in the order of their
costs, the first one that leaves enough slots in every part is the cheapest.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.form import Form
from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Key, KeyKind
from runner.compile.slots.questions import COUNT, JointAnswer, JointQuestion, Stretch, WideAnswer, key_column
from runner.compile.slots.solve import solve
from runner.compile.slots.statistics import GroupMeasure, HoleMeasure
from runner.model.capacity import Capacity

_ATTEMPTS = 1_000
"""Sets that are looked at before the search gives up; the longest of the trial searches that succeeded took 85."""

_Numbers = npt.NDArray[np.int64]
_Chosen = tuple[int, ...]


def joint_question(
    facts: Facts, wide: WideAnswer, stretches: Sequence[Stretch], capacity: Capacity
) -> JointQuestion:
    """Return the question for the combinations of all that the group could be split by, keys of few values first."""
    keys: list[tuple[int, Key]] = []
    for column, values in wide.values.items():
        hole = facts.hole(column)
        if hole.blank:
            keys.append((2, Key(column, KeyKind.BLANK)))
        if hole.longest > capacity.slot_units:
            keys.append((-(-hole.longest // capacity.slot_units), Key(column, KeyKind.LENGTH)))
        if values is not None:
            keys.append((len(values), Key(column, KeyKind.VALUE)))
    # The sort is stable: ties keep the order of the places in the texts.
    ordered = tuple(key for _, key in sorted(keys, key=lambda counted: counted[0]))
    return JointQuestion(facts.group, ordered, tuple(wide.values), tuple(stretches))


@dataclass(frozen=True, slots=True)
class Tasks:
    """How many callees a task takes, and how many tasks there may be."""

    per_task: int
    most: int


class Search:
    """The search over the combinations that occur in one group."""

    def __init__(
        self, form: Form, facts: Facts, question: JointQuestion, joint: JointAnswer, *, capacity: Capacity
    ) -> None:
        self._form, self._facts, self._question, self._capacity = form, facts, question, capacity
        columns = list(question.columns)
        kept = sorted(
            range(joint.keys), key=lambda i: (columns.index(question.keys[i].column), question.keys[i].kind)
        )
        self._keys = [question.keys[index] for index in kept]
        self._codes = [_codes(joint.table[key_column(index)]) for index in kept]
        self._count = joint.table[COUNT].to_numpy().astype(np.int64)
        self._longest = _matrix(joint.table, "longest", len(columns))
        self._visible = _matrix(joint.table, "visible", len(columns))
        self._least = _matrix(joint.table, "least", len(columns))
        self._most = _matrix(joint.table, "most", len(columns))
        self._stretch = _matrix(joint.table, "stretch", len(question.stretches))

    def sets(self, tasks: Tasks) -> Iterator[tuple[Key, ...]]:
        """Yield sets of keys that promise enough slots in every part, cheapest first, ties by position."""
        queue: list[tuple[int, _Chosen]] = []
        seen: set[bytes] = set()
        self._extend(queue, (), np.zeros(len(self._count), dtype=np.int64), tasks)
        for _ in range(_ATTEMPTS):
            if not queue:
                return
            _, chosen = heapq.heappop(queue)
            parts = self._parts(chosen)
            # Keys that follow from others split nothing: the same parts again, under another name.
            if (signature := sha256(parts.tobytes()).digest()) in seen:
                continue
            seen.add(signature)
            if self._is_enough(parts):
                yield tuple(self._keys[index] for index in chosen)
            self._extend(queue, chosen, parts, tasks)

    def _extend(
        self, queue: list[tuple[int, _Chosen]], chosen: _Chosen, parts: _Numbers, tasks: Tasks
    ) -> None:
        for index in range(chosen[-1] + 1 if chosen else 0, len(self._keys)):
            rows = np.bincount(_combined(parts, self._codes[index]), weights=self._count)
            cost = int((-(-rows // tasks.per_task)).sum())
            if cost <= tasks.most:
                heapq.heappush(queue, (cost, (*chosen, index)))

    def _parts(self, chosen: _Chosen) -> _Numbers:
        """Return the number of the part that each combination belongs to, counted in the order of the table."""
        parts = np.zeros(len(self._count), dtype=np.int64)
        for index in chosen:
            parts = _numbered(_combined(parts, self._codes[index]))
        return parts

    def _is_enough(self, parts: _Numbers) -> bool:
        sizes = np.bincount(parts, weights=self._count)
        # The largest part is the likeliest to need too much.
        return all(
            self._is_part_enough(np.flatnonzero(parts == part)) for part in np.argsort(-sizes, kind="stable")
        )

    def _is_part_enough(self, rows: _Numbers) -> bool:
        holes = dict(self._facts.measure.holes)
        longest, visible = self._longest[rows].max(axis=0), self._visible[rows].min(axis=0)
        constant = self._least[rows].min(axis=0) == self._most[rows].max(axis=0)
        for place, column in enumerate(self._question.columns):
            part = _constant if constant[place] else _part_of
            holes[column] = part(holes[column], int(longest[place]), int(visible[place]))
        stretch = self._stretch[rows].max(axis=0)
        guess = Facts(
            group=self._facts.group,
            measure=GroupMeasure(rows=0, holes=holes, equal=self._facts.measure.equal),
            answers={},
            exact=False,
            stretches=dict(zip(self._question.stretches, stretch.tolist(), strict=True)),
        )
        result = solve(self._form, guess, self._capacity, 0)
        return isinstance(result, Arrangement) and result.needed <= self._capacity.slots


def _codes(values: pl.Series) -> _Numbers:
    return values.rank("dense").to_numpy().astype(np.int64) - 1


def _matrix(table: pl.DataFrame, name: str, width: int) -> npt.NDArray[Any]:
    columns = [table[f"{name}{place}"].to_numpy() for place in range(width)]
    return np.stack(columns, axis=1) if columns else np.zeros((table.height, 0))


def _combined(parts: _Numbers, codes: _Numbers) -> _Numbers:
    return parts * (int(codes.max()) + 1) + codes


def _numbered(labels: _Numbers) -> _Numbers:
    """Return *labels* as 0, 1 … in the order of their first place, so that equal partitions are equal arrays."""
    first = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    places = np.arange(len(labels), dtype=np.int64)
    first[labels[::-1]] = places[::-1]
    return np.asarray((np.cumsum(first[labels] == places) - 1)[first[labels]], dtype=np.int64)


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
