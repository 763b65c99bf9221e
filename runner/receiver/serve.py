"""The receiver as a process: two ports, one event loop, and an end that answers what it has stored."""

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import uvicorn

from runner.listening import base_address, listening
from runner.ports import Clock, Inbox
from runner.receiver.app import Receiver
from runner.receiver.commit import GroupCommit
from runner.receiver.connection import IDLE_S, MOST_HEAD, Crowd, connections_in
from runner.receiver.counters import Counters, Refusal
from runner.receiver.monitor import Monitor
from runner.receiver.origin import Origins
from runner.receiver.tokens import Tokens

_GOODBYE_S = 20
_MOST_CONNECTIONS = 4096
_OTHER_FILES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who may push, and where.

    Attributes:
        tokens: of the address; one, or two while one takes the place of the other.
        rate: pushes a second that one sender may bring.
        push_at: host and port of the pushes; port 0 = a free one.
        watch_at: host and port of health and metrics.
    """

    tokens: Sequence[str] = field(repr=False)
    origins: Origins
    rate: float
    push_at: tuple[str, int]
    watch_at: tuple[str, int]


def serve(door: Door, inbox: Inbox, clock: Clock, *, ready: Callable[[str, str], None]) -> None:
    """Take pushes in until SIGINT or SIGTERM, then answer those that wait and return.

    Args:
        door: who may push, and where.
        inbox: where pushes go; used by nobody else in this process.
        clock: wall and elapsed time.
        ready: called with both base addresses once connections are taken.

    Raises:
        LedgerError: nothing can be put into *inbox*.
        OSError: an address cannot be listened at.
    """
    inbox.check()
    with ExitStack() as stack:
        sockets = [stack.enter_context(listening(*at)) for at in (door.push_at, door.watch_at)]
        asyncio.run(
            _serve(
                door,
                inbox,
                clock,
                sockets,
                ready=lambda: ready(base_address(sockets[0]), base_address(sockets[1])),
            )
        )


async def _serve(
    door: Door, inbox: Inbox, clock: Clock, sockets: Sequence[socket.socket], *, ready: Callable[[], None]
) -> None:
    counters = Counters()
    loop = asyncio.get_running_loop()
    # Whatever goes wrong in a connection is counted; its text may repeat what was sent.
    loop.set_exception_handler(lambda *_: counters.refuse(Refusal.BUG))
    commit = GroupCommit(inbox, clock, counters)
    crowd = Crowd(_most_connections(), door.origins, counters)
    app = Receiver(
        tokens=Tokens(door.tokens),
        origins=door.origins,
        rate=door.rate,
        commit=commit,
        counters=counters,
        clock=clock,
    )
    watchers = Crowd(100, Origins(), Counters())
    servers = (
        _server(app, connections_in(crowd)),
        _server(Monitor(commit=commit, counters=counters, crowd=crowd), connections_in(watchers)),
    )

    def end() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    committing = loop.create_task(commit.run())
    try:
        ready()
        await asyncio.gather(
            *(server.serve(sockets=[one]) for server, one in zip(servers, sockets, strict=True))
        )
        commit.end()
        await committing
    finally:
        committing.cancel()
        commit.close()


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs several of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: Receiver | Monitor, connection: type[asyncio.Protocol]) -> uvicorn.Server:
    logging.getLogger("uvicorn.error").disabled = True  # its lines may repeat what was sent
    return _Server(
        uvicorn.Config(
            app,
            http=connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=_GOODBYE_S,
            h11_max_incomplete_event_size=MOST_HEAD,
        )
    )


def _most_connections() -> int:
    """Return how many connections there is room for, after as many files were allowed as this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_CONNECTIONS + _OTHER_FILES
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed - _OTHER_FILES
