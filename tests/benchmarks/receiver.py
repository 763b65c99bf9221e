"""Measure what the receiver takes in: single pushes over many connections, and batches of a thousand, per core.

The receiver is a process bound to one core; what it is asked with runs on the others. Since others may use the machine too,
the figure is per second of that core: requests by the processor time that the receiver used. What got a 200 is counted in
the inbox afterwards.

    make bench ARGS=--receiver

prints JSON: the lines of a table.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from runner.ledger.inbox import inbox_of
from runner.ledger.open import create
from tests.postgres_server import NotInstalledError, Server

TOKEN = "a-token-of-the-benchmark-0123"
CONNECTIONS = 64
SINGLES, BATCHES, OF_A_BATCH = 20_000, 60, 1_000
TICKS = os.sysconf("SC_CLK_TCK")
RUNNER = Path(sys.executable).with_name("runner")
REPORT = {
    "id": "22121121451211349002", "type": 1, "to": "447700900123", "from": "6311012125", "submitted": 1670939112097,
    "called": 1670939568000, "rang": 1670939570000, "answered": 1670939582000, "ended": 1670939595000, "charged": 20,
    "duration": 13, "period": "20+20", "place": "India(Karnataka)", "rate": "0.023625", "cost": "0.0079", "status": 50,
}  # fmt: skip
"""As many fields and bytes as a report of the vendor's has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken in: reports a second of the clock, and of the receiver's processor time."""

    what: str
    target: int
    by_clock: float
    by_processor: float

    @property
    def measured(self) -> str:
        """Return it in words."""
        return f"{self.by_processor:,.0f} reports per second of its core ({self.by_clock:,.0f} by the clock)"

    @property
    def is_met(self) -> bool:
        """Tell whether the target is met, which is for one core, whoever else uses the machine."""
        return self.by_processor >= self.target


@contextmanager
def receiving(url: str, folder: Path) -> Iterator[tuple[tuple[str, int], int]]:
    """Run a receiver on one core; yields its address and process id."""
    environ = {
        **os.environ, "RUNNER_PUSH_TOKEN": TOKEN, "RUNNER_LEDGER_URL": url, "RUNNER_PUSH_RATE": "1000000",
    }  # fmt: skip
    process = subprocess.Popen(
        [RUNNER, "receive", "--port", "0", "--watch-port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder, env=environ,
    )  # fmt: skip
    assert process.stdout is not None
    place = urlsplit(process.stdout.readline().split("/push/")[0])
    assert place.hostname is not None
    assert place.port is not None
    os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    try:
        yield (place.hostname, place.port), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def push(address: tuple[str, int], body: bytes, *, count: int, connections: int) -> None:
    """Push *body* so often, over so many connections, each waiting for its answer before its next push."""
    request = (
        f"POST /push/{TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json;charset=UTF-8\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body
    lines = {line.fileno(): line for line in (socket.create_connection(address) for _ in range(connections))}
    waiting = select.poll()
    left = count
    for number, line in lines.items():
        waiting.register(number, select.POLLIN)
        line.sendall(request)
        left -= 1
    answered = 0
    while answered < count:
        for number, _ in waiting.poll():
            answer = lines[number].recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            answered += 1
            if left > 0:
                lines[number].sendall(request)
                left -= 1
    for line in lines.values():
        line.close()


def processor_s(pid: int) -> float:
    """Return the seconds that a process has spent on processors."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measured(what: str, url: str, folder: Path, *, singles: int) -> list[Taken]:
    """Return what a receiver in front of *url* takes in; nothing that was answered may be missing."""
    single = json.dumps(REPORT).encode()
    batch = json.dumps([REPORT] * OF_A_BATCH).encode()
    found = []
    for name, body, count, connections, reports, target in (
        ("single pushes", single, SINGLES, CONNECTIONS, 1, singles),
        (f"batches of {OF_A_BATCH:,}", batch, BATCHES, 4, OF_A_BATCH, 20_000),
    ):
        with receiving(url, folder) as (address, pid):
            push(address, single, count=200, connections=8)
            before, began = processor_s(pid), time.monotonic()
            push(address, body, count=count, connections=connections)
            by_clock, by_processor = time.monotonic() - began, processor_s(pid) - before
        inbox = inbox_of(url)
        kept = inbox.depth()
        inbox.remove([taken.id for taken in inbox.take(1_000_000)])
        while taken_more := inbox.take(1_000_000):
            inbox.remove([taken.id for taken in taken_more])
        inbox.close()
        assert kept == count + 200, "something that was answered is not there"
        found.append(
            Taken(
                what=f"receiver, {what}, {name}",
                target=target,
                by_clock=count * reports / by_clock,
                by_processor=count * reports / by_processor,
            )
        )
    return found


def receiver() -> list[Taken]:
    """Return what the receiver takes in on SQLite and, where it is installed, on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="runner-bench-") as name:
        folder = Path(name)
        found = measured("SQLite", f"sqlite:///{folder}/ledger/ledger.db", folder, singles=1_000)
        try:
            server = Server()
        except NotInstalledError as missing:
            print(missing, file=sys.stderr)
            return found
        try:
            make(server.url)
            found += measured("PostgreSQL", server.url, folder, singles=2_000)
        finally:
            server.close()
    return found


def make(url: str) -> None:
    """Make a ledger, and with it an inbox."""
    from datetime import UTC, datetime  # noqa: PLC0415

    now = datetime(2026, 11, 24, tzinfo=UTC)
    create(url, environment="sandbox", key_id="feedfacecafebeef", lineage="0" * 32, now=now).close()


if __name__ == "__main__":
    lines = [
        {
            "what": one.what,
            "measured": one.measured,
            "target": f"at least {one.target:,}",
            "is_met": one.is_met,
        }
        for one in receiver()
    ]
    print(json.dumps(lines))
