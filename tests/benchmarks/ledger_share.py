"""Run `runner` with the arguments given, and write how long it took, and how long of that was spent in the ledger.

Every question to the ledger and every append is timed where it enters SQLAlchemy, with connecting, hashing and checking; what
the heartbeat's thread does beside the work is not counted, since nothing waits for it.

    ledger_share.py FILE apply --ack-calls 1000000
"""

import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner.cli.main import run
from runner.ledger import open as opening
from runner.ledger.commits import Commits
from runner.ledger.reader import SqlReader
from runner.ledger.snapshots import Snapshots
from runner.ledger.store import SqlLedger

_MAIN = threading.main_thread()


class Stopwatch:
    """Seconds and number of calls, of the outermost one where they are nested."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._depth = 0

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return *call*, timed under *name*."""

        def timed(*arguments: Any, **named: Any) -> Any:
            if threading.current_thread() is not _MAIN or self._depth:
                return call(*arguments, **named)
            self._depth += 1
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.seconds[name] += time.perf_counter() - began
                self.calls[name] += 1
                self._depth -= 1

        return timed


def main() -> int:
    """Run, and write what was measured."""
    file, *arguments = sys.argv[1:]
    stopwatch = Stopwatch()
    for where, names in (
        (opening, ("create", "open_reader", "open_writer")),
        (Snapshots, ("read",)),
        (SqlReader, ("entries", "blocks")),
        (Commits, ("write",)),
        (SqlLedger, ("intend", "record")),
    ):
        for name in names:
            setattr(where, name, stopwatch.timed(name, getattr(where, name)))
    began = time.perf_counter()
    code = run(arguments)
    measured = {
        "apply_s": time.perf_counter() - began,
        "ledger_s": sum(stopwatch.seconds.values()),
        "parts": {name: [stopwatch.calls[name], seconds] for name, seconds in stopwatch.seconds.items()},
    }
    Path(file).write_text(json.dumps(measured), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
