"""Scripted faults: what can be written down."""

import pytest

from runner.sandbox.faults import Fault, FaultError, read_fault
from tests.unit.sandbox.conftest import Json, Vendor


def test_a_fault_as_json() -> None:
    """All fields, and the defaults of those that are left out."""
    assert read_fault({"endpoint": "send", "kind": "close"}) == Fault(endpoint="send", kind="close")
    assert read_fault(
        {"endpoint": "query", "when": "after", "kind": "timeout", "times": 3, "skip": 1, "seconds": 0.5}
    ) == Fault(endpoint="query", kind="timeout", is_after=True, times=3, skip=1, seconds=0.5)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"kind": "explode"},
        {"kind": "code_x"},
        {"kind": "close", "when": "during"},
        {"kind": "close", "times": 0},
        {"kind": "close", "times": 1.5},
        {"kind": "close", "times": True},
        {"kind": "close", "skip": -1},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "seconds": "1"},
        {"kind": "close", "endpoint": 1},
        {"kind": "close", "colour": "red"},
    ],
)
def test_a_fault_that_makes_no_sense(source: Json) -> None:
    """Unknown fields, kinds and values are errors."""
    with pytest.raises(FaultError):
        read_fault(source)


def test_one_wrong_fault_adds_none(vendor: Vendor) -> None:
    """A script is taken as a whole or not at all, and a fault that could never hit is a mistake."""
    for wrong in ({"kind": "explode"}, {"kind": "close", "endpoint": "sned"}):
        with pytest.raises(FaultError):
            vendor.engine.add_faults([{"kind": "close"}, wrong])

    assert vendor.engine.add_faults(()) == ()
