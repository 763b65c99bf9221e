"""The life of a task on the virtual clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sandbox.conftest import Make, Vendor

SUBMITTING, WAITING, CALLING, FINISHED, FAILED, CANCELLED = 6, 0, 1, 2, 3, 4


def test_a_task_is_submitted_calls_and_finishes(vendor: Vendor, order: Make, people: Make) -> None:
    """Without a time of sending: submitting, calling, finished, with counts that fit together."""
    task_id = vendor.call("send", order(numberInfoList=people(200)))
    assert vendor.detail(task_id)["status"] == SUBMITTING

    vendor.advance(2)
    halfway = vendor.detail(task_id)
    assert halfway["status"] == CALLING
    assert halfway["numCnt"] == 200
    assert halfway["callNum"] == 51

    vendor.advance(1000)
    done = vendor.detail(task_id)
    assert done["status"] == FINISHED
    assert done["callNum"] == done["success"] + done["fail"] == 200
    assert 60 < done["success"] < 160
    assert done["rate"] == "100"
    assert done["finishTime"] > done["createdTime"]


def test_a_scheduled_task_waits(vendor: Vendor, order: Make) -> None:
    """Before the time of sending nobody is called, at it the first one is."""
    task_id = vendor.call("send", order(sendTime="2026-11-24 12:00:00"))

    vendor.advance(7199)
    assert vendor.detail(task_id)["status"] == WAITING
    assert vendor.detail(task_id)["callNum"] == 0
    vendor.advance(1)
    assert vendor.detail(task_id)["status"] == CALLING
    assert vendor.detail(task_id)["callNum"] == 1


def test_times_are_read_in_the_vendors_zone(new_vendor: type[Vendor], order: Make) -> None:
    """The same text means another moment where the vendor's zone is another."""
    vendor = new_vendor(vendor_timezone="Asia/Kolkata")  # 07:30 there

    task_id = vendor.call("send", order(sendTime="2026-11-24 08:00:00"))

    assert vendor.detail(task_id)["createdTime"] == "2026-11-24 07:30:00"
    vendor.advance(1799)
    assert vendor.detail(task_id)["status"] == WAITING
    vendor.advance(1)
    assert vendor.detail(task_id)["status"] == CALLING


def test_a_past_time_of_sending_means_now_and_is_noted(vendor: Vendor, order: Make) -> None:
    """The vendor starts at once; the sandbox says that a past time was sent."""
    task_id = vendor.call("send", order(sendTime="2026-11-24 09:59:59"))

    vendor.advance(2)

    assert vendor.detail(task_id)["callNum"] == 1
    assert vendor.engine.summary()["past_send_times"] == 1


def test_windows_hold_calls_back(vendor: Vendor, order: Make) -> None:
    """Outside its windows a task waits."""
    windows = [{"strTime": "14:00", "endTime": "18:00"}]
    task_id = vendor.call("send", order(allowSendTime=windows))

    vendor.advance(4 * 3600 - 1)
    assert vendor.detail(task_id)["status"] == WAITING
    vendor.advance(1)
    assert vendor.detail(task_id)["status"] == CALLING


def test_a_submission_that_fails_calls_nobody(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """Accepted, then failed: status 3, no calls, and nobody of it can ring."""
    vendor = new_vendor(submission_fails=True)
    task_id = vendor.call("send", order(numberInfoList=people(5)))
    assert vendor.detail(task_id)["status"] == SUBMITTING

    vendor.advance(1000)

    assert vendor.detail(task_id)["status"] == FAILED
    assert vendor.detail(task_id)["callNum"] == 0
    assert {call["state"] for call in vendor.calls()} == {"never"}


def test_fewer_callees_than_sent(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """Callees at the end are silently dropped; the count shows it."""
    vendor = new_vendor(drop_callees=2)
    task_id = vendor.call("send", order(numberInfoList=people(5)))
    assert vendor.code("send", order(taskName="all gone", numberInfoList=people(1))) == 0

    vendor.advance(1000)

    assert vendor.detail(task_id)["numCnt"] == vendor.detail(task_id)["callNum"] == 3
    assert [call["number"][-1] for call in vendor.calls()] == ["0", "1", "2"]
    assert vendor.listed(searchCondition="all gone")[0]["status"] == FINISHED


def test_money_that_is_used_up_in_the_middle(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """After so many calls the task is suspended: the others may be called one day, or not. A smaller task finishes."""
    vendor = new_vendor(balance_lasts=2, submitting_s=0.0)
    task_id = vendor.call("send", order(numberInfoList=people(5)))
    vendor.call("send", order(taskName="small", numberInfoList=[{"calleeNumber": "447700900099"}]))
    vendor.advance(3600)

    detail = vendor.detail(task_id)

    assert (detail["status"], detail["numCnt"], detail["callNum"]) == (5, 5, 2)
    assert [call["state"] for call in vendor.calls(task=str(task_id))] == ["ended"] * 2 + ["waiting"] * 3
    assert [record["status"] for record in vendor.listed()] == [2, 5]


def test_an_invisible_task(new_vendor: type[Vendor], order: Make) -> None:
    """Until the lag has passed, neither list nor detail nor cancel knows the task; its name is taken."""
    vendor = new_vendor(visibility_lag_s=60)
    task_id = vendor.call("send", order(sendTime="2026-11-25 09:00:00"))

    vendor.advance(59)
    assert vendor.listed() == []
    assert vendor.code("detail", path_id=task_id) == -24
    assert vendor.code("cancel", {"taskIdList": [task_id]}) == -24
    assert vendor.code("send", order()) == -20

    vendor.advance(1)
    assert [record["jobId"] for record in vendor.listed()] == [task_id]
    assert vendor.code("detail", path_id=task_id) == 0


def test_calls_cost_money(vendor: Vendor, order: Make, people: Make) -> None:
    """The balance goes down with what was talked, in text with two decimals."""
    assert vendor.call("balance") == {"balance": "1000.00", "gift": "0.00", "credit": "0.00"}
    task_id = vendor.call("send", order(numberInfoList=people(100)))

    vendor.advance(1000)

    charged_s = vendor.detail(task_id)["chargeLen"]
    assert charged_s > 0
    assert float(vendor.call("balance")["balance"]) == pytest.approx(
        1000 - 0.0236 * charged_s / 60, abs=0.006
    )


def test_the_same_seed_gives_the_same_outcomes(new_vendor: type[Vendor], order: Make, people: Make) -> None:
    """Two vendors of one seed tell the same story, whenever somebody looks."""
    one, two = new_vendor(), new_vendor()
    for vendor in (one, two):
        vendor.call("send", order(numberInfoList=people(30)))
    for _ in range(40):
        one.advance(5)
        one.listed()
    two.advance(200)

    assert one.calls() == two.calls()


@given(steps=st.lists(st.floats(0, 40), max_size=12), cancel_after=st.integers(0, 60))
def test_counts_never_contradict_each_other(
    *, new_vendor: type[Vendor], order: Make, people: Make, steps: list[float], cancel_after: int
) -> None:
    """At every moment ended <= called <= all, nothing goes down, and the counts are those of the calls."""
    vendor = new_vendor(calls_per_second=1.0)
    task_id = vendor.call("send", order(numberInfoList=people(40)))
    before = 0
    elapsed = 0.0
    for step in steps:
        vendor.advance(step)
        elapsed += step
        if elapsed > cancel_after:
            vendor.code("cancel", {"taskIdList": [task_id]})

        record = vendor.detail(task_id)
        states = [call["state"] for call in vendor.calls()]

        ended = record["success"] + record["fail"]
        assert ended == states.count("ended")
        assert record["callNum"] == ended + states.count("in_progress")
        assert before <= record["callNum"] <= record["numCnt"]
        before = record["callNum"]
