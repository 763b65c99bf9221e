"""A receiver without sockets: requests go in as the server would hand them over, answers come out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from runner.errors import LedgerError
from runner.model.inbox import Pushed
from runner.receiver.app import Receiver
from runner.receiver.commit import GroupCommit
from runner.receiver.connection import Crowd
from runner.receiver.counters import Counters
from runner.receiver.monitor import Monitor
from runner.receiver.origin import Origins
from runner.receiver.tokens import Tokens

TOKEN = "new-token-0123456789abcdef"
OLD = "old-token-0123456789abcdef"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class StillClock:
    """A clock that moves when it is told to."""

    elapsed = 100.0

    def now(self) -> datetime:
        return NOW

    def elapsed_s(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


@dataclass
class MemoryInbox:
    """An inbox that keeps what was put, one list a commit, and fails when it is told to."""

    place: str = "memory"
    commits: list[list[bytes]] = field(default_factory=list)
    is_down: bool = False
    is_closed: bool = False
    bug: Exception | None = None

    def check(self) -> None:
        return

    def put(self, bodies: Sequence[bytes], *, now: datetime) -> None:
        assert now == NOW
        if self.bug is not None:
            raise self.bug
        if self.is_down:
            raise LedgerError("down")
        self.commits.append(list(bodies))

    def take(self, limit: int) -> tuple[Pushed, ...]:
        raise NotImplementedError

    def remove(self, ids: Sequence[int]) -> None:
        raise NotImplementedError

    def depth(self) -> int:
        if self.is_down:
            raise LedgerError("down")
        return sum(map(len, self.commits))

    def close(self) -> None:
        self.is_closed = True


@dataclass
class House:
    """A receiver, its monitor and all that they share."""

    inbox: MemoryInbox
    clock: StillClock
    counters: Counters
    origins: Origins
    rate: float = 1_000.0
    aborted: int = 0

    def ask(self, *requests: dict[str, Any], app: str = "receiver") -> list[tuple[int, bytes]]:
        """Return status and body of the answers to *requests*, all asked at once; headers have no more than they must."""
        return asyncio.run(self._ask(requests, app))

    async def _ask(self, requests: Sequence[dict[str, Any]], app: str) -> list[tuple[int, bytes]]:
        commit = GroupCommit(self.inbox, self.clock, self.counters)
        receiver = Receiver(
            tokens=Tokens([TOKEN, OLD]),
            origins=self.origins,
            rate=self.rate,
            commit=commit,
            counters=self.counters,
            clock=self.clock,
        )
        monitor = Monitor(commit=commit, counters=self.counters, crowd=Crowd(10, self.origins, self.counters))
        running = asyncio.create_task(commit.run())
        try:
            asked = receiver if app == "receiver" else monitor
            answers = await asyncio.gather(*(self._one(asked, **request) for request in requests))
            commit.end()
            await running
            return answers
        finally:
            running.cancel()
            commit.close()

    async def _one(
        self,
        app: Receiver | Monitor,
        path: str = f"/push/{TOKEN}",
        method: str = "POST",
        body: Sequence[bytes] | bytes = b"{}",
        headers: Sequence[tuple[bytes, bytes]] = (),
        client: str = "192.0.2.1",
        gone: bool = False,
    ) -> tuple[int, bytes]:
        chunks = [body] if isinstance(body, bytes) else list(body)
        sent: list[dict[str, Any]] = []

        async def receive():
            if not chunks:
                return {"type": "http.disconnect"} if gone else await asyncio.Event().wait()
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks) or gone}

        async def send(message):
            sent.append(message)

        def abort():
            self.aborted += 1

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": b"",
            "headers": list(headers),
            "client": (client, 4711),
            "state": {"abort": abort},
        }
        await app(scope, receive, send)
        start, end = sent
        allowed = {b"content-length", b"connection", b"content-type", b"cache-control"}
        assert {name for name, _ in start["headers"]} <= allowed
        return start["status"], end["body"]


@pytest.fixture(name="house")
def _house() -> House:
    return House(MemoryInbox(), StillClock(), Counters(), Origins())
