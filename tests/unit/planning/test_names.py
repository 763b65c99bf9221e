"""Names of tasks."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.planning.names import is_ours, task_name

APPROVALS = st.lists(st.integers(0, 2**128 - 1), min_size=1, max_size=5, unique=True)


def column(values):
    """Return *values* as a column of approvals."""
    return pl.Series("a", values, dtype=pl.UInt128)


@given(APPROVALS, st.randoms())
def test_order_does_not_matter(approvals, random):
    """The name is that of the set of approvals, not of their order."""
    shuffled = random.sample(approvals, len(approvals))

    assert task_name("c", "e", column(approvals), generation=0) == task_name(
        "c", "e", column(shuffled), generation=0
    )


@given(APPROVALS, st.integers(0, 50), st.integers(0, 50))
def test_a_generation_gives_new_names(approvals, one, other):
    """After a task ended, the same people with the same words get another name, since the vendor may keep the old one."""
    names = {task_name("c", "e", column(approvals), generation=g) for g in (one, other)}

    assert len(names) == len({one, other})


def test_longest_name_fits_the_vendor():
    """The longest campaign name and edition leave exactly 14 digits of 64 characters."""
    assert len(task_name("c" * 32, "e" * 16, column([1]), generation=0)) == 64


def test_only_our_form_is_ours():
    """A foreign task with the same beginning is not taken for one of ours, nor one of another edition."""
    name = task_name("c", "2026-11", column([1]), generation=0)

    assert is_ours(name, "c", "2026-11")
    assert not is_ours(name + "x", "c", "2026-11")
    assert not is_ours("c.2026-11.by-hand", "c", "2026-11")
    assert not is_ours(name, "c", "2026-1")
    assert not is_ours("c.2026-11.b." + "a" * 14, "c", "2026-11")
