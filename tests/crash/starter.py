"""A program that starts `runner` as processes of their own, quickly, and lets them end or wait at a boundary.

The libraries are imported once and each process is forked from there, which saves most of the time of a start; but for Polars,
whose threads do not survive a fork. Orders come as lines of JSON on standard input, answers go as lines of JSON to standard
output. There is no hook in the product: what happens at a boundary is put in the place of "nothing happens" here.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
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


def at(boundary: str, occurrence: int, action: str) -> Callable[[Any], None]:
    """Return what an apply does at its boundaries: be killed at one of them, or wait there until it is killed."""
    passed: Counter[str] = Counter()

    def happen(here: Any) -> None:
        passed[here.name] += 1
        if here.name != boundary or passed[boundary] != occurrence:
            return
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
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


def be(order: Mapping[str, Any]) -> int:
    """Be the process that *order* wants, and return its exit code."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, descriptor)
    os.chdir(order["root"])
    os.environ.clear()
    os.environ.update(order["environment"])
    from runner.apply.run import Tools  # noqa: PLC0415  imports Polars
    from runner.cli.main import run  # noqa: PLC0415

    hook = at(*order["at"]) if order.get("at") else noted(order["notes"]) if order.get("notes") else None
    if hook is not None:
        defaults = Tools.__init__.__kwdefaults__
        assert defaults is not None
        defaults["at"] = hook
    return run(order["arguments"])


def main() -> int:
    """Follow orders until there are no more; in a process that was started, be that one."""
    for name in _EARLY:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)
            continue
        pid = os.fork()
        if not pid:
            return be(order)
        print(json.dumps({"pid": pid}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
