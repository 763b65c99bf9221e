"""Health and counts, for those who run it: on a port of their own, loopback unless somebody says otherwise."""

from runner.receiver.app import Message, Receive, Scope, Send
from runner.receiver.commit import GroupCommit
from runner.receiver.connection import Crowd
from runner.receiver.counters import Counters

_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class Monitor:
    """`GET /healthz`: 200, or 503 where the newest commit failed. `GET /metrics`: the counts. Nothing else is here."""

    def __init__(self, *, commit: GroupCommit, counters: Counters, crowd: Crowd) -> None:
        self._commit = commit
        self._counters = counters
        self._crowd = crowd

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer one request."""
        if scope["type"] != "http":
            return
        status, text = 404, ""
        if scope["method"] == "GET" and scope["path"] == "/healthz":
            status, text = (200, "ok\n") if self._commit.is_well else (503, "the store fails\n")
        elif scope["method"] == "GET" and scope["path"] == "/metrics":
            depth = await self._commit.depth()
            text = self._counters.text(
                depth=depth, waiting=self._commit.waiting, connections=self._crowd.count
            )
            status = 200
        body = text.encode()
        start: Message = {
            "type": "http.response.start",
            "status": status,
            "headers": [
                _TEXT,
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
            ],
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})
