"""Recall flows: rounds as tasks of their own, which a cancelled task leaves alone."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import Json, Make, Vendor

ALL_TIMES = {"strTime": "2020-01-01 00:00:00", "endTime": "2040-01-01 00:00:00"}
PENDING, RUNNING, DONE, CANCELLED, EXCEPTION = range(5)


@pytest.fixture
def flow() -> Json:
    """Two rounds, half an hour apart, for those who were not reached."""
    return {"recallInterval": 30, "recallNum": 2, "recallType": 1}


@pytest.fixture
def recalled(vendor: Vendor, order: Make, people: Make, flow: Json) -> Any:
    """A task of fifty people with that flow, on its way."""
    return vendor.call("send", order(recallFlow=flow, numberInfoList=people(50)))


def flows(vendor: Vendor, **params: object) -> Any:
    """Return the list of recall flows."""
    return vendor.call("recall_query", {"params": {**ALL_TIMES, **params}})["records"]


def detail(vendor: Vendor) -> Any:
    """Return the detail of the only flow."""
    return vendor.call("recall_detail", {"keyId": flows(vendor)[0]["keyId"]})


def rounds(vendor: Vendor) -> Any:
    """Return the tasks that are recall rounds, oldest first, as the list shows them."""
    parents = {call["task_id"] for call in vendor.calls() if call["round"] == 0}
    return [record for record in reversed(vendor.listed()) if record["jobId"] not in parents]


def test_a_flow_is_listed(vendor: Vendor, recalled: int) -> None:
    """The list shows parent, plan and state."""
    assert flows(vendor) == [
        {
            "keyId": 5000603,
            "taskId": recalled,
            "taskName": "reminder.2026-11.1",
            "createTime": "2026-11-24 10:00:00",
            "recallType": 1,
            "recallInterval": 30,
            "recallNum": 2,
            "finishNum": 0,
            "status": PENDING,
        }
    ]
    assert flows(vendor, taskName="REMINDER") == flows(vendor, taskName=str(recalled)) == flows(vendor)
    assert flows(vendor, taskName="other") == []
    assert flows(vendor, strTime="2026-11-25 00:00:00") == []


def test_each_round_calls_who_was_not_reached_in_the_one_before(vendor: Vendor, recalled: int) -> None:
    """Rounds are tasks with ids of their own under the parent's name, one interval after the other."""
    vendor.advance(1000)
    failed = vendor.detail(recalled)["fail"]
    assert rounds(vendor) == []

    vendor.advance(1800)
    [first] = rounds(vendor)
    assert (first["taskName"], first["numCnt"]) == ("reminder.2026-11.1", failed)
    node = detail(vendor)["nodeList"][0]
    assert node["taskId"] == first["jobId"] != recalled

    vendor.advance(86400)
    first, second = rounds(vendor)
    assert second["numCnt"] == first["fail"]
    assert detail(vendor)["status"] == DONE
    assert [node["nodeStatus"] for node in detail(vendor)["nodeList"]] == [DONE, DONE]
    assert flows(vendor)[0]["finishNum"] == 2


def test_a_round_for_all(vendor: Vendor, order: Make, people: Make, flow: Json) -> None:
    """With type 0 every round calls everybody."""
    vendor.call("send", order(recallFlow={**flow, "recallType": 0}, numberInfoList=people(50)))

    vendor.advance(86400)

    assert [record["numCnt"] for record in rounds(vendor)] == [50, 50]


def test_rounds_may_say_something_else(
    *, vendor: Vendor, order: Make, people: Make, flow: Json, sms: Json
) -> None:
    """A round with its own texts uses them; the next one repeats the task."""
    own = {
        "source": 3,
        "text": "Second try, ${text1}",
        "lan": "EN",
        "hangUpSms": 1,
        "smsContent": "Bye ${text1}",
        "ringPush": 1,
    }
    body = order(
        **sms, recallFlow={**flow, "recallType": 0, "nodeList": [own]}, numberInfoList=people(1, text1="Ann")
    )
    vendor.call("send", body)

    vendor.advance(86400)

    heard = [(call["heard"]["text"], call["read"]["text"]) for call in vendor.calls()]
    assert heard == [
        ("Your payment is due.", "Please settle via Ann."),
        ("Second try, Ann", "Bye Ann"),
        ("Your payment is due.", "Please settle via Ann."),
    ]
    assert [call["round"] for call in vendor.calls()] == [0, 1, 2]


def test_a_cancelled_task_is_recalled_all_the_same(vendor: Vendor, recalled: int) -> None:
    """Cancelling the task leaves its flow alone: everybody not reached is called half an hour later."""
    vendor.advance(1)
    vendor.call("cancel", {"taskIdList": [recalled]})

    vendor.advance(1799)
    assert rounds(vendor) == []
    vendor.advance(201)

    [first] = rounds(vendor)
    assert first["numCnt"] >= 49


def test_a_flow_is_cancelled_by_itself(vendor: Vendor, recalled: int) -> None:
    """By its own id, or by its parent's: no round starts any more."""
    vendor.call("recall_cancel", {"type": 2, "id": recalled})

    vendor.advance(86400)

    assert rounds(vendor) == []
    assert detail(vendor)["status"] == CANCELLED
    assert [node["nodeStatus"] for node in detail(vendor)["nodeList"]] == [CANCELLED, CANCELLED]
    assert vendor.code("recall_cancel", {"type": 1, "id": flows(vendor)[0]["keyId"]}) == -22


def test_a_running_flow_is_cancelled_by_round_only(vendor: Vendor, recalled: int) -> None:
    """Once a round runs, the whole flow is -22; a pending round goes, with all later ones."""
    vendor.advance(3000)
    nodes = [node["keyId"] for node in detail(vendor)["nodeList"]]

    assert vendor.code("recall_cancel", {"type": 1, "id": flows(vendor)[0]["keyId"]}) == -22
    assert vendor.code("recall_cancel", {"type": 3, "id": nodes[0]}) == -22
    assert vendor.code("recall_cancel", {"type": 3, "id": nodes[1]}) == 0
    vendor.advance(86400)
    assert len(rounds(vendor)) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": 1}, -22),
        ({"id": 5000603}, -22),
        ({"type": 4, "id": 5000603}, -21),
        ({"type": 1, "id": 5000602}, -22),
        ({"type": 2, "id": 5000603}, -22),
        ({"type": 2, "id": 5000602}, 0),
    ],
)
def test_a_flow_is_cancelled_by_the_right_id(vendor: Vendor, recalled: int, body: Any, code: int) -> None:
    """The kind of id must be the kind that is said."""
    assert vendor.code("recall_cancel", body) == code


def test_a_pending_flow_can_be_changed(vendor: Vendor, recalled: int, flow: Json) -> None:
    """Plan and rounds are replaced while nothing of it has run, and not later."""
    key_id = flows(vendor)[0]["keyId"]

    vendor.call("recall_update", {**flow, "keyId": key_id, "recallNum": 1, "recallInterval": 60})

    assert flows(vendor)[0]["recallNum"] == 1
    vendor.advance(86400)
    assert len(rounds(vendor)) == 1
    assert vendor.code("recall_update", {**flow, "keyId": key_id}) == -22
    assert vendor.code("recall_update", {**flow, "keyId": 1}) == -22


def test_a_flow_of_a_failed_submission(new_vendor: type[Vendor], order: Make, flow: Json) -> None:
    """Nothing is recalled, and the flow is in the state of an exception."""
    vendor = new_vendor(submission_fails=True)
    vendor.call("send", order(recallFlow=flow))

    vendor.advance(86400)

    assert flows(vendor)[0]["status"] == EXCEPTION
    assert len(vendor.listed()) == 1


def test_rounds_outside_the_windows(
    *, vendor: Vendor, new_vendor: type[Vendor], order: Make, people: Make, flow: Json
) -> None:
    """By default rounds ignore the windows, the pessimistic reading; by a switch they keep them."""
    obedient = new_vendor(recall_obeys_windows=True)
    windows = [{"strTime": "09:00", "endTime": "10:15"}]
    for seller in (vendor, obedient):
        seller.call("send", order(allowSendTime=windows, recallFlow=flow, numberInfoList=people(50)))
        seller.advance(3600)

    assert vendor.engine.summary()["calls_made"] > 50
    assert obedient.engine.summary()["calls_made"] == 50


def test_rounds_can_be_left_out_of_the_list(
    new_vendor: type[Vendor], order: Make, people: Make, flow: Json
) -> None:
    """By a switch the task list shows no recall rounds; their ids are in the flow's detail."""
    vendor = new_vendor(recall_children_listed=False)
    vendor.call("send", order(recallFlow=flow, numberInfoList=people(50)))

    vendor.advance(86400)

    assert len(vendor.listed()) == 1
    child = detail(vendor)["nodeList"][0]["taskId"]
    assert vendor.detail(child)["taskName"] == "reminder.2026-11.1"
