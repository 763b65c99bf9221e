"""The dashboard on a socket."""

from collections.abc import Callable

import uvicorn

from runner.dashboard.app import Dashboard
from runner.listening import base_address, listening

_LONGEST_GOODBYE_S = 2


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
        ready(base_address(listener))
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
