"""A connection that does not wait for ever, says nothing about itself, and is one of a bounded number."""

import asyncio
from collections import Counter
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from runner.receiver.counters import Counters, Refusal
from runner.receiver.origin import Origins, address_of, holder_of

HEAD_S: Final = 10.0
"""How long the head of a request may take to come."""

MOST_HEAD: Final = 16 * 1024
IDLE_S: Final = 75
"""How long a connection may wait for its next request: longer than a proxy's 60 seconds, so that the proxy ends it."""

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Crowd:
    """How many connections there are, and how many each sender has.

    Args:
        most: at once. One sender that is no trusted proxy may have a quarter of them.
    """

    def __init__(self, most: int, origins: Origins, counters: Counters) -> None:
        self.counters = counters
        self._most = most
        self._origins = origins
        self._by_sender: Counter[str] = Counter()
        self.count = 0

    def enter(self, peer: str | None) -> bool:
        """Count a connection from *peer*, and return whether there is room for it."""
        address = address_of(peer)
        sender = holder_of(address)
        self.count += 1
        self._by_sender[sender] += 1
        is_proxy = address is not None and self._origins.is_proxy(address)
        return self.count <= self._most and (is_proxy or self._by_sender[sender] <= max(1, self._most // 4))

    def leave(self, peer: str | None) -> None:
        """Count a connection from *peer* that ended."""
        sender = holder_of(address_of(peer))
        self.count -= 1
        self._by_sender[sender] -= 1
        if self._by_sender[sender] <= 0:
            del self._by_sender[sender]


class Connection(H11Protocol):
    """One connection. `crowd` is set by a subclass, since the server makes them."""

    crowd: Crowd

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the head of the first request, or close where there is no room."""
        super().connection_made(transport)
        self.app_state = {"abort": transport.abort}
        if not self.crowd.enter(self._peer):
            self.crowd.counters.refuse(Refusal.CROWDED)
            transport.abort()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        self._head_came()
        self.crowd.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; what is neither a whole head nor a part of a body has to become one in time."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]
            self._head_came()
        elif not self.transport.is_closing():
            self._expect_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Answer what is no HTTP like everything else that is no push."""
        self.crowd.counters.refuse(Refusal.BROKEN)
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE, h11.ERROR}:
            self.transport.write(_NOT_FOUND)
        self.transport.close()

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self._was_slow)

    def _head_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _was_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.crowd.counters.refuse(Refusal.SLOW)
            self.transport.abort()

    @property
    def _peer(self) -> str | None:
        return self.client[0] if self.client else None


def connections_in(crowd: Crowd) -> type[Connection]:
    """Return the class of connections that are counted in *crowd*."""

    class Counted(Connection):
        pass

    Counted.crowd = crowd
    return Counted
