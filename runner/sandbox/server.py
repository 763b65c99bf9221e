"""The vendor on a socket: the vendor's own paths, and ``/_sandbox`` for whoever plays with it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from runner.listening import base_address, listening
from runner.sandbox.console import console_routes
from runner.sandbox.defaults import HOST, PORT
from runner.sandbox.delivery import BreakableProtocol, Vendor
from runner.sandbox.engine import Engine
from runner.sandbox.pusher import pushing

_LONGEST_GOODBYE_S: Final = 2
_GRACE_S: Final = 0.02


def create_app(
    engine: Engine,
    *,
    is_closing: Callable[[], bool] = lambda: False,
    after_each: Callable[[], None] = lambda: None,
) -> Starlette:
    """Return the ASGI application over *engine*; *after_each* is called when a request was dealt with.

    Under another server than ``serve`` a fault that breaks the connection is a ``ConnectionResetError``.
    """
    vendor = Vendor(engine, is_closing=is_closing, after_each=after_each)
    console = console_routes(engine, after_each=after_each)
    return Starlette(routes=[Mount("/_sandbox", routes=console), Mount("/", app=vendor)])


def serve(
    engine: Engine, *, host: str = HOST, port: int = PORT, ready: Callable[[str], None] = lambda _: None
) -> None:
    """Serve until a signal ends the process's main loop (SIGINT comes back as ``KeyboardInterrupt``).

    Args:
        engine: what answers.
        host: address to listen at.
        port: 0 = a free one.
        ready: called once connections are taken, with the base address that precedes ``/voice/…``.

    Raises:
        OSError: where the address cannot be listened at, e.g. because the port is in use.
    """
    with listening(host, port) as listener:
        ready(base_address(listener))
        with pushing(engine):
            _server(engine).run(sockets=[listener])


@contextmanager
def running(engine: Engine, *, host: str = HOST, port: int = 0) -> Iterator[str]:
    """Serve in a thread while the context lasts; yields the base address, for tests and the demo."""
    with listening(host, port) as listener:
        server = _server(engine)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        try:
            with pushing(engine):
                yield base_address(listener)
        finally:
            server.should_exit = True
            thread.join()


def _server(engine: Engine) -> uvicorn.Server:
    server: uvicorn.Server | None = None
    closed: set[asyncio.Task[None]] = set()

    def is_closing() -> bool:
        return server is not None and server.should_exit

    def refuse_if_due() -> None:
        refusal = engine.take_refusal()
        if refusal is not None and server is not None:
            task = asyncio.ensure_future(_close_the_port(server, refusal.seconds))
            closed.add(task)  # a task that nobody holds may vanish
            task.add_done_callback(closed.discard)

    config = uvicorn.Config(
        create_app(engine, is_closing=is_closing, after_each=refuse_if_due),
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # The engine's own clock dates the answers.
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
    )
    server = uvicorn.Server(config)
    return server


async def _close_the_port(server: uvicorn.Server, seconds: float) -> None:
    """Take no connections for *seconds*, then listen at the same address again; those that there are go on."""
    # What was answered last is still being written.
    await asyncio.sleep(_GRACE_S)
    config, addresses = server.config, [one.sockets[0].getsockname()[:2] for one in server.servers]
    for one in server.servers:
        one.close()

    def protocol() -> asyncio.Protocol:
        return BreakableProtocol(config=config, server_state=server.server_state, app_state={})

    try:
        await asyncio.sleep(seconds)
    finally:
        if not server.should_exit:
            loop = asyncio.get_running_loop()
            server.servers = [
                await loop.create_server(protocol, sock=listening(*address)) for address in addresses
            ]
