"""A clock, task requests, and two stand-ins for the vendor: one without a network, and one made of a bare socket."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import polars as pl
import pytest

from runner.frames import CONTENT, NUMBER, PERSON, slot
from runner.laaffic.adapter import Laaffic
from runner.laaffic.client import Deadlines
from runner.model.campaign import Triggers
from runner.model.settings import SmsSettings, TaskSettings, VoiceSettings
from runner.model.skeleton import Slot
from runner.model.task import TaskRequest, Timing

GOLDEN = Path(__file__).parents[2] / "golden" / "laaffic"
KEY = "bDqJFiq9"
SECRET = "7bz1lzh9"
NOW = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


def golden(name: str) -> Any:
    """Return a golden file: what the vendor's page shows."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@dataclass
class FakeClock:
    """Stands still but for its sleeps, which it remembers."""

    moment: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the moment it stands at."""
        return self.moment

    def elapsed_s(self) -> float:
        """Return seconds since the start of the tests' day."""
        return (self.moment - NOW).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock at 2026-11-24 09:00 UTC."""
    return FakeClock()


def quick_start_request(**changes: Any) -> TaskRequest:
    """Return the quick start's own task, but with a link of 30 characters, as its rules want it."""
    settings = TaskSettings(
        app_id="cER2Ev2w",
        caller_id=None,
        voice=VoiceSettings(
            tts=False,
            language="EN",
            gender=None,
            rate=None,
            accent=None,
            audio_sha256=None,
            file_id="12025073082f4b0d63ac5400a8320853c67341456.m4a",
        ),
        loops=1,
        max_duration_s=40,
        max_ring_s=None,
        sms=SmsSettings(
            app_id="cF9u6UmT",
            sender_id=None,
            triggers=Triggers(on_failed=True, success_after_s=None, key="6", on_ring=False),
        ),
        transfer=None,
        recall=None,
    )
    opening = "Attention! Your loan of $1,200 is overdue. Please settle the payment by Aug 15 via  "
    fields: dict[str, Any] = {
        "name": "20251024123",
        "settings": settings,
        "timing": Timing(send_at=None, windows=(), timezone=None),
        "skeletons": {1: (opening, Slot(1), ".")},
        "callees": callees(["+9113000000001", "+9113000000002"], ["https://itniotech.cn/api/voice"] * 2),
        "audio": {},
    }
    return TaskRequest(**(fields | changes))


def callees(numbers: list[str], *columns: list[str]) -> pl.DataFrame:
    """Return a frame of callees with made-up keys."""
    keys = pl.Series(range(len(numbers)), dtype=pl.UInt128)
    values = {slot(number): column for number, column in enumerate(columns, start=1)}
    return pl.DataFrame({PERSON: keys, NUMBER: numbers, CONTENT: keys, **values})


Handler = Callable[[httpx.Request], httpx.Response]


def vendor_with(handler: Handler, clock: FakeClock, **options: Any) -> Laaffic:
    """Return the adapter with *handler* in the place of the network."""
    url = options.pop("url", "https://api.example.test/v3")
    return Laaffic(
        url, KEY, SECRET, **({"zone": None} | options), clock=clock, transport=httpx.MockTransport(handler)
    )


def yes() -> bool:
    """Allow the last piece of a request to be written."""
    return True


class Script:
    """A TCP server that serves each connection with *serve* and remembers what it read."""

    def __init__(self, serve: Callable[[socket.socket, "Script"], None], host: str = "127.0.0.1") -> None:
        self._serve = serve
        self.read: list[bytes] = []
        self.connections = 0
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.bind((host, 0))
        self._listener.listen()
        self._address: tuple[str, int] = self._listener.getsockname()
        self.port = self._address[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A last connection wakes the thread that waits for one.
        self._closing = True
        with socket.create_connection(self._address):
            pass
        self._thread.join(timeout=5)
        self._listener.close()

    _closing = False

    def _run(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing:
                    return
                self.connections += 1
                self.read.append(b"")
                try:
                    self._serve(connection, self)
                except OSError:
                    continue

    def read_head(self, connection: socket.socket) -> None:
        """Read up to the end of the request's head, and what came with it."""
        while b"\r\n\r\n" not in self.read[-1]:
            self._more(connection)

    def read_whole(self, connection: socket.socket) -> None:
        """Read the whole request."""
        self.read_head(connection)
        head, _, _ = self.read[-1].partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        while len(self.read[-1]) < len(head) + 4 + length:
            self._more(connection)

    def _more(self, connection: socket.socket) -> None:
        block = connection.recv(65536)
        if not block:
            raise ConnectionResetError
        self.read[-1] += block


QUICK = Deadlines(connect_s=0.5, idle_s=0.5, answer_s=1.0)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """Return a port that nothing listens on: bound, so that nobody else takes it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


class Routes:
    """A vendor without a network: answers by path, and remembers what it was asked."""

    def __init__(self, **handlers: Callable[[dict[str, Any]], Any]) -> None:
        self.handlers = handlers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer with what the handler of the path's last word returns: a response, or the data of a success."""
        path = request.url.path
        fields = json.loads(request.content) if request.content else {}
        self.asked.append((path, fields))
        answer = self.handlers[path.rsplit("/", 1)[-1]](fields)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json={"code": 0, "msg": "success", "data": answer})


def page(records: list[dict[str, Any]], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the asked page of a list."""
    start = (fields["current"] - 1) * fields["size"]
    return {
        "total": len(records),
        "current": fields["current"],
        "records": records[start : start + fields["size"]],
    }


def code(value: int, status: int = 200, *, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return an answer that is only a code."""
    return httpx.Response(
        status, json={"status": str(value), "reason": "words of the vendor"}, headers=headers
    )
