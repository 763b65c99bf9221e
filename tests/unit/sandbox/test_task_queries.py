"""The list of tasks and the detail of one."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import Make, Vendor

ALL_TIMES = {"strTime": "2020-01-01 00:00:00", "endTime": "2040-01-01 00:00:00"}


def test_a_record_has_the_vendors_fields(vendor: Vendor, order: Make) -> None:
    """One record of the list, field by field."""
    vendor.call("send", order(sendTime="2026-11-25 09:00:00"))

    assert vendor.listed() == [
        {
            "jobId": 5000602,
            "taskName": "reminder.2026-11.1",
            "status": 6,
            "rate": "0",
            "numCnt": 1,
            "callNum": 0,
            "success": 0,
            "fail": 0,
            "createdTime": "2026-11-24 10:00:00",
            "scriptId": None,
            "taskType": 1,
        }
    ]


def test_the_name_of_the_id_is_a_switch(new_vendor: type[Vendor], order: Make) -> None:
    """Newer pages call it taskId."""
    vendor = new_vendor(id_field="taskId")
    task_id = vendor.call("send", order())

    assert vendor.listed()[0]["taskId"] == task_id
    assert "jobId" not in vendor.listed()[0]


def test_the_detail_has_the_vendors_fields(vendor: Vendor, order: Make) -> None:
    """The detail shows what was asked for, the counts and the times."""
    task_id = vendor.call("send", order(displayNum="1008122211", sendTime="2026-11-25 09:00:00"))

    detail = vendor.detail(task_id)

    expected = {
        "jobId": task_id,
        "appId": "cER2Ev2w",
        "displayNum": "1008122211",
        "source": 3,
        "text": "Your payment is due.",
        "lan": "EN",
        "maxCalls": 40,
        "loopCount": 1,
        "numCnt": 1,
        "sendTime": "2026-11-25 09:00:00",
        "createdTime": "2026-11-24 10:00:00",
        "finishTime": None,
        "code": None,
    }
    assert {name: detail[name] for name in expected} == expected


@pytest.mark.parametrize(("path_id", "code"), [("9", -24), ("x", -22), ("-1", -22), ("9" * 20, -22)])
def test_the_detail_of_an_unknown_task(vendor: Vendor, path_id: str, code: int) -> None:
    """An unknown id is -24, one that is no number -22."""
    assert vendor.code("detail", path_id=path_id) == code


def test_the_newest_come_first_by_pages(vendor: Vendor, order: Make) -> None:
    """Pages shift when a task is added."""
    ids = [vendor.call("send", order(taskName=f"task {at}")) for at in range(3)]
    body = {"current": 1, "size": 2, "params": ALL_TIMES}

    found = vendor.call("query", body)
    assert [record["jobId"] for record in found["records"]] == [ids[2], ids[1]]
    assert (found["total"], found["pages"], found["current"], found["size"]) == (3, 2, 1, 2)

    vendor.call("send", order(taskName="task 3"))
    second = vendor.call("query", {**body, "current": 2})
    assert [record["jobId"] for record in second["records"]] == [ids[1], ids[0]]


def test_a_range_of_time_is_on_the_servers_clock(vendor: Vendor, order: Make) -> None:
    """Creation is stamped and filtered by the server's clock, however far virtual time has run ahead."""
    vendor.advance(90 * 86400)
    vendor.call("send", order())

    assert len(vendor.listed(strTime="2026-11-24 10:00:00", endTime="2026-11-24 10:00:00")) == 1
    assert vendor.listed(strTime="2026-11-24 10:00:01") == []
    assert vendor.listed(endTime="2026-11-24 09:59:59") == []


def test_tasks_are_found_by_state_and_by_words(vendor: Vendor, order: Make) -> None:
    """Filters: states, and part of the name, the text or the file's name in any case."""
    vendor.call("send", order(taskName="Overdue.1", sendTime="2026-11-25 09:00:00"))
    vendor.call("send", order(taskName="other.1", text="Hello, overdue customer"))
    vendor.call("send", order(taskName="third.1"))
    vendor.advance(500)

    def names(**params: object) -> list[str]:
        return [record["taskName"] for record in vendor.listed(**params)]

    assert names(searchCondition="OVERDUE") == ["other.1", "Overdue.1"]
    assert names(statusList=[0]) == ["Overdue.1"]
    assert names(statusList=[2, 0]) == ["third.1", "other.1", "Overdue.1"]
    assert names(searchCondition="_") == []
    assert names(taskType=3) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, -22),
        ({"params": {}}, -22),
        ({"params": {"strTime": "2026-01-01 00:00:00"}}, -22),
        ({"params": {"strTime": "2026-01-01", "endTime": "2026-01-02"}}, -21),
        ({"params": {"strTime": "2026-01-02 00:00:00", "endTime": "2026-01-01 00:00:00"}}, -21),
        ({"params": {**ALL_TIMES, "statusList": ["0"]}}, -22),
        ({"params": {**ALL_TIMES, "statusList": [7]}}, -22),
        ({"params": {**ALL_TIMES, "statusList": 0}}, -22),
        ({"size": 101, "params": ALL_TIMES}, -21),
        ({"current": None, "params": ALL_TIMES}, -22),
    ],
)
def test_a_query_must_make_sense(vendor: Vendor, body: Any, code: int) -> None:
    """Both ends of the range are required; states are numbers."""
    assert vendor.code("query", body) == code
