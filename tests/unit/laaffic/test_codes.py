"""The table of status codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.laaffic.codes import Operation, Verdict, meaning, verdict

SENDING = {
    0: Verdict.DONE,
    -1: Verdict.ACCOUNT_REFUSED,
    -2: Verdict.ACCOUNT_REFUSED,
    -10: Verdict.ACCOUNT_REFUSED,
    -13: Verdict.ACCOUNT_REFUSED,
    -16: Verdict.NOT_EXECUTED,
    -18: Verdict.UNKNOWN,
    -20: Verdict.DUPLICATE,
    -21: Verdict.REJECTED,
    -22: Verdict.REJECTED,
    -23: Verdict.REJECTED,
    -24: Verdict.REJECTED,
    -26: Verdict.REJECTED,
    -34: Verdict.REJECTED,
    -35: Verdict.REJECTED,
    -37: Verdict.UNKNOWN,
    -54: Verdict.REJECTED,
}


@pytest.mark.parametrize(("code", "expected"), SENDING.items())
def test_codes_of_a_send(code: int, expected: Verdict) -> None:
    """Each code that the pages list for a task says what the design says."""
    assert verdict(Operation.SEND, code) is expected


@given(st.integers().filter(lambda code: code not in SENDING))
def test_other_codes_of_a_send_are_unknown(code: int) -> None:
    """A code of another product, or of no page, decides nothing."""
    assert verdict(Operation.SEND, code) is Verdict.UNKNOWN


@given(st.sampled_from(Operation), st.integers())
def test_success_is_zero_only(operation: Operation, code: int) -> None:
    """No code but 0 is ever taken for success."""
    assert (verdict(operation, code) is Verdict.DONE) == (code == 0)


def test_meanings_are_ours() -> None:
    """A message names the code and, where we know it, what it means."""
    assert meaning(-22) == "code -22 (a parameter is wrong)"
    assert meaning(-99) == "code -99"
