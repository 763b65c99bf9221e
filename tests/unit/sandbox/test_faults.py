"""Scripted faults: what can be written down."""

from pathlib import Path

import pytest

from runner.sandbox import faults
from runner.sandbox.faults import Fault, FaultError, read_fault
from tests.unit.sandbox.conftest import Json, Make, Vendor


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


def test_a_refusal_has_its_turn_when_nothing_is_left_to_be_let_through(vendor: Vendor) -> None:
    """A server takes no connection as soon as the requests before it are done, whatever the request would have been."""
    vendor.engine.add_faults([{"endpoint": "send", "kind": "refuse", "skip": 1, "seconds": 2}])

    assert vendor.engine.take_refusal() is None
    vendor.engine.take_fault("query")
    assert vendor.engine.take_refusal() is None
    vendor.engine.take_fault("send")
    assert vendor.engine.take_refusal() == Fault(endpoint="send", kind="refuse", seconds=2)
    assert vendor.engine.take_refusal() is None


def test_faults_that_are_drawn(new_vendor: Make) -> None:
    """About as many requests as wanted are hit, in every way, and the same ones under the same seed."""

    def drawn() -> list[Fault | None]:
        engine = new_vendor(fault_percent=10.0).engine
        return [engine.take_fault("send") for _ in range(2000)]

    hit = [fault for fault in drawn() if fault is not None]

    assert 160 <= len(hit) <= 240
    assert {(fault.kind, fault.is_after) for fault in hit} == {
        (kind, is_after)
        for kind in (
            "close",
            "reset",
            "cut_headers",
            "cut",
            "cut_end",
            "timeout",
            "http_500",
            "html",
            "truncated_json",
            "code_-18",
            "slow",
        )
        for is_after in (False, True)
    }
    assert drawn() == drawn()


def test_scripted_faults_come_before_drawn_ones(new_vendor: Make) -> None:
    """What is written down happens, whatever is drawn; without the switch nothing is drawn."""
    engine = new_vendor(fault_percent=100.0).engine
    engine.add_faults([{"kind": "code_-16"}])

    assert engine.take_fault("send") == Fault(endpoint="*", kind="code_-16")
    assert engine.take_fault("send") is not None
    engine.change_switches({"fault_percent": 0.0})
    assert engine.take_fault("send") is None


def test_every_kind_and_the_switches_about_tasks_are_documented() -> None:
    """What can go wrong can be read about."""
    page = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")

    assert [kind for kind in faults.KINDS if f"`{kind}`" not in page] == []
    assert [name for name in ("largest_page", "balance_lasts", "fault_percent") if name not in page] == []
