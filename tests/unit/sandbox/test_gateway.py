"""HTTP without sockets: envelopes, authentication, bodies, faults."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from runner.sandbox.auth import sign
from runner.sandbox.gateway import Answer, Delivery, Request, answer
from tests.unit.sandbox.conftest import Json, Make, Vendor


def ask(
    vendor: Vendor,
    method: str,
    path: str,
    body: Any = None,
    *,
    signed_at: float | None = None,
    **headers: Any,
) -> Answer:
    """Return the gateway's answer to a signed request."""
    timestamp = str(int(vendor.wall if signed_at is None else signed_at))
    signature = sign(api_key="sandbox-key", api_secret="sandbox-secret", timestamp=timestamp)
    signed = {
        "api-key": "sandbox-key",
        "timestamp": timestamp,
        "sign": signature,
        "content-type": "application/json;charset=UTF-8",
        **headers,
    }
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer(vendor.engine, Request(method=method, path=path, headers=signed, body=content))


def send(vendor: Vendor, body: Any, **headers: Any) -> Answer:
    """Return the gateway's answer to a send request."""
    return ask(vendor, "POST", "/voice/group/call/send", body, **headers)


def told(given: Answer) -> Any:
    """Return an answer's JSON."""
    return json.loads(given.body)


@pytest.mark.parametrize("base", ["", "/v3"])
def test_both_bases_are_served(vendor: Vendor, order: Make, base: str) -> None:
    """The quick start's base and that of the reference pages lead to the same endpoint."""
    assert told(ask(vendor, "POST", f"{base}/voice/group/call/send", order())) == {
        "status": "0",
        "reason": "success",
        "data": 5000602,
    }


@pytest.mark.parametrize("path", ["/getBalance", "/v3/getBalance", "/sms/getBalance"])
def test_the_balance_is_flat(vendor: Vendor, path: str) -> None:
    """Three addresses, one answer without data."""
    assert told(ask(vendor, "GET", path)) == {
        "status": "0",
        "reason": "success",
        "balance": "1000.00",
        "gift": "0.00",
        "credit": "0.00",
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/voice/group/call/send"),
        ("POST", "/voice/group/call/pause"),
        ("POST", "/v2/voice/group/call/send"),
        ("GET", "/voice/group/call/detail/"),
        ("GET", "/voice/group/call/detail/1/2"),
        ("GET", "/"),
    ],
)
def test_other_paths_are_not_found(vendor: Vendor, method: str, path: str) -> None:
    """What is no endpoint is 404 and not JSON."""
    given = ask(vendor, method, path)

    assert (given.status, given.headers["content-type"]) == (404, "text/plain")


def test_forms_and_codes_as_documented(vendor: Vendor, order: Make) -> None:
    """Each endpoint answers in the form and with the kind of code of its own page."""
    params = {"strTime": "2026-01-01 00:00:00", "endTime": "2026-12-01 00:00:00"}
    send(vendor, order())
    vendor.advance(1)

    def head(given: Answer) -> Any:
        return {name: value for name, value in told(given).items() if name != "data"}

    assert head(ask(vendor, "POST", "/voice/group/call/query", {"params": params})) == {
        "code": 0,
        "msg": "success",
    }
    assert head(ask(vendor, "GET", "/voice/group/call/detail/5000602")) == {"code": 0, "msg": "success"}
    assert told(ask(vendor, "POST", "/voice/group/call/cancel", {"taskIdList": [5000602]})) == {
        "code": "0",
        "msg": "success",
        "data": None,
    }
    assert head(ask(vendor, "POST", "/voice/fileQuery", {})) == {"status": "0", "reason": "success"}


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({"envelope": "A"}, {"status": "-24", "reason": "data does not exist: task", "data": None}),
        ({"envelope": "B"}, {"code": -24, "msg": "data does not exist: task", "data": None}),
        (
            {"envelope": "B", "code_style": "text"},
            {"code": "-24", "msg": "data does not exist: task", "data": None},
        ),
        (
            {"envelope": "A", "code_style": "number"},
            {"status": -24, "reason": "data does not exist: task", "data": None},
        ),
    ],
)
def test_forms_and_codes_by_switch(new_vendor: type[Vendor], switches: Json, expected: Any) -> None:
    """The envelope and the kind of code can be set for all endpoints."""
    vendor = new_vendor(**switches)

    assert told(ask(vendor, "GET", "/v3/voice/group/call/detail/1")) == expected


def test_errors_are_http_200_unless_switched(vendor: Vendor, new_vendor: type[Vendor]) -> None:
    """A business error comes with HTTP 200; by a switch with another status, and JSON all the same."""
    other = new_vendor(error_http_status=400)

    assert ask(vendor, "GET", "/voice/group/call/detail/1").status == 200
    assert ask(other, "GET", "/voice/group/call/detail/1").status == 400
    assert told(ask(other, "GET", "/voice/group/call/detail/1"))["code"] == -24
    assert ask(other, "GET", "/getBalance").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"appId=1",
        b'{"appId": "a", // comment\n}',
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"source": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_a_program_exception(vendor: Vendor, body: Any) -> None:
    """The quick start's hint for -18: comments and form data are not JSON."""
    given = send(vendor, body)

    assert (given.status, told(given)["status"]) == (200, "-18")


def test_a_body_of_another_type_is_a_program_exception(vendor: Vendor, order: Make) -> None:
    """A form's content type is -18, whatever the body holds."""
    given = send(vendor, order(), **{"content-type": "application/x-www-form-urlencoded"})

    assert told(given)["status"] == "-18"


def test_authentication_comes_first(vendor: Vendor, order: Make) -> None:
    """A stale signature is -16 even over a broken body, and nothing is counted as a request."""
    given = send(vendor, b"no json", signed_at=vendor.wall - 301)

    assert told(given) == {"status": "-16", "reason": "timestamp expires", "data": None}
    assert told(send(vendor, order(), sign="0" * 32))["status"] == "-1"
    assert vendor.engine.summary()["requests"] == {}


def test_the_servers_clock_can_be_wrong(new_vendor: type[Vendor]) -> None:
    """A skewed server dates its answers by its own clock and judges signatures by it."""
    vendor = new_vendor(clock_offset_s=3600.0)

    given = ask(vendor, "GET", "/getBalance")

    assert told(given)["status"] == "-16"
    assert parsedate_to_datetime(given.headers["date"]) == datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert told(ask(vendor, "GET", "/getBalance", signed_at=vendor.wall + 3600))["status"] == "0"


@pytest.mark.parametrize(
    ("kind", "delivery"),
    [
        ("close", Delivery.CLOSED),
        ("reset", Delivery.RESET),
        ("cut_headers", Delivery.CUT_HEADERS),
        ("cut", Delivery.CUT),
        ("cut_end", Delivery.CUT_END),
        ("timeout", Delivery.NEVER),
    ],
)
@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_faults_of_the_connection(
    *, vendor: Vendor, order: Make, kind: str, delivery: Delivery, when: str, accepted: int
) -> None:
    """The answer is lost; whether the request was carried out is what "before" and "after" say."""
    vendor.engine.add_faults([{"endpoint": "send", "kind": kind, "when": when, "seconds": 5}])

    given = send(vendor, order())

    assert given.delivery is delivery
    assert given.delay_s == (5 if kind == "timeout" else 0)
    assert vendor.engine.summary()["tasks"] == accepted
    assert send(vendor, order(taskName="next")).delivery is Delivery.WHOLE


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("http_500", 500, b'{"error": "Internal Server Error"}'),
        ("html", 502, b"<html>"),
        ("truncated_json", 200, b'{"status": "0", "reason'),
        ("code_-18", 200, b'{"status": "-18", "reason": "Port program unusual", "data": null}'),
        ("code_-16", 200, b'{"status": "-16", "reason": "timestamp expires", "data": null}'),
        ("code_-20", 200, b'{"status": "-20", "reason": "data already exists", "data": null}'),
    ],
)
@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_faults_of_the_answer(
    *, vendor: Vendor, order: Make, kind: str, status: int, body: Any, when: str, accepted: int
) -> None:
    """A wrong answer comes instead of the right one, with or without the request carried out."""
    vendor.engine.add_faults([{"endpoint": "send", "kind": kind, "when": when}])

    given = send(vendor, order())

    assert (given.status, given.delivery) == (status, Delivery.WHOLE)
    assert given.body.startswith(body)
    assert vendor.engine.summary()["tasks"] == accepted


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refused_connection_carries_nothing(vendor: Vendor, order: Make, when: str) -> None:
    """Without a connection there is no request, whenever the fault is said to come."""
    vendor.engine.add_faults([{"endpoint": "send", "kind": "refuse", "when": when}])

    assert send(vendor, order()).delivery is Delivery.REFUSED
    assert vendor.engine.summary()["tasks"] == 0


def test_a_list_that_shifts_while_it_is_read(new_vendor: type[Vendor], order: Make) -> None:
    """The oldest of three tasks is moved to a page that was read already: it is not seen, and the total is right."""
    vendor = new_vendor(largest_page=1)
    for name in ("aa", "bb", "cc"):
        vendor.call("send", order(taskName=name))
    vendor.engine.add_faults([{"endpoint": "query", "kind": "shift", "skip": 1}])
    params = {"strTime": "2020-01-01 00:00:00", "endTime": "2040-01-01 00:00:00"}

    def page(current: int) -> Json:
        asked = {"current": current, "size": 100, "params": params}
        shown: Json = told(ask(vendor, "POST", "/voice/group/call/query", asked))["data"]
        return shown

    pages = [page(current) for current in (1, 2, 3)]

    assert [record["taskName"] for shown in pages for record in shown["records"]] == ["cc", "cc", "bb"]
    assert [(shown["total"], shown["size"], shown["pages"]) for shown in pages] == [(3, 1, 3)] * 3
    assert [record["taskName"] for current in (1, 2, 3) for record in page(current)["records"]] == [
        "aa",
        "cc",
        "bb",
    ]


def test_a_slow_answer_is_right(vendor: Vendor, order: Make) -> None:
    """Slow is late and nothing else."""
    vendor.engine.add_faults([{"endpoint": "send", "kind": "slow", "seconds": 2}])

    given = send(vendor, order())

    assert (given.delay_s, given.delivery, told(given)["data"]) == (2, Delivery.WHOLE, 5000602)


def test_a_fault_waits_for_its_request(vendor: Vendor, order: Make) -> None:
    """Faults hit their endpoint, skip some, repeat, and are used up in order."""
    vendor.engine.add_faults(
        [
            {"endpoint": "send", "kind": "code_-18", "skip": 1, "times": 2},
            {"endpoint": "*", "kind": "html"},
        ]
    )

    codes = [told(send(vendor, order(taskName=f"task {at}")))["status"] for at in range(3)]
    balances = [ask(vendor, "GET", "/getBalance").status for _ in range(2)]

    assert codes == ["0", "-18", "-18"]
    assert balances == [502, 200]
