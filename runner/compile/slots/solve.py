"""Slots for one group: the rewrites in their order, each only when those before it left too many slots."""

from runner.compile.form import Form
from runner.compile.slots.arrange import Arrangement, arrange, singles, strips_of
from runner.compile.slots.facts import Facts
from runner.compile.slots.merge import merge, useful_stretches
from runner.compile.slots.questions import WideQuestion
from runner.compile.slots.settle import Trouble
from runner.model.capacity import Capacity


def solve(form: Form, facts: Facts, capacity: Capacity, cap: int) -> Arrangement | Trouble:
    """Return skeletons and sources for a group, with more slots than there are where no rewrite helps.

    The result is final once ``facts.open`` is empty.

    Args:
        form: of the group.
        facts: of the group.
        capacity: of a task.
        cap: up to how many different values of a column matter if the group has to be split.
    """
    plain = strips_of(form, facts, fold=False, capacity=capacity)
    arrangement = arrange(plain, [singles(strip) for strip in plain], facts, capacity)
    if isinstance(arrangement, Arrangement) and arrangement.needed <= capacity.slots:
        return arrangement
    folded = strips_of(form, facts, fold=True, capacity=capacity)
    if folded != plain:
        arrangement = arrange(folded, [singles(strip) for strip in folded], facts, capacity)
        if isinstance(arrangement, Arrangement) and arrangement.needed <= capacity.slots:
            return arrangement
    if isinstance(arrangement, Trouble):
        return arrangement
    if facts.exact and facts.wide(wide_question(form, facts, capacity, cap)) is None:
        return arrangement
    segments = merge(folded, arrangement, facts, capacity)
    return arrange(folded, segments, facts, capacity)


def wide_question(form: Form, facts: Facts, capacity: Capacity, cap: int) -> WideQuestion:
    """Return the question that a group with too many slots raises."""
    folded = strips_of(form, facts, fold=True, capacity=capacity)
    columns = dict.fromkeys(column for strip in folded for column in strip.columns)
    return WideQuestion(facts.group, useful_stretches(folded, facts, capacity), tuple(columns), cap)
