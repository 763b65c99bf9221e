"""A program that starts `runner` as processes of their own, quickly, and lets them end or wait at a boundary.

The libraries are imported once and each process is forked from there, which saves most of the time of a start; but for Polars,
whose threads do not survive a fork. Orders come as lines of JSON on standard input, answers go as lines of JSON to standard
output. There is no hook in the product: what happens at a boundary is put in the place of "nothing happens" here.
"""

import faulthandler
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

_EARLY = (
    "alembic.command",
    "alembic.runtime.migration",
    "httpx",
    "jinja2.sandbox",
    "numpy",
    "phonenumbers",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "rich.console",
    "rich.progress",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "tinytag",
    "toml",
    "tree_sitter_toml",
    "typer",
)


LONGEST_S = 240.0
HANGS = 99
"""No exit code of the product's."""


def at(boundary: str, occurrence: int, action: str) -> Callable[[Any], None]:
    """Return what an apply does at its boundaries: be killed at one of them, be stopped, or wait there until it is killed."""
    passed: Counter[str] = Counter()

    def happen(here: Any) -> None:
        passed[here.name] += 1
        if here.name != boundary or passed[boundary] != occurrence:
            return
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if action == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        sys.stderr.write(f"waiting at {boundary}\n")
        sys.stderr.flush()
        while True:
            time.sleep(60)

    return happen


def noted(file: str) -> Callable[[Any], None]:
    """Return what writes down which boundaries are passed."""

    def happen(here: Any) -> None:
        with open(file, "a", encoding="ascii") as notes:  # noqa: PTH123  in a process that may be killed at any moment
            notes.write(here.name + "\n")

    return happen


def live_elsewhere(order: Mapping[str, Any]) -> None:
    """Live where the disk is full, the clock is wrong, leases are short, or whoever runs here cannot be seen.

    Each is put in the place of what the product asks the system for; nothing of the product itself is.
    """
    from runner.cli.clock import SystemClock  # noqa: PLC0415
    from runner.ledger import open as opening  # noqa: PLC0415
    from runner.ledger import owner  # noqa: PLC0415
    from runner.ledger.store import SqlLedger  # noqa: PLC0415

    if "room" in order:
        # What Python does by itself at its start, so that a write beyond the limit fails as one to a full disk does.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["room"], order["room"]))
    if "clock_s" in order:
        right = SystemClock.now
        SystemClock.now = lambda clock: right(clock) + timedelta(seconds=order["clock_s"])  # type: ignore[assignment,method-assign]
    if "term_s" in order:
        for function in (SqlLedger.__init__, opening.open_writer):
            defaults = function.__kwdefaults__
            assert defaults is not None
            defaults["term_s"] = order["term_s"]
    if "namespace" in order:
        owner._namespace = lambda: str(order["namespace"])


def be(order: Mapping[str, Any]) -> int:
    """Be the process that *order* wants, and return its exit code."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, descriptor)
    # `kill -USR1` shows in its log where a process hangs.
    faulthandler.register(signal.SIGUSR1)
    os.chdir(order["root"])
    os.environ.clear()
    os.environ.update(order["environment"])
    from runner.apply.run import Tools  # noqa: PLC0415  imports Polars
    from runner.apply.take_back import TakeBackTools  # noqa: PLC0415
    from runner.cli.main import run  # noqa: PLC0415
    from runner.engines.local import LocalRenderer  # noqa: PLC0415

    # One process that renders instead of two: it takes a quarter of the time of an apply of six people.
    defaults = LocalRenderer.__init__.__kwdefaults__
    assert defaults is not None
    defaults["workers"] = 1
    live_elsewhere(order)
    hook = at(*order["at"]) if order.get("at") else noted(order["notes"]) if order.get("notes") else None
    if hook is not None:
        for tools in (Tools, TakeBackTools):
            defaults = tools.__init__.__kwdefaults__
            assert defaults is not None
            defaults["at"] = hook
    return run(order["arguments"])


def ended(pid: int) -> int:
    """Return the exit code of *pid* once it has ended, `HANGS` where it does not; its log shows then where."""
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    for number in (signal.SIGCONT, signal.SIGUSR1):
        os.kill(pid, number)
        time.sleep(1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return HANGS


def main() -> int:
    """Follow orders until there are no more; in a process that was started, be that one."""
    for name in _EARLY:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            print(json.dumps({"code": ended(order["wait"])}), flush=True)
            continue
        pid = os.fork()
        if not pid:
            return be(order)
        print(json.dumps({"pid": pid}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
