"""The one real clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Satisfies `runner.ports.Clock`."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        """Return seconds on a clock that never goes back and, where the system has one, counts suspend."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        time.sleep(seconds)
