"""Progress on stderr: a line that moves at a terminal, a plain line every few seconds elsewhere."""

import sys

from runner.cli.output import write
from runner.ports import Clock
from runner.views.visible import visible

_FIRST_S = 1.0
"""What takes less than this needs no progress."""

_EVERY_S = 5.0
_EVERY_AT_TERMINAL_S = 0.2


class StderrProgress:
    """Satisfies `runner.ports.Progress`; says how long the rest may take once a tenth is done."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._what = ""
        self._began_s = self._said_s = clock.elapsed_s()
        self._open_line = False

    def step(self, what: str, *, done: int, total: int | None) -> None:
        """Say that of *total* units of *what*, *done* are done."""
        now_s = self._clock.elapsed_s()
        if what != self._what:
            self._what, self._began_s, self._said_s = what, now_s, now_s
        every_s = _EVERY_AT_TERMINAL_S if self._terminal else _EVERY_S
        waited_s = now_s - self._began_s
        if waited_s < _FIRST_S or now_s - self._said_s < every_s:
            return
        self._said_s = now_s
        of = f" of {total:,}" if total is not None else ""
        left = (
            f", about {_duration(waited_s * (total - done) / done)} left"
            if total and 0 < done < total
            else ""
        )
        self._say(f"{done:,}{of} {what}{left}", stays=False)

    def note(self, message: str) -> None:
        """Say *message* on a line of its own."""
        self._say(visible(message), stays=True)

    def close(self) -> None:
        """End a line that is still open."""
        if self._open_line:
            write(sys.stderr, "\r\x1b[K")
            self._open_line = False

    def _say(self, line: str, *, stays: bool) -> None:
        self.close()
        moves = self._terminal and not stays
        write(sys.stderr, line if moves else line + "\n")
        self._open_line = moves


def _duration(seconds: float) -> str:
    whole = int(seconds + 0.5)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"  # noqa: PLR2004
