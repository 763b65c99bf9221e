"""What holds for all texts and rows: nothing is lost, every slot is valid, and order and cutting change nothing."""

from collections.abc import Mapping
from random import Random

import polars as pl
from hypothesis import assume, event, given
from hypothesis import strategies as st

from runner.compile.lower import lower
from runner.compile.measure import measure
from runner.compile.slots.layout import Allocation
from runner.errors import InvalidError
from runner.frames import COHORT, PERSON, slot, text
from tests.unit.compile.slots.conftest import (
    CAPACITY,
    Row,
    Shaped,
    allocated,
    form_of,
    is_valid,
    shape,
    substituted,
)

NAMES = "abcdefghijklm"
WORDS = [
    "Ana",
    "x",
    "",
    " ",
    "née",
    "de\u0301 ",
    "😀",
    "👍🏽",
    "a b",
    "-",
    "$",
    "INR 1,200.00",
    "\u200b",
    "नमस्ते",
    "https://example.org/p/",
]

values = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
    st.text(alphabet="ab e\u0301😀$.", max_size=70),
)
literals = st.one_of(
    st.text(alphabet="ab $.,é😀\u0301", max_size=8),
    st.just(" and a word that no slot has room for, "),
    st.just("x"),
)


@st.composite
def shaped_frames(draw: st.DrawFn) -> Shaped:
    """Frames of one to three forms over few or many holes; columns draw from pools of one to many values."""
    forms = []
    for _ in range(draw(st.integers(1, 3))):
        texts = {}
        for number in draw(st.sampled_from([(0,), (1,), (0, 1), (0, 1, 3)])):
            holes = draw(st.lists(st.sampled_from(NAMES), max_size=13))
            texts[number] = draw(literals) + "".join(f"<{name}>{draw(literals)}" for name in holes)
        if (form := form_of(texts)) not in forms:
            forms.append(form)
    pools = {name: draw(st.lists(values, min_size=1, max_size=4)) for name in NAMES}
    twins = draw(st.sampled_from(["", "ab", "cd"]))
    if twins:
        pools[twins[1]] = pools[twins[0]]
    # One seed instead of a draw per cell: shrinking hundreds of draws takes minutes.
    random = Random(draw(st.integers(0, 1_000)))
    rows = []
    for _ in range(draw(st.integers(1, 25))):
        row = {name: random.choice(pool) for name, pool in pools.items()}
        if twins and random.random() < 0.9:
            row[twins[1]] = row[twins[0]]
        rows.append(Row(values=row, form=random.randrange(len(forms)), variant=random.randrange(2)))
    return shape(forms, rows)


def attempt(shaped: Shaped, **how: object) -> Allocation | tuple[str, ...]:
    """Return the allocation, or the messages of the refusal."""
    try:
        return allocated(shaped, **how)  # type: ignore[arg-type]
    except InvalidError as error:
        return tuple(f"{problem.code}: {problem.message}" for problem in error.problems)


@given(shaped_frames())
def test_every_row_comes_back_from_valid_slots(shaped: Shaped) -> None:
    """Substituting each row's slots gives its texts to the character, and each slot is what the vendor passes on whole."""
    allocation = attempt(shaped)
    if isinstance(allocation, Allocation):
        event("split" if any(cohort.group.split for cohort in allocation.cohorts) else "allocated")
    else:
        event(allocation[0].split(":")[0])
    assume(isinstance(allocation, Allocation))
    assert isinstance(allocation, Allocation)

    lowered = lower(shaped.frame, allocation, CAPACITY)

    for row, before in zip(lowered.iter_rows(named=True), shaped.frame.iter_rows(named=True), strict=True):
        cohort = allocation.cohorts[row[COHORT]]
        assert {n: substituted(s, row) for n, s in cohort.skeletons.items()} == expanded(before)
        used = [number for source in cohort.sources for number in source.slots]
        assert used == list(range(1, len(used) + 1))
        assert len(used) <= 10
        slots = {n: row[slot(n)] for n in range(1, 11) if slot(n) in row}
        assert all(is_valid(slots[number]) for number in used)
        assert all(value is None for number, value in slots.items() if number not in used)


def expanded(row: Mapping[str, object]) -> dict[int, object]:
    """Return the texts of a row that it has."""
    return {n: row[text(n)] for n in range(4) if row.get(text(n)) is not None}


@given(shaped_frames(), st.randoms(use_true_random=False), st.data())
def test_order_and_ranges_change_nothing(shaped: Shaped, random: Random, data: st.DataObject) -> None:
    """Rows in another order, cut into ranges, give the same cohorts, or the same refusal, and the same slots."""
    order = list(range(shaped.frame.height))
    random.shuffle(order)
    other = Shaped(frame=shaped.frame[order], forms=shaped.forms)
    cuts = data.draw(st.lists(st.integers(0, shaped.frame.height), max_size=4))

    whole = attempt(shaped)
    parts = attempt(other, ranges=other.ranges(cuts))

    assert parts == whole
    if isinstance(whole, Allocation):
        lowered = pl.concat([lower(part, whole, CAPACITY) for part in other.ranges(cuts)])
        assert lowered.sort(PERSON).equals(lower(shaped.frame, whole, CAPACITY))


@given(shaped_frames(), st.randoms(use_true_random=False))
def test_the_order_of_forms_changes_nothing(shaped: Shaped, random: Random) -> None:
    """Cohorts come in the same order with the same skeletons, whatever index a form has."""
    order = list(range(len(shaped.forms)))
    random.shuffle(order)
    forms = tuple(shaped.forms[index] for index in order)
    place = pl.Series([order.index(index) for index in range(len(order))], dtype=pl.UInt32)
    other = Shaped(
        frame=shaped.frame.with_columns(place.gather(shaped.frame["@form"]).alias("@form")), forms=forms
    )

    before, after = attempt(shaped), attempt(other)

    if isinstance(before, Allocation) and isinstance(after, Allocation):
        assert [(c.group.variant, c.skeletons, c.sources, c.rows) for c in before.cohorts] == [
            (c.group.variant, c.skeletons, c.sources, c.rows) for c in after.cohorts
        ]
    else:
        assert before == after


@given(shaped_frames(), st.data())
def test_first_measures_merge(shaped: Shaped, data: st.DataObject) -> None:
    """The measures of ranges together are those of the whole, but for what only long values are looked at for."""
    cuts = data.draw(st.lists(st.integers(0, shaped.frame.height), max_size=3))
    whole = measure(shaped.frame, shaped.forms, CAPACITY)
    first, *others = [measure(part, shaped.forms, CAPACITY) for part in shaped.ranges(cuts)]
    for other in others:
        first = first + other

    assert first.faults == whole.faults
    assert {group: found.rows for group, found in first.groups.items()} == {
        group: found.rows for group, found in whole.groups.items()
    }
    for group, found in first.groups.items():
        assert found.equal == whole.groups[group].equal
