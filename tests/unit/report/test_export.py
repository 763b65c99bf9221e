"""Calls as a table."""

import polars as pl

from runner.report.export import harmless


def test_no_cell_is_a_formula() -> None:
    """What a spreadsheet would calculate begins with an apostrophe; other texts and numbers stay as they are."""
    table = pl.DataFrame(
        {"call": ["=1+1", "-2", "@x", "+3", "\t4", "5", None], "duration_s": [1, 2, 3, 4, 5, 6, 7]}
    )

    assert harmless(table)["call"].to_list() == ["'=1+1", "'-2", "'@x", "'+3", "'\t4", "5", None]
    assert harmless(table)["duration_s"].equals(table["duration_s"])
