"""A campaign repository of a bank, a vendor that plays a script, and the command line over both, in one process.

Time is shared: where the runner sleeps, nobody waits, and the vendor's clocks move by as much.
"""

import io
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.cli.clock import SystemClock
from runner.cli.main import run
from runner.laaffic.adapter import Laaffic
from runner.laaffic.client import Deadlines
from runner.ledger.inbox import inbox_of
from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from runner.sandbox.server import running

CAMPAIGN = """\
name    = "overdue"
edition = "2026-11"
purpose = "debt_collection"
app_id  = "voice-app"

[audience]
file   = "audiences/overdue.csv"
sample = "audiences/overdue.sample.csv"
number = "phone"
region = "GB"
countries = ["GB"]
[audience.types]
amount = "decimal"
due    = "date"

[voice]
source   = "tts"
template = "overdue.tts.j2"
language = "EN"
max_duration = "40s"

[sms]
app_id    = "sms-app"
template  = "overdue.sms.j2"
on_failed = true
"""

VOICE = "Hello {{ name }}, your payment of {{ amount }} pounds is due on {{ due }}.\n"
SMS = "Dear {{ name }}, please pay {{ amount }} by {{ due }}.{% if amount > 1000 %} Please call us.{% endif %}\n"

HEADER = "phone,name,amount,due"
ANN = "+447700900001,Ann,120.50,2026-11-30"
BOB = "+447700900002,Bob,1999.00,2026-12-01"
CEM = "07700 900003,Cem,88.10,2026-12-02"
DAN = "+447700900004,Dan,15.00,2026-12-03"
SAMPLE = ("+447700900101,Sam,50.00,2026-11-30", "+447700900102,Max,1500.00,2026-11-30")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Return both outputs."""
        return self.out + self.err

    def json(self) -> Any:
        """Return stdout as JSON."""
        return json.loads(self.out)


class Time:
    """The one clock of a test: the machine's, plus what was slept or skipped."""

    def __init__(self) -> None:
        self.skipped_s = 0.0

    def wall(self) -> float:
        """Return Unix seconds."""
        return time.time() + self.skipped_s

    def skip(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self.skipped_s += seconds


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Tell that somebody is there."""
        return True


@dataclass
class Bank:
    """A root with one campaign that calls Ann, Bob and Cem, the vendor that it is applied to, and the commands."""

    root: Path
    engine: Engine
    time: Time
    monkeypatch: pytest.MonkeyPatch
    address: str = field(repr=False)

    def run(self, *arguments: object, typed: str | None = None) -> Ended:
        """Run a command where the bank's repository is; *typed* at a terminal, which there is none of otherwise."""
        kind = io.StringIO if typed is None else Terminal
        out, err = kind(), kind()
        with self.monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr("sys.stdin", kind(typed or ""))
            code = run([str(argument) for argument in arguments])
        return Ended(code=code, out=out.getvalue(), err=err.getvalue())

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file of the repository."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def audience(self, *rows: str, header: str = HEADER) -> Path:
        """Write the audience."""
        return self.write("campaigns/audiences/overdue.csv", "\n".join([header, *rows, ""]))

    def campaign(self, old: str = "", new: str = "", *, more: str = "") -> Path:
        """Write the campaign file with *old* replaced by *new*, and *more* at its end."""
        assert old in CAMPAIGN
        return self.write("campaigns/overdue.toml", CAMPAIGN.replace(old, new) + more)

    def patience(self, seconds: float) -> None:
        """Let the adapter wait so long for an answer; it is a minute by default."""
        deadlines = Deadlines(connect_s=5.0, idle_s=seconds, answer_s=5.0)
        self.monkeypatch.setattr("runner.cli.vendors.Laaffic", partial(Laaffic, deadlines=deadlines))

    def setting(self, name: str, value: str | None) -> None:
        """Set or unset an environment variable."""
        if value is None:
            self.monkeypatch.delenv(f"RUNNER_{name}", raising=False)
        else:
            self.monkeypatch.setenv(f"RUNNER_{name}", value)

    def fault(self, kind: str, *, endpoint: str = "send", when: str = "after", **more: object) -> None:
        """Let something go wrong at the vendor."""
        self.engine.add_faults([{"endpoint": endpoint, "kind": kind, "when": when, **more}])

    def calls(self) -> list[dict[str, Any]]:
        """Return every callee of every task that the vendor took."""
        found: list[dict[str, Any]] = self.engine.calls()["calls"]
        return found

    def numbers(self) -> list[str]:
        """Return the numbers that the vendor took, as often as it took them, ascending."""
        return sorted(call["number"] for call in self.calls())

    def requests(self) -> dict[str, int]:
        """Return how many requests each endpoint has carried out or refused."""
        found: dict[str, int] = self.engine.summary()["requests"]
        return found

    def files(self) -> dict[str, bytes]:
        """Return every file of the repository, by path."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    @property
    def ledger(self) -> Path:
        """Return the ledger of the sandbox."""
        return self.root / ".runner/sandbox/ledger.db"


def lay_out(root: Path) -> None:
    """Write the bank's repository."""
    files = {
        "campaigns/overdue.toml": CAMPAIGN,
        "campaigns/audiences/overdue.csv": f"{HEADER}\n{ANN}\n{BOB}\n{CEM}\n",
        "campaigns/audiences/overdue.sample.csv": "\n".join([HEADER, *SAMPLE, ""]),
        "templates/overdue.tts.j2": VOICE,
        "templates/overdue.sms.j2": SMS,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


@pytest.fixture
def shared_time() -> Time:
    """A clock that the vendor and the runner share."""
    return Time()


@pytest.fixture
def engine(shared_time: Time) -> Engine:
    """A vendor that has decided about a task as soon as it took it."""
    engine = Engine(clock=VirtualClock(shared_time.wall), seed=7)
    engine.change_switches({"submitting_s": 0.0})
    return engine


@pytest.fixture
def bank(
    tmp_path: Path, engine: Engine, shared_time: Time, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bank]:
    """A bank that stands in its repository, with the vendor running."""

    class QuickClock(SystemClock):
        def now(self) -> datetime:
            return datetime.fromtimestamp(shared_time.wall(), UTC)

        def elapsed_s(self) -> float:
            return super().elapsed_s() + shared_time.skipped_s

        def sleep(self, seconds: float) -> None:
            shared_time.skip(seconds)

    root = tmp_path / "bank"
    lay_out(root)
    monkeypatch.setattr("runner.cli.repository.SystemClock", QuickClock)
    monkeypatch.chdir(root)
    monkeypatch.setenv("RUNNER_SETTLE_TIME", "1")
    with running(engine) as address:
        monkeypatch.setenv("RUNNER_API_URL", address)
        yield Bank(root=root, engine=engine, time=shared_time, monkeypatch=monkeypatch, address=address)


class Postbox:
    """The address that the vendor pushes to: keeps the bodies."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                box.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the library's name
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def wait_for(self, count: int) -> list[bytes]:
        """Return the bodies once there are *count* of them."""
        until = time.monotonic() + 30
        while len(self.bodies) < count:
            assert time.monotonic() < until
            time.sleep(0.02)
        return list(self.bodies)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def postbox(bank: Bank) -> Iterator[Postbox]:
    """The address that the vendor pushes to, which it knows."""
    box = Postbox()
    bank.engine.change_switches({"push_url": box.url})
    yield box
    bank.engine.change_switches({"push_url": ""})
    box.close()


def push(bank: Bank, *bodies: bytes) -> None:
    """Let *bodies* have been pushed."""
    inbox = inbox_of(f"sqlite:///{bank.ledger}")
    inbox.put(bodies, now=datetime(2026, 11, 24, tzinfo=UTC))
    inbox.close()


def lines_with(text: str, *words: str) -> Sequence[str]:
    """Return the lines of *text* that hold all of *words*."""
    return [line for line in text.splitlines() if all(word in line for word in words)]
