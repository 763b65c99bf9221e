"""Whether every value of a column can be seen."""

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from runner.compile.slots.characters import all_show, visible_count

VALUES = st.none() | st.text(st.sampled_from(" ab!~\x7f\u00a0\u200bé\U0001f600"), max_size=3)


@given(st.lists(VALUES, max_size=4))
@example(["a", None])
@example([" ", "a"])
def test_it_is_so_where_each_value_has_a_visible_character(values):
    """The short cut says what counting visible characters says; missing values do not count."""
    expected = all(visible_count(value) for value in values if value is not None)

    assert all_show(pl.Series("v", values, dtype=pl.String)) is expected
