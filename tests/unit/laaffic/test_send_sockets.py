"""Sending to a real socket that misbehaves: how far the request got decides, not which exception came back."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from runner.laaffic.adapter import Laaffic
from runner.laaffic.client import Deadlines
from runner.model.task import Accepted, Answer, NotSent, Rejected, Unknown
from tests.unit.laaffic.conftest import (
    KEY,
    NOW,
    QUICK,
    SECRET,
    FakeClock,
    Script,
    callees,
    quick_start_request,
    yes,
)

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"code":0,"data":12}'
BIG = 100_000
"""People enough for a body of 7 MB, more than the buffers of two sockets hold."""

PATIENT = Deadlines(connect_s=10, idle_s=10, answer_s=10)
"""For exchanges that end by themselves: a busy machine must not turn them into timeouts."""

MIDDLING = 20_000
"""A body of 1.4 MB: the sender's buffers may hold it, the receiver's do not."""


def send_to(port: int, *, last_look: Callable[[], bool] = yes, people: int = 2, **options: Any) -> Answer:
    """Return what sending to a local port comes to."""
    scheme = options.pop("scheme", "http")
    vendor = Laaffic(
        f"{scheme}://127.0.0.1:{port}",
        KEY,
        SECRET,
        zone=None,
        clock=FakeClock(),
        deadlines=options.pop("deadlines", PATIENT),
    )
    numbers = [f"+4477009{number:05}" for number in range(people)]
    request = quick_start_request(callees=callees(numbers, ["a link of some characters"] * people))
    return vendor.send(request, signed_at=NOW, last_look=last_look)


def reset(connection: socket.socket) -> None:
    """Make closing the connection a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_an_answer_over_a_socket() -> None:
    """The whole request arrives, and its answer comes back."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_whole(connection)
        connection.sendall(OK)

    with Script(serve) as script:
        answer = send_to(script.port)

    assert answer == Accepted(job_id=12)
    assert script.read[0].endswith(b"]}")


def test_a_refused_connection_is_not_sent(unused_port: int) -> None:
    """Nobody listens."""
    assert send_to(unused_port) == NotSent(reason="no connection (name, address or TLS)")


def test_a_host_without_address_is_not_sent() -> None:
    """The name does not exist (`.invalid` never does)."""
    vendor = Laaffic("https://host.invalid", KEY, SECRET, zone=None, clock=FakeClock(), deadlines=QUICK)

    answer = vendor.send(quick_start_request(), signed_at=NOW, last_look=yes)

    assert isinstance(answer, NotSent)


def test_a_failed_handshake_is_not_sent() -> None:
    """The server does not speak TLS."""

    def serve(connection: socket.socket, script: Script) -> None:
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with Script(serve) as script:
        answer = send_to(script.port, scheme="https")

    assert answer == NotSent(reason="no connection (name, address or TLS)")


def test_a_handshake_that_hangs_is_not_sent() -> None:
    """The server says nothing: the connection's deadline ends it."""
    done = threading.Event()

    def serve(connection: socket.socket, script: Script) -> None:
        done.wait(5)

    with Script(serve) as script:
        answer = send_to(script.port, scheme="https", deadlines=QUICK)
        done.set()

    assert answer == NotSent(reason="no connection in time")


def test_a_connection_closed_at_once_is_not_sent_while_the_body_is_under_way() -> None:
    """The server closes before it has read anything, and the body does not fit into the buffers between."""

    def serve(connection: socket.socket, script: Script) -> None:
        reset(connection)

    with Script(serve) as script:
        answer = send_to(script.port, people=BIG)

    assert isinstance(answer, NotSent)


def test_a_connection_closed_in_the_body_is_not_sent() -> None:
    """The server gives up after the head, for example because the body is too large for it."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_head(connection)
        reset(connection)

    with Script(serve) as script:
        answer = send_to(script.port, people=BIG)

    assert isinstance(answer, NotSent)
    assert not script.read[0].endswith(b"]}")


def test_a_body_that_is_not_taken_is_not_sent() -> None:
    """The server reads the head and then nothing: the last piece is never handed over."""
    done = threading.Event()

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_head(connection)
        done.wait(5)

    with Script(serve) as script:
        answer = send_to(script.port, people=BIG, deadlines=QUICK)
        done.set()

    assert answer == NotSent(reason="the request was not taken in time")


def test_a_refusal_in_the_body_is_believed_of_the_account() -> None:
    """The server answers after the head and closes: what it says of the account is true without a body."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_head(connection)
        connection.sendall(b'HTTP/1.1 401 No\r\nContent-Length: 11\r\n\r\n{"code":-1}')
        connection.shutdown(socket.SHUT_RDWR)
        time.sleep(0.2)

    with Script(serve) as script:
        answer = send_to(script.port, people=BIG)

    # Whether the answer survives the broken connection is the kernel's business: no task was made in either case.
    assert isinstance(answer, NotSent) or (isinstance(answer, Rejected) and answer.account)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"code":0,',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{"code":0,"data":12}\r\n',
        b"garbage\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 200_000,
        b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n{"code":0}',
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\n<x>",
    ],
    ids=lambda reply: repr(reply[:60]),
)
@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
def test_after_a_whole_request_a_broken_answer_is_unknown(reply: bytes, is_reset: bool) -> None:
    """The server read everything: whatever it says then in part, the task may exist."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_whole(connection)
        connection.sendall(reply)
        if is_reset:
            reset(connection)

    with Script(serve) as script:
        answer = send_to(script.port)

    assert isinstance(answer, Unknown)


def test_no_answer_in_time_is_unknown() -> None:
    """The server read everything and says nothing."""
    done = threading.Event()

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_whole(connection)
        done.wait(5)

    with Script(serve) as script:
        answer = send_to(script.port, deadlines=QUICK)
        done.set()

    assert answer == Unknown(reason="no answer in time")


def test_one_request_makes_one_connection() -> None:
    """Nothing below us tries again: a second request could make a second task."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_whole(connection)
        reset(connection)

    with Script(serve) as script:
        answer = send_to(script.port)
        time.sleep(0.1)

    assert isinstance(answer, Unknown)
    assert script.connections == 1


def test_a_request_held_back_is_reset_without_its_last_piece() -> None:
    """The server sees a reset, not an end, and has fewer bytes than were announced."""
    ends: list[type[Exception] | None] = []

    def serve(connection: socket.socket, script: Script) -> None:
        try:
            script.read_whole(connection)
        except OSError as error:
            ends.append(type(error))

    arrived = threading.Event()

    def look() -> bool:
        time.sleep(0.1)
        arrived.set()
        return False

    with Script(serve) as script:
        answer = send_to(script.port, last_look=look)

    assert answer == NotSent(reason="the last look before sending said no")
    assert ends == [ConnectionResetError]
    assert script.read[0].startswith(b"POST /voice/group/call/send HTTP/1.1\r\n")
    assert not script.read[0].endswith(b"]}")


def test_what_the_kernel_still_holds_is_dropped_when_the_answer_is_not_waited_for() -> None:
    """A server that begins to read after we gave up finds a reset, not a request."""
    given_up = threading.Event()
    ends: list[type[Exception]] = []

    def serve(connection: socket.socket, script: Script) -> None:
        given_up.wait(5)
        try:
            script.read_whole(connection)
        except OSError as error:
            ends.append(type(error))

    with Script(serve) as script:
        answer = send_to(script.port, people=MIDDLING, deadlines=Deadlines(connect_s=0.5, idle_s=0.3))
        given_up.set()

    assert not isinstance(answer, Accepted)
    assert ends == [ConnectionResetError]
    assert len(script.read[0]) < 1_000_000


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that happens to be set must not lead signed requests elsewhere."""

    def serve(connection: socket.socket, script: Script) -> None:
        script.read_whole(connection)
        connection.sendall(OK)

    with Script(serve) as script:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        answer = send_to(script.port)

    assert answer == Accepted(job_id=12)
