"""Ctrl-C while people are being handed over: the first stops after the request under way, the second at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Self


class Interrupt:
    """Counts SIGINT and SIGTERM; use it with ``with``."""

    def __init__(self) -> None:
        self._requested = False
        self._graceful = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]

    def is_requested(self) -> bool:
        """Tell whether somebody asked to stop."""
        return self._requested

    @contextmanager
    def graceful(self) -> Iterator[None]:
        """While this lasts, the first signal is only noted."""
        self._graceful = True
        try:
            yield
        finally:
            self._graceful = False

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        if self._requested or not self._graceful:
            raise KeyboardInterrupt
        self._requested = True
        # Not through sys.stderr: a handler may run in the middle of a write to it.
        with suppress(OSError):
            os.write(2, b"\nStopping after the request under way; press Ctrl-C again to stop at once.\n")
