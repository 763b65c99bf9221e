"""Reports of calls, made from a few words or drawn at random."""

from typing import Any

import polars as pl
import pytest
from hypothesis import strategies as st

from runner import frames
from runner.frames import CALL, CERTAINTY, NUMBER, OUTCOME, OUTCOMES, REPORT_SCHEMA, SOURCE, SOURCES


def reports_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return reports in their schema; what a row leaves out is null, or the usual value where null is not allowed."""
    usual = {
        CALL: "c1",
        NUMBER: "+447700900001",
        OUTCOME: "unknown",
        CERTAINTY: 0,
        SOURCE: "push",
    }
    full = [dict.fromkeys(REPORT_SCHEMA) | usual | row for row in rows]
    return pl.DataFrame(full, schema=REPORT_SCHEMA, orient="row")


@st.composite
def some_reports(draw: st.DrawFn) -> pl.DataFrame:
    """Draw up to a dozen reports of a few calls, that agree in nothing."""
    optional = {
        frames.JOB: st.sampled_from([None, 1, 2]),
        frames.RANG: st.sampled_from([None, 10, 20]),
        frames.PICKED_UP: st.sampled_from([None, 15]),
        frames.COST: st.sampled_from([None, "0.1", "0.20"]),
        frames.KEY: st.sampled_from([None, "1", "9"]),
    }
    row = st.fixed_dictionaries(
        {
            CALL: st.sampled_from(["c1", "c2", "c3"]),
            OUTCOME: st.sampled_from(OUTCOMES),
            CERTAINTY: st.integers(0, 2),
            SOURCE: st.sampled_from(SOURCES),
            **optional,
        }
    )
    return reports_of(*draw(st.lists(row, min_size=1, max_size=12)))


@pytest.fixture(scope="session")
def reports() -> Any:
    """Return the maker of reports."""
    return reports_of
