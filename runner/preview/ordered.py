"""Work on parts in a few threads, with results in the order of the parts: what comes out does not depend on the threads.

Polars lets go of Python's lock while it computes, and while a part waits for worker processes another one is hashed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")

THREADS = 2
"""Parts that are worked on at once; each takes memory of its own."""


def in_order(work: Callable[[P], R], parts: Iterable[P], *, threads: int = THREADS) -> Iterator[R]:
    """Yield ``work(part)`` of each of *parts*, in their order; *parts* itself is read in the caller's thread.

    At most *threads* parts and results are at hand besides the one that the caller has. What *work* raises is raised in
    the place of its result; nothing is started after it, and nothing is running when this ends.
    """
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="part") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for part in parts:
                waiting.append(pool.submit(work, part))
                del part
                if len(waiting) >= threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
