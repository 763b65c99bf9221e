"""Sending an answer, or breaking the connection the way a fault wants it."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from runner.sandbox import gateway
from runner.sandbox.engine import Engine
from runner.sandbox.gateway import Answer, Delivery

_LOOK_EVERY_S: Final = 0.1
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
_PROTOCOL: Final = "sandbox.protocol"


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 whose connection the application can reach, to break it: ASGI itself has no way to."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(**options)
        self.app_state = {**self.app_state, _PROTOCOL: self}


class Vendor:
    """The vendor's paths as an ASGI application.

    Args:
        engine: what answers.
        is_closing: whether the server wants to end; connections that a fault holds open give way then.
        after_each: called when a request was dealt with.
    """

    def __init__(
        self, engine: Engine, *, is_closing: Callable[[], bool], after_each: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._is_closing = is_closing
        self._after_each = after_each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The engine works in the event loop: one request at a time, in order."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return  # a request of which a byte is missing is not carried out
        answer = gateway.answer(
            self._engine,
            gateway.Request(
                method=request.method, path=scope["path"], headers=dict(request.headers), body=body
            ),
        )
        try:
            await self._deliver(answer, request, receive, send)
        finally:
            self._after_each()

    async def _deliver(self, answer: Answer, request: Request, receive: Receive, send: Send) -> None:
        if answer.delay_s:
            await self._hold(answer.delay_s, receive)
        match answer.delivery:
            case Delivery.WHOLE:
                await send(_start(answer))
                await send({"type": "http.response.body", "body": answer.body})
            case Delivery.CUT_HEADERS | Delivery.CUT | Delivery.CUT_END:
                await send(_start(answer))
                part = answer.body[: _kept(answer)]
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await _break(request, receive, is_reset=False)
            case Delivery.CLOSED | Delivery.NEVER:
                await _break(request, receive, is_reset=False)
            case Delivery.RESET | Delivery.REFUSED:
                # Too late to refuse the connection: a server does that before there is a request.
                await _break(request, receive, is_reset=True)

    async def _hold(self, seconds: float, receive: Receive) -> None:
        """Wait, but not for a client that has gone or a server that wants to end."""
        gone = asyncio.ensure_future(receive())
        left = seconds
        while left > 0 and not gone.done() and not self._is_closing():
            await asyncio.wait((gone,), timeout=min(left, _LOOK_EVERY_S))
            left -= _LOOK_EVERY_S
        gone.cancel()


def _kept(answer: Answer) -> int:
    """Return how many bytes of the body arrive before the connection ends."""
    length = len(answer.body)
    return {Delivery.CUT_HEADERS: 0, Delivery.CUT: length // 2}.get(answer.delivery, length)


def _start(answer: Answer) -> Message:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _break(request: Request, receive: Receive, *, is_reset: bool) -> None:
    """End the connection, with what was written so far delivered first (FIN) or not (RST)."""
    protocol = request.scope.get("state", {}).get(_PROTOCOL)
    if not isinstance(protocol, BreakableProtocol):
        raise ConnectionResetError("the sandbox breaks the connection")  # no socket below: in-process client
    if is_reset:
        protocol.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
        )
        protocol.transport.abort()
    else:
        protocol.transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
