"""Cancel, update and resend."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import Json, Make, Vendor


@pytest.fixture
def waiting(vendor: Vendor, order: Make, people: Make) -> Any:
    """A task of three people that waits for tomorrow nine o'clock."""
    task_id = vendor.call("send", order(sendTime="2026-11-25 09:00:00", numberInfoList=people(3, text1="x")))
    vendor.advance(10)
    return task_id


def test_a_waiting_task_is_cancelled_for_good(vendor: Vendor, waiting: int) -> None:
    """Status 4, and nobody is ever called."""
    vendor.call("cancel", {"taskIdList": [waiting]})

    vendor.advance(3 * 86400)

    assert vendor.detail(waiting)["status"] == 4
    assert vendor.detail(waiting)["callNum"] == 0


def test_a_cancelled_task_finishes_the_calls_in_progress(vendor: Vendor, order: Make, people: Make) -> None:
    """Whoever was dialled is called, nobody else."""
    task_id = vendor.call("send", order(numberInfoList=people(200)))
    vendor.advance(2)

    vendor.call("cancel", {"taskIdList": [task_id]})
    vendor.advance(1000)

    record = vendor.detail(task_id)
    assert (record["status"], record["callNum"]) == (4, 51)
    assert record["success"] + record["fail"] == 51
    assert [call["state"] for call in vendor.calls()] == ["ended"] * 51 + ["never"] * 149


def test_states_that_cannot_be_cancelled(vendor: Vendor, order: Make, waiting: int) -> None:
    """Submitting, finished and cancelled tasks are -54."""
    submitting = vendor.call("send", order(taskName="second"))
    assert vendor.code("cancel", {"taskIdList": [submitting]}) == -54
    vendor.advance(1000)
    assert vendor.code("cancel", {"taskIdList": [submitting]}) == -54
    assert [vendor.code("cancel", {"taskIdList": [waiting]}) for _ in range(2)] == [0, -54]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, -22),
        ({"taskIdList": []}, -22),
        ({"taskIdList": 5000602}, -22),
        ({"taskIdList": ["5000602"]}, -22),
        ({"taskIdList": [1]}, -24),
    ],
)
def test_a_cancel_must_name_known_tasks(vendor: Vendor, waiting: int, body: Any, code: int) -> None:
    """Ids are integers in an array."""
    assert vendor.code("cancel", body) == code


def test_a_cancel_is_all_or_nothing(vendor: Vendor, waiting: int) -> None:
    """One unknown id, and the known one is not cancelled either."""
    assert vendor.code("cancel", {"taskIdList": [waiting, 1]}) == -24
    assert vendor.detail(waiting)["status"] == 0


def test_an_update_replaces_everything_but_the_callees(vendor: Vendor, order: Make, waiting: int) -> None:
    """Name, text and time change; the numbers stay."""
    changed = order(
        keyId=waiting,
        appId=None,
        numberInfoList=None,
        taskName="corrected",
        text="Sorry ${text1}",
        sendTime="2026-11-25 10:00:00",
    )

    assert vendor.call("update", changed) is None

    assert vendor.detail(waiting)["taskName"] == "corrected"
    assert vendor.detail(waiting)["sendTime"] == "2026-11-25 10:00:00"
    assert [call["heard"]["text"] for call in vendor.calls()] == ["Sorry x"] * 3


def test_an_update_without_a_time_starts_now(vendor: Vendor, order: Make, waiting: int) -> None:
    """Null means now, here too: the trap is part of the simulator."""
    vendor.call("update", order(keyId=waiting, taskName="corrected"))

    vendor.advance(1)

    assert vendor.detail(waiting)["callNum"] == 3


def test_what_cannot_be_updated(vendor: Vendor, order: Make, waiting: int) -> None:
    """A running task is -37, an unknown one -24, a taken name -20, a text with an unfilled variable -22."""
    running = vendor.call("send", order(taskName="running"))
    vendor.advance(3)

    assert vendor.code("update", order(keyId=running, taskName="new")) == -37
    assert vendor.code("update", order(keyId=1, taskName="new")) == -24
    assert vendor.code("update", order(keyId=waiting, taskName="running")) == -20
    assert vendor.code("update", order(keyId=waiting, text="${text2}")) == -22
    assert vendor.code("update", order(taskName="new")) == -22


def test_a_resend_calls_again_who_was_not_reached(vendor: Vendor, order: Make, people: Make) -> None:
    """A new task, with an id even where send gives none, for the failed ones or for all."""
    first = vendor.call("send", order(numberInfoList=people(50)))
    vendor.advance(1000)
    failed = vendor.detail(first)["fail"]
    again = {"keyId": first, "resendType": 1}

    second = vendor.call("resend", order(**again, taskName="again"))
    third = vendor.call("resend", order(**{**again, "resendType": 0}, taskName="all again"))

    assert vendor.detail(second)["numCnt"] == failed
    assert vendor.detail(third)["numCnt"] == 50
    assert second not in (first, third)


def test_what_cannot_be_resent(vendor: Vendor, order: Make, waiting: int) -> None:
    """A task that is not over is -37; without anybody to call it is -34; the name must be new."""
    assert vendor.code("resend", order(keyId=waiting, resendType=0, taskName="again")) == -37
    vendor.call("cancel", {"taskIdList": [waiting]})
    assert vendor.code("resend", order(keyId=waiting, resendType=0)) == -20
    assert vendor.code("resend", order(keyId=waiting, taskName="again")) == -22
    assert vendor.code("resend", order(keyId=waiting, resendType=1, taskName="again")) == 0


def test_a_resend_without_anybody_left(vendor: Vendor, order: Make, people: Make) -> None:
    """Where everybody was reached, "only failed" is -34."""
    reached = next(
        number
        for number in people(50)
        if _is_reached(vendor, order(taskName="t" + number["calleeNumber"], numberInfoList=[number]))
    )

    body = order(keyId=_task_of(vendor, reached), resendType=1, taskName="again")
    assert vendor.code("resend", body) == -34


def _is_reached(vendor: Vendor, body: Any) -> Any:
    task_id = vendor.call("send", body)
    vendor.advance(1000)
    return vendor.detail(task_id)["success"] == 1


def _task_of(vendor: Vendor, callee: Json) -> Any:
    return vendor.calls(number=callee["calleeNumber"])[0]["task_id"]
