"""The worker process: reads messages from stdin, renders, writes answers to stdout.

Started by `runner.engines.process` with an empty environment. Before the first template is parsed it gives up what it
does not need: memory beyond a limit, files, core dumps, processor time. A limit that the system does not have is left
out; the parent's deadline holds everywhere.
"""

import gc
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from typing import Any

from runner.compile.jinja.service import Service
from runner.engines.wire import HEADER, decoded, encoded, length_of

MEMORY = 512 * 1024 * 1024
CPU_S = 10
"""Processor seconds between two notes; the parent's deadline is shorter, this one holds when the parent is gone."""


def _limit(name: str, soft: int) -> None:
    kind = getattr(resource, name, None)
    if kind is not None:
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1] if name == "RLIMIT_CPU" else soft))


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit("RLIMIT_CPU", int(used.ru_utime + used.ru_stime) + CPU_S)


def _read(count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = os.read(0, count)
        if not part:
            sys.exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _send(message: dict[str, Any]) -> None:
    rest = memoryview(encoded(message))
    while rest:
        rest = rest[os.write(1, rest) :]


def _note(note: object) -> None:
    _allow_cpu()
    _send({"note": note})


def main() -> None:
    """Serve until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit("RLIMIT_AS", MEMORY)
    _limit("RLIMIT_NOFILE", 8)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    # Rows are tuples of values that refer to nothing; looking for cycles among them costs a tenth of the time.
    gc.set_threshold(100_000, 20, 20)
    service = Service(_note, time.monotonic)
    while True:
        message = decoded(_read(length_of(_read(HEADER))))
        _allow_cpu()
        try:
            if "load" in message:
                service.load(message["load"])  # type: ignore[arg-type]
            else:
                _send({"answer": service.answer(message)})
        except MemoryError:
            _send({"lost": "memory"})
            sys.exit(1)


if __name__ == "__main__":
    main()
