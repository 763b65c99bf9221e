"""The split that adds the fewest tasks, against trying every split."""

from itertools import combinations, product

from hypothesis import assume, given
from hypothesis import strategies as st

from runner.compile.lower import lower
from tests.unit.compile.slots.conftest import CAPACITY, Row, allocated, form_of, shape

FAR = " which is far too long to be merged, "


@given(
    st.lists(st.integers(2, 4), min_size=2, max_size=4),
    st.lists(st.integers(0, 4), min_size=3, max_size=6),
    st.integers(1, 3),
    st.sampled_from([5, 20]),
)
def test_no_cheaper_split_exists(sizes: list[int], origins: list[int], needed: int, per_task: int) -> None:
    """Columns follow from independent factors in all combinations; the chosen tasks are the fewest that free enough slots."""
    columns = [origin % len(sizes) for origin in origins]
    rows = []
    for number, factors in enumerate(product(*map(range, sizes))):
        values = {f"d{i}": f"{i}-{factors[factor]}" for i, factor in enumerate(columns)}
        rows.append(values | {f"u{i}": f"{i}:{number}" for i in range(10 + needed - len(columns))})
    prices = [
        sum(-(-len(rows) // parts // per_task) for _ in range(parts))
        for chosen in subsets(len(sizes))
        if sum(factor in chosen for factor in columns) >= needed
        for parts in [size_of(sizes, chosen)]
    ]
    assume(prices)
    shaped = shape(
        [form_of({0: FAR.join(f"<{name}>" for name in rows[0])})], [Row(values=row) for row in rows]
    )

    allocation = allocated(shaped, per_task=per_task, max_tasks=300)

    assert sum(-(-cohort.rows // per_task) for cohort in allocation.cohorts) == min(prices)
    assert lower(shaped.frame, allocation, CAPACITY).height == len(rows)


def subsets(count: int) -> list[tuple[int, ...]]:
    """Return all subsets of the first *count* numbers."""
    return [chosen for size in range(count + 1) for chosen in combinations(range(count), size)]


def size_of(sizes: list[int], chosen: tuple[int, ...]) -> int:
    """Return how many combinations the *chosen* factors have."""
    parts = 1
    for factor in chosen:
        parts *= sizes[factor]
    return parts
