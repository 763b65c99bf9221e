"""Switches: every one can be set by JSON and by text, and a wrong value changes nothing."""

import pytest

from runner.sandbox.switches import SwitchError, Switches
from tests.unit.sandbox.conftest import Json


def test_a_change_keeps_the_other_switches() -> None:
    """Only what is named changes."""
    changed = Switches().changed({"send_data": "null", "visibility_lag_s": 5})

    assert changed == Switches(send_data="null", visibility_lag_s=5.0)


def test_changes_as_text() -> None:
    """On a command line, numbers, truth and lists are JSON; texts need no quotes, even numeric ones."""
    changed = Switches().changed_by_text(
        ["dollar_escape=true", "callee_cap=200000", "balance=12.50", 'app_ids=["a"]', "envelope=B"]
    )

    assert changed == Switches(
        dollar_escape=True, callee_cap=200_000, balance="12.50", app_ids=("a",), envelope="B"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"no_such_switch": 1},
        {"envelope": "C"},
        {"dollar_escape": 1},
        {"callee_cap": 0},
        {"callee_cap": 1.5},
        {"callee_cap": True},
        {"visibility_lag_s": -1},
        {"visibility_lag_s": float("nan")},
        {"calls_per_second": 0},
        {"time_skew_s": "300"},
        {"vendor_timezone": "Mars/Olympus"},
        {"vendor_timezone": "../etc"},
        {"balance": "much"},
        {"balance": 5},
        {"app_ids": [1]},
        {"push_url": "ftp://127.0.0.1/"},
        {"push_url": "http://"},
        {"push_url": "http://[::1"},
        {"push_url": "http://127.0.0.1/a b"},
        {"push_lost": 1.5},
        {"push_batch": 0},
        {"push_form": "xml"},
    ],
)
def test_a_wrong_switch_is_refused(changes: Json) -> None:
    """An unknown name, another type and an impossible value are each an error."""
    with pytest.raises(SwitchError):
        Switches().changed(changes)


def test_text_without_a_value_is_refused() -> None:
    """A command line that names a switch must give it a value."""
    with pytest.raises(SwitchError):
        Switches().changed_by_text(["dollar_escape"])
