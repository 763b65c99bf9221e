"""The one address that takes something in. Everything that is no push gets one and the same answer.

Plain ASGI without a framework's router, which would answer another method, a slash more or a wrong encoding in a way of
its own, and so tell what is here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

from runner.ports import Clock
from runner.receiver.commit import GroupCommit
from runner.receiver.counters import Counters, Refusal
from runner.receiver.origin import Origins, holder_of
from runner.receiver.rate import Rate
from runner.receiver.tokens import Tokens

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_BODY: Final = 8 * 1024 * 1024
MOST_HELD: Final = 128 * 1024 * 1024
"""Bytes of all bodies that are being read or wait for the store."""

MOST_WAITING: Final = 20_000
BODY_S: Final = 15.0
STRANGERS_PER_S: Final = 50
"""Answers a second to one sender's requests that are no push; then its connections are closed without one."""

STORED, UNKNOWN, LATER = 200, 404, 503

_NOTHING = (b"content-length", b"0")
_CLOSE = (b"connection", b"close")


class RefusedError(Exception):
    """A push that is not stored. `answer` is what its sender learns."""

    def __init__(self, why: Refusal, answer: int) -> None:
        super().__init__(why)
        self.why = why
        self.answer = answer


class Receiver:
    """`POST /push/{token}`: 200 when the body is durable, 503 when it has to come again, 404 for everything else.

    Args:
        rate: pushes a second from one sender.
    """

    def __init__(
        self,
        *,
        tokens: Tokens,
        origins: Origins,
        rate: float,
        commit: GroupCommit,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._origins = origins
        self._commit = commit
        self._counters = counters
        self._clock = clock
        self._pushes = Rate(rate)
        # Apart from the pushes: where all come through one proxy, a stranger must not use up what the vendor may send.
        self._strangers = Rate(STRANGERS_PER_S)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        self._counters.received += 1
        try:
            await self._take_in(scope, receive)
        except RefusedError as refused:
            self._counters.refuse(refused.why)
            await _answer(send, refused.answer)
        except Exception:  # noqa: BLE001  whatever it is, who asked learns nothing of it
            self._counters.refuse(Refusal.BUG)
            await _answer(send, LATER)
        else:
            await _answer(send, STORED)

    async def _take_in(self, scope: Scope, receive: Receive) -> None:
        client, headers = scope["client"], scope["headers"]
        origin = self._origins.of(client[0] if client else None, headers)
        # All is found out before anything is decided: which part was wrong does not show in the time.
        is_open = self._tokens.opens(scope["raw_path"])
        is_let_in = self._origins.lets_in(origin)
        is_post = scope["method"] == "POST"
        at_s = self._clock.elapsed_s()
        if not (is_open and is_let_in and is_post):
            if not self._strangers.allows(holder_of(origin), at_s=at_s):
                abort(scope)
            raise RefusedError(Refusal.UNKNOWN if is_let_in else Refusal.ADDRESS, UNKNOWN)
        if not self._pushes.allows(holder_of(origin), at_s=at_s):
            raise RefusedError(Refusal.RATE, LATER)
        if self._commit.waiting >= MOST_WAITING:
            raise RefusedError(Refusal.BUSY, LATER)
        _refuse_unreadable(headers)
        await self._store(receive)

    async def _store(self, receive: Receive) -> None:
        held = 0
        try:
            chunks: list[bytes] = []
            async with asyncio.timeout(BODY_S):
                more = True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise RefusedError(Refusal.BROKEN, UNKNOWN)
                    chunk = message.get("body", b"")
                    more = message.get("more_body", False)
                    held += len(chunk)
                    self._held += len(chunk)
                    if held > MOST_BODY:
                        raise RefusedError(Refusal.SIZE, UNKNOWN)
                    if self._held > MOST_HELD:
                        raise RefusedError(Refusal.BUSY, LATER)
                    chunks.append(chunk)
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            if not body:
                self._counters.empty += 1
            elif await self._commit.put(body):
                self._counters.stored += 1
                self._counters.stored_bytes += len(body)
            else:
                raise RefusedError(Refusal.STORE, LATER)
        except TimeoutError:
            raise RefusedError(Refusal.SLOW, UNKNOWN) from None
        finally:
            self._held -= held


def abort(scope: Scope) -> None:
    """Close the connection of *scope* without an answer, where the server has told how."""
    close = scope.get("state", {}).get("abort")
    if close is not None:
        close()


def _refuse_unreadable(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse a body that is too long by its own account, before any of it is read, and one that is compressed.

    The vendor is not known to compress, and what a compressed body grows to is not for a receiver to find out.
    """
    for name, value in headers:
        if name == b"content-length" and int(value) > MOST_BODY:
            raise RefusedError(Refusal.SIZE, UNKNOWN)
        if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise RefusedError(Refusal.ENCODED, UNKNOWN)


async def _answer(send: Send, status: int) -> None:
    # After a refusal the rest of what was sent is not read, so nothing else can come over the same connection.
    headers = [_NOTHING] if status == STORED else [_NOTHING, _CLOSE]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
