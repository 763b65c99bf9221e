"""The adapter as a whole: the port, its account, its capacity, cancelling."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from runner.errors import InvalidError, UnavailableError
from runner.laaffic.adapter import Laaffic
from runner.laaffic.capacity import CAPACITY
from runner.model.round import RoundStatus, SeenRound
from runner.model.task import TaskStatus
from tests.unit.laaffic.conftest import KEY, SECRET, FakeClock, Routes, code, golden, page, vendor_with

if TYPE_CHECKING:
    from runner.ports import Vendor


def vendor_at(url: str) -> Laaffic:
    """Return the adapter for an address, without a network."""
    return vendor_with(lambda _: httpx.Response(500), FakeClock(), url=url)


def test_it_is_a_vendor(clock: FakeClock) -> None:
    """The port's Protocol is satisfied, which mypy checks here."""
    vendor: Vendor = vendor_with(lambda _: httpx.Response(500), clock)

    assert vendor.capacity is CAPACITY


def test_capacity_is_the_vendors() -> None:
    """Ten variables of thirty characters in texts of a thousand; `${text10}` is a character longer than the rest."""
    assert (CAPACITY.slots, CAPACITY.slot_units, CAPACITY.text_units) == (10, 30, 1000)
    assert (CAPACITY.opening, CAPACITY.escape) == ("${", "$")
    assert CAPACITY.placeholder_units == (8, 8, 8, 8, 8, 8, 8, 8, 8, 9)


def test_capacity_costs_no_library_of_http() -> None:
    """Planning needs it, and must start at once."""
    script = (
        "import sys, runner.laaffic.capacity; sys.exit('httpx' in sys.modules or 'polars' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_nothing_shows_the_account() -> None:
    """A printed adapter holds the host and no more."""
    assert repr(vendor_at("https://api.example.test/v3")) == "Laaffic(host='api.example.test')"


def test_the_account_is_the_host_and_the_key() -> None:
    """Port and path do not count."""
    assert (
        vendor_at("https://api.example.test:8443/v3").account == vendor_at("https://API.example.test").account
    )
    assert vendor_at("https://api.example.test").account == "3151f1f732aeca6e"


def test_a_signing_time_has_whole_seconds(clock: FakeClock) -> None:
    """As they are written into the request."""
    clock.moment = datetime(2026, 11, 24, 9, 0, 0, 999_999, tzinfo=UTC)

    vendor = vendor_with(lambda _: httpx.Response(500), clock)

    assert vendor.signing_time() == datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.test",
        "http://127.0.0.1.example.test",
        "http://10.0.0.1",
        "http://localhost.example.test",
        "ftp://api.example.test",
        "https://key:secret@api.example.test",
        "https://api.example.test/?a=b",
        "https://api.example.test/#a",
        "https://",
        "api.example.test",
        "",
        "https://[::1",
        "https://a b",
        "https://a\nb",
        "https://a\\b",
        "https://a:x",
        "https://a:0",
        "https://a:99999",
        "https://a@b",
        "https://a?",
        "https://a%2fb",
        "https://b\u00fccher.example.test",
        "https:///voice",
    ],
)
def test_addresses_that_will_not_do(url: str) -> None:
    """Only https, loopback excepted, and nothing but scheme, host and path; the address is not in the message."""
    with pytest.raises(InvalidError, match="RUNNER_API_URL") as caught:
        Laaffic(url, KEY, SECRET, zone=None, clock=FakeClock())

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8089",
        "http://localhost:8089/v3",
        "http://[::1]:8089",
        "https://api.example.test/v3/",
    ],
)
def test_addresses_that_will_do(url: str) -> None:
    """Https anywhere, http on this machine."""
    Laaffic(url, KEY, SECRET, zone=None, clock=FakeClock())


def test_cancelling_asks_for_one_task(clock: FakeClock) -> None:
    """As the page says, one number a request."""
    routes = Routes(cancel=lambda _: httpx.Response(200, json=golden("cancel")["answer"]))

    vendor_with(routes, clock).cancel(123)

    assert routes.asked == [("/v3" + golden("cancel")["path"], {"taskIdList": [123]})]
    assert set(routes.asked[0][1]) == set(golden("cancel")["request"])


@pytest.mark.parametrize("refusal", [-20, -21, -22, -23, -24, -37, -54])
def test_a_refused_cancel_is_no_error(clock: FakeClock, refusal: int) -> None:
    """It may be cancelled already; only the list tells."""
    routes = Routes(cancel=lambda _: code(refusal))

    vendor_with(routes, clock).cancel(123)

    assert len(routes.asked) == 1


def test_a_cancel_is_repeated_until_it_is_answered(clock: FakeClock) -> None:
    """Cancelling twice cancels once."""
    answers = [httpx.ReadTimeout("secret"), httpx.Response(502), code(-18)]
    routes = Routes(cancel=lambda _: answers.pop() if answers else code(0))

    vendor_with(routes, clock).cancel(123)

    assert len(routes.asked) == 4


def test_a_cancel_that_is_never_answered_is_unavailable(clock: FakeClock) -> None:
    """Whether it was cancelled is then not known."""
    with pytest.raises(UnavailableError, match="a cancel"):
        vendor_with(Routes(cancel=lambda _: httpx.ReadTimeout("secret")), clock).cancel(123)


def flow(status: object, parent: int = 123) -> dict[str, Any]:
    """Return a recall flow of the vendor's list."""
    return {"keyId": 7, "taskId": parent, "taskName": "name", "status": status}


@pytest.mark.parametrize("answer", golden("recall_cancel")["answers"], ids=["status", "code"])
def test_cancelling_a_recall_flow_goes_by_its_task(clock: FakeClock, answer: dict[str, Any]) -> None:
    """Type 2, the number of the task; then it is looked at, because nothing else shows it."""
    routes = Routes(
        cancel=lambda _: httpx.Response(200, json=answer), queryPage=lambda fields: page([flow(3)], fields)
    )

    vendor_with(routes, clock).cancel_recall(123)

    (path, fields), (_, looked) = routes.asked
    assert (path, fields) == ("/v3" + golden("recall_cancel")["path"], {"type": 2, "id": 123})
    assert set(fields) == set(golden("recall_cancel")["request"])
    assert looked["params"]["taskName"] == "123"


@pytest.mark.parametrize(
    "flows",
    [[], [flow(2)], [flow("4")], [flow(0, parent=1234)]],
    ids=["none", "done", "exception", "of another"],
)
@pytest.mark.parametrize("answer", [0, -22])
def test_a_recall_flow_that_is_over_is_cancelled(
    clock: FakeClock, flows: list[dict[str, Any]], answer: int
) -> None:
    """Refused or not: what counts is that no live one is listed for this very task."""
    routes = Routes(cancel=lambda _: code(answer), queryPage=lambda fields: page(flows, fields))

    vendor_with(routes, clock).cancel_recall(123)


@pytest.mark.parametrize("status", [0, 1, None, 9])
def test_a_recall_flow_that_lives_on_is_said(clock: FakeClock, status: object) -> None:
    """Pending, running, or in a state that we do not know: it may still make phones ring."""
    routes = Routes(cancel=lambda _: code(0), queryPage=lambda fields: page([flow(status)], fields))

    with pytest.raises(UnavailableError, match="still listed"):
        vendor_with(routes, clock).cancel_recall(123)


def test_a_cancelled_recall_flow_may_show_late(clock: FakeClock) -> None:
    """The list is looked at again for some seconds."""
    states = [3, 0, 0]
    routes = Routes(cancel=lambda _: code(0), queryPage=lambda fields: page([flow(states.pop())], fields))

    vendor_with(routes, clock).cancel_recall(123)

    assert clock.slept == [1.0, 2.0]


def test_a_task_is_described_by_its_number(clock: FakeClock) -> None:
    """A GET, signed like the rest; a `code` inside the data is the country's."""
    data = {
        "jobId": 5000602,
        "taskName": "name",
        "status": "2",
        "numCnt": 3,
        "success": 1,
        "fail": 2,
        "code": "91",
    }

    def handle(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("GET", "/v3/voice/group/call/detail/5000602")
        assert "Sign" in request.headers
        return httpx.Response(200, json={"code": 0, "msg": "success", "data": data})

    task = vendor_with(handle, clock).detail(5000602)

    assert task is not None
    assert (task.job_id, task.status, task.people, task.called) == (5000602, TaskStatus.FINISHED, 3, 3)


def test_a_task_that_does_not_exist_has_no_description(clock: FakeClock) -> None:
    """Code -24 is an answer; a success without data is none."""
    assert vendor_with(lambda _: code(-24), clock).detail(1) is None
    with pytest.raises(UnavailableError, match="a task"):
        vendor_with(lambda _: code(0), clock).detail(1)


def test_recall_rounds_are_described_by_flow_and_task(clock: FakeClock) -> None:
    """The flow's nodes in their order, and how many people each has from the detail of its own task."""
    detail = golden("recall_query")["detail_answer"]["data"] | {"recallNum": 3, "status": 1}
    nodes = [*detail["nodeList"], {"keyId": 1428, "taskId": None, "nodeStatus": 0}, {"nodeStatus": 9}]
    routes = Routes(
        queryPage=lambda fields: page([flow(1), flow(1, parent=1234)], fields),
        queryDetail=lambda _: {**detail, "nodeList": nodes},
        **{
            "5009612": lambda _: {"jobId": 5009612, "taskName": "n", "status": 2, "numCnt": 40, "callNum": 39}
        },
    )

    found = vendor_with(routes, clock).rounds(123)

    assert found == (
        SeenRound(number=1, of=3, status=RoundStatus.DONE, job_id=5009612, people=40, called=39),
        SeenRound(number=2, of=3, status=RoundStatus.PENDING, job_id=None, people=None, called=None),
        SeenRound(number=3, of=3, status=RoundStatus.OTHER, job_id=None, people=None, called=None),
    )


@pytest.mark.parametrize(("status", "expected"), [(3, RoundStatus.CANCELLED), (4, RoundStatus.FAILED)])
def test_rounds_of_a_flow_that_ended_do_not_begin(
    clock: FakeClock, status: int, expected: RoundStatus
) -> None:
    """What is pending in a flow that was cancelled, or failed, is as its flow is."""
    data = {"recallNum": 1, "status": status, "nodeList": [{"keyId": 1, "nodeStatus": 0}]}
    routes = Routes(
        queryPage=lambda fields: page([flow(status)], fields),
        queryDetail=lambda _: data,
    )

    (found,) = vendor_with(routes, clock).rounds(123)

    assert found.status is expected


def test_a_task_without_a_recall_flow_has_no_rounds(clock: FakeClock) -> None:
    """Nothing is listed for it, and nothing more is asked."""
    assert vendor_with(Routes(queryPage=lambda fields: page([], fields)), clock).rounds(123) == ()


@pytest.mark.parametrize(
    ("states", "asked"),
    [
        ([[0, 0], [3, 3]], [{"type": 2, "id": 123}]),
        ([[2, 0], [2, 3]], [{"type": 3, "id": 41}]),
        ([[1, 0], [1, 0], [1, 3]], [{"type": 3, "id": 41}] * 2),
        ([[2, 2]], []),
        ([[1, 3]], []),
    ],
    ids=["whole flow", "from the second on", "shows late", "done", "cancelled"],
)
def test_rounds_that_have_not_begun_are_cancelled(
    clock: FakeClock, states: list[list[int]], asked: list[dict[str, int]]
) -> None:
    """The whole flow by its task, or from the first round on that has not begun, by that one's number."""
    left = states[::-1]

    def detail(_: object) -> dict[str, Any]:
        nodes = [{"keyId": 40 + at, "nodeStatus": state} for at, state in enumerate(left.pop())]
        return {"recallNum": len(nodes), "status": 1, "nodeList": nodes}

    routes = Routes(
        queryPage=lambda fields: page([flow(1)], fields), queryDetail=detail, cancel=lambda _: code(0)
    )

    vendor_with(routes, clock).cancel_rounds(123)

    assert [fields for path, fields in routes.asked if path.endswith("/cancel")] == asked
    assert left == []
