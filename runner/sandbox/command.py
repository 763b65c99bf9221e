"""The sandbox as a program of its own: it has its own clock, and says on stdout where it listens."""

import sys
import time
from collections.abc import Callable, Iterable

from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from runner.sandbox.server import serve
from runner.sandbox.switches import Switches


def run_sandbox(
    *,
    host: str,
    port: int,
    speed: float,
    seed: int,
    switches: Iterable[str] = (),
    wall: Callable[[], float] = time.time,  # noqa: TID251 - the vendor's clock is not the runner's
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a fresh vendor until the process is told to end.

    Args:
        host: address to listen at.
        port: 0 = a free one.
        speed: virtual seconds per second.
        seed: of ids and outcomes.
        switches: ``name=value`` each.
        wall: the server's clock, Unix seconds.
        ready: called with the base address once connections are taken; by default it is the first line on
            stdout.

    Raises:
        SwitchError: for a switch that does not exist or cannot have that value.
        OSError: where the address cannot be listened at, e.g. because the port is in use.
        KeyboardInterrupt: after a SIGINT and an orderly end.
    """
    chosen = Switches().changed_by_text(switches)
    engine = Engine(clock=VirtualClock(wall, speed), switches=chosen, seed=seed)
    serve(engine, host=host, port=port, ready=ready or _say)


def _say(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
