"""`runner receive` as a process, and who pushes to it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from runner.ledger.inbox import inbox_of
from runner.ledger.open import create
from tests.contract.ledger.conftest import KEY_ID, LINEAGE, NOW
from tests.postgres_server import database

COMMAND = (sys.executable, "-c", "from runner.cli.main import main; main()")
TOKEN = "a-token-of-tests-0123456789"
PUSH = f"/push/{TOKEN}"
GOOD_200 = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
CLOSED_200 = b"http/1.1 200 ok\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
NOT_FOUND = b"http/1.1 404 not found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LATER = b"http/1.1 503 service unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
LONGEST_S = 60.0


@dataclass
class Receiving:
    """A receiver that runs, where it listens, and where it puts what comes."""

    process: "subprocess.Popen[str]"
    push_at: tuple[str, int]
    watch_at: tuple[str, int]
    url: str

    def connect(self) -> socket.socket:
        """Return a new connection to the port of the pushes."""
        return socket.create_connection(self.push_at, timeout=LONGEST_S)

    def ask(self, raw: bytes, *, watch: bool = False, end: bool = False) -> bytes:
        """Return all that is answered to *raw* until the connection ends, in lower case; *end*: nothing more is sent."""
        with socket.create_connection(self.watch_at if watch else self.push_at, timeout=LONGEST_S) as line:
            answer = b""
            try:
                line.sendall(raw)
                if end:
                    line.shutdown(socket.SHUT_WR)
                while chunk := line.recv(65536):
                    answer += chunk
            except ConnectionError:
                pass
            return answer.lower()

    def push(self, body: bytes) -> bytes:
        """Return the answer to a push of *body*."""
        return self.ask(request(body, close=True))

    def metrics(self) -> dict[str, float]:
        """Return the counts, by name and reason."""
        text = self.ask(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", watch=True)
        lines = text.partition(b"\r\n\r\n")[2].decode().splitlines()
        named = (line.removeprefix("runner_receiver_").rsplit(" ", 1) for line in lines if line[0] != "#")
        return {name: float(value) for name, value in named}

    def bodies(self) -> list[bytes]:
        """Return and remove what lies in the inbox."""
        inbox = inbox_of(self.url)
        found: list[bytes] = []
        while taken := inbox.take(10_000):
            found += [push.body for push in taken]
            inbox.remove([push.id for push in taken])
        inbox.close()
        return found

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> tuple[int, str, str]:
        """End it in order and return exit code and outputs."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=LONGEST_S)
        return self.process.returncode, out, err


def request(body: bytes, *, path: str = PUSH, close: bool = False) -> bytes:
    """Return a push of *body* as bytes of HTTP."""
    ending = b"connection: close\r\n" if close else b""
    return (
        f"POST {path} HTTP/1.1\r\nhost: push.example\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n"
    ).encode() + ending + b"\r\n" + body  # fmt: skip


def started(url: str, folder: Path, **settings: str) -> Receiving:
    """Return a receiver that takes connections."""
    environ = {**os.environ, "RUNNER_PUSH_TOKEN": TOKEN, "RUNNER_LEDGER_URL": url, **settings}
    process = subprocess.Popen(
        [*COMMAND, "receive", "--port", "0", "--watch-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environ,
    )
    assert process.stdout is not None
    places: list[tuple[str, int]] = []
    for _ in range(2):
        parts = urlsplit(process.stdout.readline().strip().replace("{", "").replace("}", ""))
        assert parts.hostname is not None
        assert parts.port is not None
        places.append((parts.hostname, parts.port))
    return Receiving(process=process, push_at=places[0], watch_at=places[1], url=url)


Start = Callable[..., Receiving]


@pytest.fixture(name="start")
def _start(tmp_path: Path) -> Iterator[Start]:
    """Start receivers; what still runs at the end is killed."""
    running: list[Receiving] = []

    def start(url: str | None = None, **settings: Any) -> Receiving:
        one = started(url or f"sqlite:///{tmp_path}/ledger/ledger.db", tmp_path, **settings)
        running.append(one)
        return one

    yield start
    for one in running:
        if one.process.poll() is None:
            one.kill()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], name="url")
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a ledger of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger/ledger.db"
        return
    server: str = request.getfixturevalue("postgres")
    with database(server, f"receiver_{os.getpid()}") as url:
        create(url, environment="sandbox", key_id=KEY_ID, lineage=LINEAGE, now=NOW).close()
        yield url
