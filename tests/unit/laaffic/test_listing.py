"""The vendor's list of tasks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import UnavailableError
from runner.model.task import SeenTask, TaskStatus
from tests.unit.laaffic.conftest import NOW, FakeClock, Routes, code, golden, page, vendor_with

PREFIX = "overdue.2026-11."


def record(number: int, name: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a record of the vendor's list."""
    fields = {
        "jobId": number,
        "taskName": name or f"{PREFIX}{number:014}",
        "status": 0,
        "rate": "0",
        "numCnt": 10,
        "callNum": 0,
        "success": 0,
        "fail": 0,
        "createdTime": "2026-11-24 17:00:00",
    }
    return {name: value for name, value in (fields | changes).items() if value is not ...}


def searching(records: list[dict[str, Any]]) -> Any:
    """Return a list that searches as the page says: by a part of the name."""

    def query(fields: dict[str, Any]) -> Any:
        condition = fields["params"].get("searchCondition", "")
        return page([each for each in records if condition in (each.get("taskName") or "")], fields)

    return query


def list_of(routes: Routes, clock: FakeClock, **options: Any) -> Any:
    """Return the listing of our prefix."""
    return vendor_with(routes, clock, **options).tasks(
        prefix=PREFIX, since=NOW - timedelta(days=62), until=NOW
    )


def test_tasks_are_listed_by_their_prefix(clock: FakeClock) -> None:
    """Ours and nobody else's, from one search, in the vendor's order."""
    routes = Routes(
        query=searching([record(2), record(1), record(3, "another.2026-11.x"), record(4, "x" + PREFIX)])
    )

    listing = list_of(routes, clock)

    assert listing.complete
    assert listing.tasks == (
        SeenTask(job_id=2, name=f"{PREFIX}00000000000002", status=TaskStatus.WAITING, people=10, called=0),
        SeenTask(job_id=1, name=f"{PREFIX}00000000000001", status=TaskStatus.WAITING, people=10, called=0),
    )
    assert len(routes.asked) == 1


def test_the_request_is_the_pages(clock: FakeClock) -> None:
    """The fields of the vendor's query page, the times in its zone with 36 hours on either side."""
    routes = Routes(query=searching([record(1)]))

    list_of(routes, clock, zone=ZoneInfo("Asia/Shanghai"))

    ((path, fields),) = routes.asked
    assert path == "/v3" + golden("query")["path"]
    assert fields == {
        "current": 1,
        "size": 100,
        "params": {
            "strTime": "2026-09-22 05:00:00",
            "endTime": "2026-11-26 05:00:00",
            "statusList": [],
            "searchCondition": PREFIX,
        },
    }
    page_ = golden("query")["request"]
    assert set(fields) == set(page_)
    assert set(fields["params"]) - set(page_["params"]) == {"searchCondition"}


@pytest.mark.parametrize("status", ["0", 0], ids=["text", "number"])
def test_the_pages_own_answer_is_listed(clock: FakeClock, status: object) -> None:
    """The vendor's sample record, under its own name."""
    routes = Routes(query=lambda _: httpx.Response(200, json=golden("query")["answer"] | {"code": status}))

    listing = vendor_with(routes, clock).tasks(prefix="2024-06-04 ", since=NOW, until=NOW)

    assert listing.complete
    assert [(task.job_id, task.people) for task in listing.tasks] == [(5000602, 1)]


def test_the_newer_name_of_the_number_is_read(clock: FakeClock) -> None:
    """`taskId` instead of `jobId`, as text."""
    routes = Routes(query=searching([record(1, jobId=..., taskId="77")]))

    assert [task.job_id for task in list_of(routes, clock).tasks] == [77]


def test_all_pages_are_read(clock: FakeClock) -> None:
    """250 tasks are three pages."""
    routes = Routes(query=searching([record(number) for number in range(1, 251)]))

    listing = list_of(routes, clock)

    assert (len(listing.tasks), listing.complete) == (250, True)
    assert [fields["current"] for _, fields in routes.asked] == [1, 2, 3]


def test_smaller_pages_than_asked_for_are_read_to_the_end(clock: FakeClock) -> None:
    """The vendor's samples answer with another size than was asked for."""
    records = [record(number) for number in range(1, 26)]
    routes = Routes(query=lambda fields: page(records, fields | {"size": 10}))

    listing = list_of(routes, clock)

    assert (len(listing.tasks), listing.complete) == (25, True)


def test_a_search_that_finds_nothing_is_followed_by_a_pass_without_it(clock: FakeClock) -> None:
    """A search by words may never find a name with points and hyphens."""
    records = [record(1), record(2, "another")]
    routes = Routes(
        query=lambda fields: page([] if "searchCondition" in fields["params"] else records, fields)
    )

    listing = list_of(routes, clock)

    assert [task.job_id for task in listing.tasks] == [1]
    assert listing.complete


def test_a_search_that_finds_others_only_is_followed_by_a_pass_without_it(clock: FakeClock) -> None:
    """A fuzzy search that finds what is alike has not shown that ours is not there."""
    alike, ours = record(2, "overdue.2026-12.x"), record(1)
    routes = Routes(
        query=lambda fields: page([alike] if "searchCondition" in fields["params"] else [alike, ours], fields)
    )

    assert [task.job_id for task in list_of(routes, clock).tasks] == [1]


def test_no_task_at_all_is_a_complete_answer(clock: FakeClock) -> None:
    """Two looks, with and without the search, that both find nothing."""
    routes = Routes(query=searching([]))

    listing = list_of(routes, clock)

    assert (listing.tasks, listing.complete) == ((), True)
    assert len(routes.asked) == 2


def test_a_list_that_grows_while_it_is_read_is_read_again(clock: FakeClock) -> None:
    """The pass in which the total changed does not count."""
    records = [record(number) for number in range(1, 151)]

    def query(fields: dict[str, Any]) -> Any:
        answer = page(records, fields)
        if len(routes.asked) == 1:
            records.insert(0, record(999))
        return answer

    routes = Routes(query=query)

    listing = list_of(routes, clock)

    assert (len(listing.tasks), listing.complete) == (151, True)


def test_a_list_that_never_holds_still_is_not_complete(clock: FakeClock) -> None:
    """After three passes it is said that absence cannot be concluded."""
    records = [record(number) for number in range(1, 151)]

    def query(fields: dict[str, Any]) -> Any:
        answer = page(records, fields)
        records.insert(0, record(1000 + len(routes.asked)))
        return answer

    routes = Routes(query=query)

    assert not list_of(routes, clock).complete


def test_a_task_that_moves_from_page_to_page_makes_it_incomplete(clock: FakeClock) -> None:
    """Same total, but one task was seen twice, so another was not seen at all."""
    records = [record(number) for number in range(1, 151)]

    def query(fields: dict[str, Any]) -> Any:
        answer = page(records, fields)
        records.insert(0, records.pop())
        return answer

    assert not list_of(Routes(query=query), clock).complete


@pytest.mark.parametrize("total", [0, 1, 3, 1000])
def test_a_total_that_is_not_met_makes_it_incomplete(clock: FakeClock, total: int) -> None:
    """Two records and another total."""
    routes = Routes(
        query=lambda fields: (
            page([record(1), record(2)], fields) | {"total": total}
            if fields["current"] == 1
            else {"total": total, "records": []}
        )
    )

    listing = list_of(routes, clock)

    assert (len(listing.tasks), listing.complete) == (2, False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    count=st.integers(1, 12),
    size=st.integers(1, 5),
    shifts=st.dictionaries(st.integers(0, 11), st.sampled_from(["insert", "remove", "rotate"]), max_size=3),
)
def test_a_complete_listing_misses_nobody_who_was_there_throughout(
    count: int, size: int, shifts: dict[int, str]
) -> None:
    """Whatever moves between pages: what is called complete holds every task that was in the list from start to end."""
    records = [record(number) for number in range(1, count + 1)]
    always = {each["jobId"] for each in records}

    def query(fields: dict[str, Any]) -> Any:
        answer = page(records, fields | {"size": size})
        shift = shifts.get(len(routes.asked) - 1)
        if shift == "insert":
            records.insert(0, record(100 + len(routes.asked)))
        elif shift == "remove" and records:
            always.discard(records.pop(0)["jobId"])
        elif shift == "rotate" and records:
            records.insert(0, records.pop())
        return answer

    routes = Routes(query=query)
    listing = list_of(routes, FakeClock())

    if listing.complete:
        assert always <= {task.job_id for task in listing.tasks}


def test_counts_that_are_missing_are_not_taken_for_nobody(clock: FakeClock) -> None:
    """That nobody was called makes people callable again, so it must be said."""
    routes = Routes(
        query=searching([record(1, callNum=None, success=..., fail=...), record(2, numCnt=None, callNum=...)])
    )

    listing = list_of(routes, clock)

    assert [(task.people, task.called) for task in listing.tasks] == [(10, 10), (0, 0)]


@pytest.mark.parametrize("number", [None, "x", 0, True])
def test_a_task_of_ours_without_a_number_stops_everything(clock: FakeClock, number: object) -> None:
    """It can neither be settled nor set aside."""
    routes = Routes(query=searching([record(1, jobId=number)]))

    with pytest.raises(UnavailableError, match="without its number"):
        list_of(routes, clock)


def test_a_strange_task_of_others_only_makes_it_incomplete(clock: FakeClock) -> None:
    """A record without a number cannot be told from another."""
    strange = {"taskName": None, "status": "?"}
    routes = Routes(query=lambda fields: page([strange, record(1)], fields))

    listing = list_of(routes, clock)

    assert ([task.job_id for task in listing.tasks], listing.complete) == ([1], False)


@pytest.mark.parametrize(
    "answer",
    [code(-22), code(0), httpx.Response(200, json={"code": 0, "data": {"total": 1, "records": 5}})],
    ids=["refused", "no data", "no records"],
)
def test_what_is_no_list_is_unavailable(clock: FakeClock, answer: httpx.Response) -> None:
    """Refused or without records: never an empty list."""
    with pytest.raises(UnavailableError, match="its list of tasks"):
        list_of(Routes(query=lambda _: answer), clock)


def test_an_outage_in_the_middle_is_unavailable(clock: FakeClock) -> None:
    """Half a list is none."""
    records = [record(number) for number in range(1, 151)]
    routes = Routes(
        query=lambda fields: page(records, fields) if fields["current"] == 1 else httpx.ReadTimeout("secret")
    )

    with pytest.raises(UnavailableError, match="no answer in time"):
        list_of(routes, clock)


def test_recall_rounds_with_their_parents_name_are_marked(clock: FakeClock) -> None:
    """Asked only where a name occurs twice: the recall detail names the tasks that a flow made."""
    name = f"{PREFIX}aaaaaaaaaaaaaa"
    flow = {"keyId": 12, "taskId": 1, "taskName": name, "status": 1}
    routes = Routes(
        query=searching([record(1, name), record(5009612, name), record(3)]),
        queryPage=lambda fields: page([flow], fields),
        queryDetail=lambda _: httpx.Response(200, json=golden("recall_query")["detail_answer"]),
    )

    listing = list_of(routes, clock)

    assert [(task.job_id, task.is_recall) for task in listing.tasks] == [
        (1, False),
        (5009612, True),
        (3, False),
    ]
    asked = dict(routes.asked)
    assert asked["/v3" + golden("recall_query")["detail_path"]] == golden("recall_query")["detail_request"]
    assert set(asked["/v3" + golden("recall_query")["page_path"]]["params"]) == {
        "strTime",
        "endTime",
        "taskName",
    }


def test_two_tasks_of_one_name_without_a_flow_are_two_tasks(clock: FakeClock) -> None:
    """The account took a name twice: neither is set aside."""
    name = f"{PREFIX}aaaaaaaaaaaaaa"
    other = {"keyId": 12, "taskId": 999, "taskName": name, "status": 1}
    routes = Routes(
        query=searching([record(1, name), record(2, name)]), queryPage=lambda fields: page([other], fields)
    )

    assert [task.is_recall for task in list_of(routes, clock).tasks] == [False, False]


def test_the_servers_time_comes_with_the_list(clock: FakeClock) -> None:
    """By the `Date` of the last page."""
    answer = httpx.Response(
        200,
        json={"code": 0, "data": page([record(1)], {"current": 1, "size": 100})},
        headers={"Date": "Tue, 24 Nov 2026 09:00:07 GMT"},
    )

    assert list_of(Routes(query=lambda _: answer), clock).server_time == datetime(
        2026, 11, 24, 9, 0, 7, tzinfo=UTC
    )
