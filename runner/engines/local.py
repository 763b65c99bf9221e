"""Rendering on this machine, in a few worker processes."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from runner.engines.process import DEADLINE_S, Worker
from runner.engines.wire import encoded
from runner.ports import Lost

AHEAD = 2
"""Requests per worker that are prepared before the first of them is answered."""


class LocalRenderer:
    """A `runner.ports.Renderer` over worker processes, started when first needed and ended on leaving.

    A thread a worker waits for its pipes; the processes do the work.
    """

    def __init__(self, *, workers: int = 2, deadline_s: float = DEADLINE_S) -> None:
        """Take how many processes work at once, and how long one may be silent before it is ended."""
        self._all = [Worker(deadline_s=deadline_s) for _ in range(workers)]
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in self._all:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="renderer")

    @property
    def workers(self) -> Sequence[Worker]:
        """Return the workers, started or not."""
        return tuple(self._all)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the processes ahead of the first question, so that they are ready when it comes."""
        for worker in self._all:
            worker.start()

    def close(self) -> None:
        """End all processes; what they were doing is lost."""
        for worker in self._all:
            worker.interrupt()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.end()

    def answers(
        self, program: Mapping[str, object], requests: Iterable[Mapping[str, object]]
    ) -> Iterator[Mapping[str, object] | Lost]:
        """Yield the answers to *requests*, in order; a worker that loaded another program loads this one first."""
        load = encoded({"load": program})
        waiting: deque[Future[Mapping[str, object] | Lost]] = deque()
        try:
            for request in requests:
                waiting.append(self._threads.submit(self._ask, load, request))
                if len(waiting) >= AHEAD * len(self._all):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _ask(self, load: bytes, request: Mapping[str, object]) -> Mapping[str, object] | Lost:
        worker = self._idle.get()
        try:
            return worker.ask(load, request)
        finally:
            self._idle.put(worker)
