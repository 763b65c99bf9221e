"""Merging neighbours, against trying every way to cut a text."""

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from runner.compile.measure import measure
from runner.compile.slots.arrange import Arrangement, arrange, singles, strips_of
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Group
from runner.compile.slots.merge import merge
from runner.compile.slots.questions import WideQuestion
from tests.unit.compile.slots.conftest import CAPACITY, Row, form_of, shape

GROUP = Group(0, 0)


@example([(16, 0), (16, 0), (16, 0), (13, 0)])
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=8))
def test_no_way_of_cutting_needs_fewer_slots(sizes: list[tuple[int, int]]) -> None:
    """Of all ways with the fewest slots, one is chosen that takes the fewest literals out of the skeleton."""
    names = [f"h{place}" for place, _ in enumerate(sizes)]
    text = "".join(f"<{name}>" + "-" * gap for name, (_, gap) in zip(names, sizes, strict=True))
    # Columns that differ, and values that share neither beginning nor end and give nothing away to the literals.
    letters = [{name: chr(ord(first) + place) for place, name in enumerate(names)} for first in "aA"]
    rows = [{name: row[name] * size for name, (size, _) in zip(names, sizes, strict=True)} for row in letters]
    form = form_of({0: text})
    frame = shape([form], [Row(values=row) for row in rows]).frame
    stretches = tuple((0, i, j) for i in range(len(sizes)) for j in range(i + 1, len(sizes)))
    question = WideQuestion(GROUP, stretches, (), 1)
    measures = measure(frame, [form], CAPACITY) + measure(frame, [form], CAPACITY, [question])
    facts = Facts(group=GROUP, measure=measures.groups[GROUP], answers=measures.answers)
    facts.wide(question)
    strips = strips_of(form, facts, fold=False, capacity=CAPACITY)
    alone = arrange(strips, [singles(strip) for strip in strips], facts, CAPACITY)
    assert isinstance(alone, Arrangement)

    [cut] = merge(strips, alone, facts, CAPACITY)

    ways = [
        price([size for size, _ in sizes], [gap for _, gap in sizes], joins)
        for joins in product([False, True], repeat=len(sizes) - 1)
    ]
    joined = [place < last for first, last in cut for place in range(first, last + 1)][:-1]
    assert price([size for size, _ in sizes], [gap for _, gap in sizes], joined) == min(ways)


def price(sizes: list[int], gaps: list[int], joins: list[bool] | tuple[bool, ...]) -> tuple[int, int]:
    """Return the slots, and how many literals are taken out, if neighbours are joined where *joins* says so."""
    lengths = [sizes[0]]
    for place, join in enumerate(joins):
        if join:
            lengths[-1] += gaps[place] + sizes[place + 1]
        else:
            lengths.append(sizes[place + 1])
    return sum(-(-length // 30) for length in lengths), sum(joins)
