"""The receiver as a process: what it needs, what it answers, how it ends."""

import random
import subprocess
import time

import pytest

from tests.receiver.conftest import (
    CLOSED_200,
    COMMAND,
    GOOD_200,
    LATER,
    NOT_FOUND,
    PUSH,
    TOKEN,
    request,
    started,
)


def test_push_arrives(start):
    """A push is answered when it is stored, over one connection as often as wanted; a signal ends the receiver in order."""
    receiving = start()
    with receiving.connect() as line:
        for body in (b'{"call":"1"}', b"[]"):
            line.sendall(request(body))
            assert line.recv(4096) == GOOD_200

    assert receiving.metrics()["stored_total"] == 2
    code, out, err = receiving.stop()

    assert code == 0
    assert TOKEN not in out + err
    assert receiving.bodies() == [b'{"call":"1"}', b"[]"]


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"]
)
def test_visitor_learns_nothing(start_once, method):
    """Every path and method of the public port that is no push gets the same bytes, so nothing shows what is here."""
    chance = random.Random(method)
    paths = ["/", "/push", "/push/", "/push/x", f"/x{PUSH}", f"{PUSH}/", f"{PUSH}x", "/healthz", "/metrics"]
    paths += ["/docs", "/openapi.json", "/.env", "/favicon.ico", "/robots.txt", "*", "/%2e%2e/push"]
    if method != "POST":
        paths.append(PUSH)
    for path in paths:
        for more in (
            "content-length: 0\r\n",
            "upgrade: websocket\r\nconnection: upgrade\r\n",
            "expect: 100-continue\r\n",
        ):
            sender = f"x-forwarded-for: 198.51.100.{chance.randrange(256)}\r\n"
            asked = f"{method} {path} HTTP/1.1\r\nhost: x\r\n{sender}{more}\r\n".encode()
            assert start_once.ask(asked) == NOT_FOUND, (path, more)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST " + PUSH.encode() + b" HTTP/1.1\r\n\r\n",
        b"POST " + PUSH.encode() + b" HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST " + PUSH.encode() + b" HTTP/1.1\r\nhost: x\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST " + PUSH.encode() + b" HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST " + PUSH.encode() + b" HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
    ids=[
        "tls",
        "words",
        "version",
        "bytes",
        "hostless",
        "negative",
        "digits",
        "two lengths",
        "chunk",
        "head",
    ],
)
def test_what_is_no_http_learns_as_little(start_once, raw):
    """Broken requests get the same answer as wrong ones, or none at all where the line was cut."""
    assert start_once.ask(raw, end=len(raw) < 50) in {NOT_FOUND, b""}
    assert start_once.metrics()['refused_total{reason="bug"}'] == 0


@pytest.fixture(name="start_once", scope="module")
def _start_once(tmp_path_factory):
    """One receiver for tests that leave it as it is, behind a proxy, so that many may ask."""
    folder = tmp_path_factory.mktemp("receiver")
    receiving = started(f"sqlite:///{folder}/ledger/ledger.db", folder, RUNNER_PUSH_PROXIES="127.0.0.1")
    yield receiving
    receiving.kill()


def test_two_tokens_are_valid_while_one_takes_the_place_of_the_other(start):
    """Of two tokens each opens; and neither shows in what is counted or printed."""
    newer = "another-token-of-tests-9876543210"
    receiving = start(RUNNER_PUSH_TOKEN=f"{newer},{TOKEN}")

    answers = [
        receiving.ask(request(b"{}", path=f"/push/{one}", close=True)) for one in (newer, TOKEN, "x" * 33)
    ]

    assert answers == [CLOSED_200, CLOSED_200, NOT_FOUND]
    page = receiving.ask(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", watch=True)
    _, out, err = receiving.stop()
    assert not any(token in page.decode() + out + err for token in (newer, TOKEN))


def test_rate_of_one_sender_is_limited(start):
    """Who brings more than is allowed is told to come again, and the store is not asked."""
    receiving = start(RUNNER_PUSH_RATE="2")

    answers = [receiving.push(b"{}") for _ in range(20)]

    assert answers[:4] == [CLOSED_200] * 4
    assert LATER in answers
    assert receiving.metrics()['refused_total{reason="rate"}'] == answers.count(LATER)
    assert len(receiving.bodies()) == answers.count(CLOSED_200)


def test_health_is_on_another_port(start):
    """Health and counts are for those who run it: on the port of the pushes they are like any other path."""
    receiving = start()
    asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    assert receiving.ask(asked, watch=True).startswith(b"http/1.1 200 ok")
    assert receiving.ask(asked) == NOT_FOUND


def test_only_listed_addresses_may_push(start):
    """With an allow-list that does not hold the sender, a right token is answered like a wrong one."""
    receiving = start(RUNNER_PUSH_ALLOW="203.0.113.0/24")

    assert receiving.push(b"{}") == NOT_FOUND
    assert receiving.bodies() == []


def test_trusted_proxy_tells_who_pushes(start):
    """Behind a trusted proxy the allow-list is about whom the proxy names."""
    receiving = start(RUNNER_PUSH_ALLOW="203.0.113.0/24", RUNNER_PUSH_PROXIES="127.0.0.1")
    named = request(b"{}", close=True).replace(
        b"host:", b"X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\nhost:", 1
    )

    assert receiving.ask(named) == CLOSED_200
    assert receiving.push(b"{}") == NOT_FOUND


def test_slow_head_is_not_waited_for(start):
    """A connection that does not say what it wants is closed."""
    receiving = start()
    with receiving.connect() as line:
        line.sendall(b"POST /push/")
        began = time.monotonic()
        assert line.recv(10) == b""

    assert 5 < time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({}, 4, "RUNNER_PUSH_TOKEN must be set"),
        ({"RUNNER_PUSH_TOKEN": "short"}, 3, "24 to 200"),
        ({"RUNNER_PUSH_TOKEN": f"{TOKEN},{TOKEN}x,{TOKEN}y"}, 3, "one or two"),
        ({"RUNNER_PUSH_TOKEN": TOKEN, "RUNNER_PUSH_ALLOW": "203.0.113.1/24"}, 3, "RUNNER_PUSH_ALLOW"),
        ({"RUNNER_PUSH_TOKEN": TOKEN, "RUNNER_LEDGER_URL": ""}, 3, "RUNNER_LEDGER_URL must say"),
        (
            {"RUNNER_PUSH_TOKEN": TOKEN, "RUNNER_LEDGER_URL": "postgresql://127.0.0.1:1/none"},
            8,
            "cannot be reached",
        ),
    ],
)
def test_what_is_missing_is_said(tmp_path, monkeypatch, settings, code, says):
    """A receiver that cannot work ends at once with what to do, and no message repeats a token."""
    settings = {"RUNNER_LEDGER_URL": f"sqlite:///{tmp_path}/l/ledger.db", **settings}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run(
        [*COMMAND, "receive", "--port", "0", "--watch-port", "0"],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
    )  # fmt: skip

    assert done.returncode == code
    assert says in done.stderr
    assert "token-of-tests" not in done.stdout + done.stderr
