"""Group commit: whatever came while the last commit was made goes into the next one, and is answered after it.

A commit costs a wait for the disk, however much is in it. So the more pushes come at once, the fewer commits each costs.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from runner.errors import RunnerError
from runner.ports import Clock, Inbox
from runner.receiver.counters import Counters

LOOK_S = 2.0
"""How long the count of what lies in the inbox may take, which waits for the commit under way."""

T = TypeVar("T")

MOST_AT_ONCE = 2_000
MOST_BYTES_AT_ONCE = 16 * 1024 * 1024
PATIENCE_S = 15.0
"""How long a push waits for its commit before it is refused; it may be stored all the same, and comes again then."""


class GroupCommit:
    """Puts bodies into the inbox from one thread of its own. Used on one event loop, while `run` runs there.

    Args:
        inbox: used by no other thread.
        clock: dates the pushes and measures the commits.
    """

    def __init__(self, inbox: Inbox, clock: Clock, counters: Counters) -> None:
        self._inbox = inbox
        self._clock = clock
        self._counters = counters
        self._waiting: deque[tuple[bytes, asyncio.Future[bool]]] = deque()
        self._wake = asyncio.Event()
        self._is_ending = False
        self._is_well = True
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")

    @property
    def waiting(self) -> int:
        """Return how many bodies wait."""
        return len(self._waiting)

    @property
    def is_well(self) -> bool:
        """Return whether the newest commit was made, and in time."""
        return self._is_well

    async def put(self, body: bytes) -> bool:
        """Return True when *body* is durable, False when nobody knows whether it is."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, future))
        self._wake.set()
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await future
        except TimeoutError:
            self._is_well = False  # the commit hangs, such as while a server is waited for
            return False

    async def run(self) -> None:
        """Commit what waits, again and again, until `end` was called and nothing waits any more."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._next_batch():
                await self._commit(batch)
            if self._is_ending:
                return

    def end(self) -> None:
        """Let `run` return when nothing waits any more."""
        self._is_ending = True
        self._wake.set()

    def close(self) -> None:
        """Let go of the thread and, in it, of the inbox."""
        self._thread.submit(self._inbox.close)
        self._thread.shutdown()

    async def depth(self) -> int | None:
        """Return how many pushes lie in the inbox; None where that cannot be told soon."""
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._in_thread(self._depth)
        except TimeoutError:
            return None

    async def _commit(self, batch: Sequence[tuple[bytes, asyncio.Future[bool]]]) -> None:
        bodies = [body for body, _ in batch]
        before_s, now = self._clock.elapsed_s(), self._clock.now()
        try:
            await self._in_thread(lambda: self._inbox.put(bodies, now=now))
        except Exception:  # noqa: BLE001  whatever it is, those who wait are told, and the next commit is tried
            self._is_well = False
            self._counters.insert_failures += 1
        else:
            self._is_well = True
            self._counters.inserts += 1
            self._counters.insert_s += self._clock.elapsed_s() - before_s
        for _, future in batch:
            if not future.done():
                future.set_result(self._is_well)

    def _next_batch(self) -> list[tuple[bytes, "asyncio.Future[bool]"]]:
        """Return what waits and is waited for still, at least one, within the limits of one commit."""
        batch: list[tuple[bytes, asyncio.Future[bool]]] = []
        size = 0
        while self._waiting and len(batch) < MOST_AT_ONCE and size < MOST_BYTES_AT_ONCE:
            body, future = self._waiting.popleft()
            if not future.done():
                batch.append((body, future))
                size += len(body)
        return batch

    def _depth(self) -> int | None:
        try:
            return self._inbox.depth()
        except RunnerError:
            return None

    def _in_thread(self, step: Callable[[], T]) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(self._thread, step)
