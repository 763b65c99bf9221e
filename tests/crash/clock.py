"""A time that moves only when somebody waits, with a wall clock that can be set wrong; the vendor's stays right."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Clock:
    """Satisfies `runner.ports.Clock`; `vendor_time` is what the vendor's server sees at the same moment."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.wrong_by_s = 0.0

    def now(self) -> datetime:
        """Return this machine's wall clock."""
        return START + timedelta(seconds=self.passed_s + self.wrong_by_s)

    def elapsed_s(self) -> float:
        """Return seconds since the start; setting the wall clock does not change it."""
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        self.passed_s += seconds

    def vendor_time(self) -> float:
        """Return the right time, Unix seconds."""
        return START.timestamp() + self.passed_s
