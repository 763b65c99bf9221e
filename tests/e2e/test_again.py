"""A second attempt under the same name, where the account is known to refuse a repeated one."""

import pytest

from tests.e2e.conftest import ANN, CEM, Bank


@pytest.fixture(autouse=True)
def lost(bank: Bank) -> None:
    """The request for three people never arrived."""
    bank.setting("VENDOR_REFUSES_DUPLICATE_NAMES", "true")
    bank.fault("close", endpoint="send", when="before")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    assert bank.calls() == []


def test_an_absent_task_is_sent_again_under_its_name(bank: Bank) -> None:
    """The plan says so, and apply calls all three, once."""
    plan = bank.run("plan", "--detailed-exitcode", "--detail")
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]

    applied = bank.run("apply", "--ack-calls", 3)

    assert plan.code == 2
    assert "3 in doubt, not in the vendor's list: to send again under the same name" in plan.out
    assert f"task {task['name']}" in plan.out
    assert applied.code == 0
    assert {call["task_name"] for call in bank.calls()} == {task["name"]}
    assert len(bank.numbers()) == 3
    assert bank.run("plan", "--detailed-exitcode").code == 0


def test_who_is_gone_stays_out(bank: Bank) -> None:
    """One has paid meanwhile: two are sent again, and the third is free when the vendor's count has told."""
    bank.audience(ANN, CEM)

    applied = bank.run("apply", "--ack-calls", 2)

    assert applied.code == 9
    assert bank.numbers() == ["447700900001", "447700900003"]
    assert bank.run("apply").code == 0
    assert bank.run("status").code == 0


def test_a_reviewed_plan_is_still_good(bank: Bank) -> None:
    """What was reviewed before the doubt covers sending again: the same people, words and settings."""
    bank.run("plan", "--out", "plan.json")

    assert bank.run("apply", "--plan", "plan.json", "--ack-calls", 3).code == 0
    assert len(bank.numbers()) == 3


def test_without_the_setting_it_is_held(bank: Bank) -> None:
    """As long as nobody says that the account refuses repeated names, a person is asked."""
    bank.setting("VENDOR_REFUSES_DUPLICATE_NAMES", None)

    assert bank.run("apply").code == 10
    assert bank.calls() == []
