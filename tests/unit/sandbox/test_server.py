"""The vendor on a socket: broken connections, the console, the way out."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from runner.sandbox.auth import sign
from runner.sandbox.server import running, serve
from tests.unit.sandbox.conftest import Make, Vendor


@pytest.fixture(scope="module")
def live(new_vendor: type[Vendor]) -> Iterator[tuple[Vendor, str]]:
    """A vendor and its address."""
    vendor = new_vendor()
    with running(vendor.engine) as address:
        yield vendor, address


@pytest.fixture
def client(live: tuple[Vendor, str]) -> Iterator[httpx.Client]:
    """A fresh client of a vendor that has forgotten everything."""
    vendor, address = live
    vendor.engine.reset()
    timestamp = str(int(vendor.wall))
    headers = {
        "Api-Key": "sandbox-key",
        "Timestamp": timestamp,
        "Sign": sign(api_key="sandbox-key", api_secret="sandbox-secret", timestamp=timestamp),
        "Content-Type": "application/json;charset=UTF-8",
    }
    with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=5) as client:
        yield client


def post(client: httpx.Client, path: str, body: Any) -> Any:
    """Return the JSON of a POST."""
    return client.post(path, json=body).json()


def test_an_answer_on_the_wire(client: httpx.Client, order: Make) -> None:
    """The vendor's path, envelope and content type, dated by the engine's clock."""
    response = client.post("/v3/voice/group/call/send", json=order())

    assert response.json() == {"status": "0", "reason": "success", "data": 5000602}
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert parsedate_to_datetime(response.headers["date"]).isoformat() == "2026-11-24T02:00:00+00:00"
    assert "server" not in response.headers


def test_a_connection_that_closes_without_an_answer(client: httpx.Client, order: Make) -> None:
    """The task is accepted, the client sees the end of the connection, and the next one works."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "close", "when": "after"})

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.post("/voice/group/call/send", json=order())

    assert post(client, "/voice/group/call/send", order())["status"] == "-20"


def test_a_connection_that_is_reset(client: httpx.Client, order: Make) -> None:
    """Before anything was carried out, the client sees a reset."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "reset"})

    with pytest.raises(httpx.ReadError):
        client.post("/voice/group/call/send", json=order())

    assert post(client, "/voice/group/call/send", order())["status"] == "0"


def test_a_connection_that_ends_within_the_body(client: httpx.Client, order: Make) -> None:
    """Half of the announced body comes."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "cut", "when": "after"})

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        client.post("/voice/group/call/send", json=order())

    assert client.get("/_sandbox/summary").json()["tasks"] == 1


@pytest.mark.parametrize(("kind", "arrives"), [("cut_headers", False), ("cut_end", True)])
def test_a_connection_that_ends_after_headers_or_body(
    client: httpx.Client, live: tuple[Vendor, str], order: Make, kind: str, arrives: bool
) -> None:
    """The headers alone are no answer; a whole body is one, whatever becomes of the connection."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": kind, "when": "after"})

    with (
        nullcontext()
        if arrives
        else pytest.raises(httpx.RemoteProtocolError, match="without sending complete")
    ):
        assert post(client, "/voice/group/call/send", order())["status"] == "0"

    assert live[0].engine.summary()["tasks"] == 1


def test_a_connection_that_is_refused(live: tuple[Vendor, str], client: httpx.Client, order: Make) -> None:
    """For a while nobody listens at the port; then somebody does again, at the same one."""
    client.headers["Connection"] = "close"
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "refuse", "skip": 1, "seconds": 0.4})
    assert post(client, "/voice/group/call/send", order())["status"] == "0"
    time.sleep(0.1)

    with pytest.raises(httpx.ConnectError):
        client.post("/voice/group/call/send", json=order(taskName="another"))
    time.sleep(0.6)

    assert live[0].engine.summary()["tasks"] == 1
    assert post(client, "/voice/group/call/send", order(taskName="another"))["status"] == "0"


def test_no_answer_at_all(client: httpx.Client, order: Make) -> None:
    """The client runs into its own timeout while others are served."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "timeout", "when": "after", "seconds": 60})

    with pytest.raises(httpx.ReadTimeout):
        client.post("/voice/group/call/send", json=order(), timeout=0.2)

    assert client.get("/_sandbox/summary").json()["tasks"] == 1


def test_a_held_connection_does_not_hold_others(
    client: httpx.Client, live: tuple[Vendor, str], order: Make
) -> None:
    """While one request hangs another is answered."""
    post(client, "/_sandbox/faults", {"endpoint": "send", "kind": "timeout", "seconds": 1})
    hanging = threading.Thread(target=_ignoring, args=(client, order()))
    hanging.start()
    time.sleep(0.1)

    begin = time.monotonic()
    assert httpx.get(live[1] + "/_sandbox/summary", trust_env=False).status_code == 200
    assert time.monotonic() - begin < 0.5
    hanging.join()


def _ignoring(client: httpx.Client, body: Any) -> None:
    with pytest.raises(httpx.TransportError):
        client.post("/voice/group/call/send", json=body)


def test_a_slow_answer(client: httpx.Client) -> None:
    """It comes, late."""
    post(client, "/_sandbox/faults", {"endpoint": "balance", "kind": "slow", "seconds": 0.2})

    begin = time.monotonic()
    assert client.get("/getBalance").json()["status"] == "0"
    assert 0.2 <= time.monotonic() - begin < 2


def test_a_request_of_which_a_byte_is_missing_is_not_carried_out(
    client: httpx.Client, live: tuple[Vendor, str], order: Make
) -> None:
    """A client that goes away within its body has sent nothing."""
    vendor, address = live
    body = json.dumps(order()).encode()
    lines = [b"POST /voice/group/call/send HTTP/1.1", b"Host: localhost", b"Content-Length: %d" % len(body)]
    lines += [f"{name}: {client.headers[name]}".encode() for name in ("Api-Key", "Sign", "Timestamp")]
    lines += [b"Content-Type: application/json", b"", b""]
    with socket.create_connection((httpx.URL(address).host, httpx.URL(address).port)) as connection:
        connection.sendall(b"\r\n".join(lines) + body[:-1])
        time.sleep(0.1)

    assert vendor.engine.summary()["requests"] == {}


def test_the_console_shows_and_changes(client: httpx.Client, order: Make, people: Make) -> None:
    """Calls, summary, switches, faults, time and reset, all by JSON."""
    post(client, "/voice/group/call/send", order(numberInfoList=people(3)))

    assert client.get("/_sandbox/calls", params={"limit": 2}).json()["total"] == 3
    assert len(client.get("/_sandbox/calls", params={"limit": 2}).json()["calls"]) == 2
    assert client.get("/_sandbox/calls", params={"number": "447700900001"}).json()["total"] == 1
    assert client.get("/_sandbox/summary", params={"prefix": "x"}).json()["tasks"] == 0
    assert post(client, "/_sandbox/switches", {"send_data": "null"})["send_data"] == "null"
    assert client.get("/_sandbox/switches").json()["send_data"] == "null"
    faults = [{"kind": "close"}, {"kind": "html", "endpoint": "query"}]
    assert len(post(client, "/_sandbox/faults", faults)["faults"]) == 2
    assert len(post(client, "/_sandbox/faults", {"faults": faults})["faults"]) == 4
    assert client.get("/_sandbox/faults").json()["faults"][3]["endpoint"] == "query"
    assert client.delete("/_sandbox/faults").json() == {"faults": []}
    before = client.get("/_sandbox/summary").json()["now"]
    assert post(client, "/_sandbox/advance", {"seconds": 3600})["now"] > before
    assert client.get("/_sandbox/summary").json()["tasks_by_status"] == {"finished": 1}
    assert post(client, "/_sandbox/reset", {})["tasks"] == 0
    assert client.get("/_sandbox/switches").json()["send_data"] == "id"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/switches", {"envelope": "C"}),
        ("/_sandbox/switches", []),
        ("/_sandbox/faults", {"kind": "explode"}),
        ("/_sandbox/faults", ["close"]),
        ("/_sandbox/faults", 5),
        ("/_sandbox/advance", {}),
        ("/_sandbox/advance", {"seconds": -1}),
        ("/_sandbox/advance", {"seconds": True}),
    ],
)
def test_a_mistake_at_the_console(client: httpx.Client, path: str, body: Any) -> None:
    """What cannot be understood is 400 with a sentence."""
    response = client.post(path, json=body)

    assert response.status_code == 400
    assert response.json()["error"]


def test_the_console_is_for_this_machine_only(client: httpx.Client) -> None:
    """A browser that was lured here under another name sees nothing."""
    assert client.get("/_sandbox/calls", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/_sandbox/calls", headers={"Host": "localhost:1"}).status_code == 200
    assert client.get("/_sandbox/calls", params={"limit": "x"}).status_code == 400


def test_a_heard_half_pair_can_be_shown(client: httpx.Client, order: Make, people: Make) -> None:
    """A text with half a surrogate pair breaks no answer."""
    body = json.dumps(order(text="${text1}", numberInfoList=people(1, text1="\ud83d")))
    client.post("/voice/group/call/send", content=body)

    assert client.get("/_sandbox/calls").json()["calls"][0]["heard"]["text"] == "\ud83d"


def test_a_taken_port_is_an_error(live: tuple[Vendor, str], new_vendor: type[Vendor]) -> None:
    """Serving where somebody else serves is an OSError, at once."""
    port = int(live[1].rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        serve(new_vendor().engine, port=port)


def test_stopping_does_not_wait_for_held_connections(new_vendor: type[Vendor], order: Make) -> None:
    """A server that ends lets go of connections that a fault holds open."""
    vendor = new_vendor()
    vendor.engine.add_faults([{"endpoint": "*", "kind": "timeout", "seconds": 60}])
    with running(vendor.engine) as address:
        hanging = threading.Thread(target=_ignoring, args=(httpx.Client(base_url=address), order()))
        hanging.start()
        time.sleep(0.2)
        begin = time.monotonic()
    hanging.join()

    assert time.monotonic() - begin < 2


@pytest.mark.slow
def test_a_hundred_thousand_callees(client: httpx.Client) -> None:
    """A body of the largest size is answered within seconds, and its calls are all there."""
    callees = [
        {"calleeNumber": str(447_700_900_000 + at), "text1": f"name {at}", "text2": "x" * 30}
        for at in range(100_000)
    ]
    body = {
        "appId": "a",
        "taskName": "big",
        "source": 3,
        "text": "${text1} ${text2}",
        "lan": "EN",
        "loopCount": 1,
        "maxCalls": 40,
        "numberInfoList": callees,
    }

    begin = time.monotonic()
    assert post(client, "/voice/group/call/send", body)["status"] == "0"
    assert time.monotonic() - begin < 10
    post(client, "/_sandbox/advance", {"seconds": 86400})
    summary = client.get("/_sandbox/summary").json()
    assert (summary["callees"], summary["calls_ended"]) == (100_000, 100_000)
