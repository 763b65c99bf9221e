"""The dashboard on a socket."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from runner.dashboard.app import Dashboard

_LONGEST_GOODBYE_S = 2
_BACKLOG = 128


def serve(dashboard: Dashboard, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends the process's main loop (SIGINT comes back as ``KeyboardInterrupt``).

    Args:
        dashboard: what answers.
        host: address to listen at.
        port: 0 = a free one.
        ready: called with the address once connections are taken.

    Raises:
        OSError: where the address cannot be listened at.
    """
    with listening(host, port) as listener:
        name, bound = listener.getsockname()[:2]
        ready(f"http://[{name}]:{bound}" if ":" in name else f"http://{name}:{bound}")
        config = uvicorn.Config(
            dashboard,
            ws="none",
            lifespan="off",
            # Paths name campaigns, and a query may hold what somebody typed by mistake.
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
        )
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that takes connections already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        yield listener
