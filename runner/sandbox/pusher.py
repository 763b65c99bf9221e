"""Carries status reports to the push address, in a thread beside the server."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import SplitResult, urlsplit

from runner.sandbox.engine import Engine
from runner.sandbox.outbox import Push

_LOOK_EVERY_S: Final = 0.05
_TIMEOUT_S: Final = 10.0
# The content type is documented; the program's name is that of a sample on one page.
_HEADERS: Final = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "Java/1.8.0_232"}
_TAKEN: Final = 200


@contextmanager
def pushing(engine: Engine) -> Iterator[None]:
    """Send what is due, on the engine's virtual clock, while the context lasts."""
    is_over = threading.Event()
    thread = threading.Thread(target=_run, args=(engine, is_over), name="sandbox-pusher", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(timeout=_TIMEOUT_S)


def _run(engine: Engine, is_over: threading.Event) -> None:
    line = _Line()
    while not is_over.wait(_LOOK_EVERY_S):
        for push in engine.due_pushes():
            if is_over.is_set():
                break
            engine.push_ended(push, is_taken=line.carry(push))
    line.close()


class _Line:
    """One connection that is kept open between pushes."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._place = ("", "")

    def carry(self, push: Push) -> bool:
        """Return whether the address answered 200. A connection that had lain idle is not trusted, but made anew once."""
        url = urlsplit(push.url)
        if self._place != (url.scheme, url.netloc):
            self.close()
            self._place = (url.scheme, url.netloc)
        was_open = self._connection is not None
        status = self._post(url, push.body)
        if status is None and was_open:
            status = self._post(url, push.body)
        return status == _TAKEN

    def close(self) -> None:
        """Give the connection up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, url: SplitResult, body: bytes) -> int | None:
        if self._connection is None:
            kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(url.netloc, timeout=_TIMEOUT_S)
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        try:
            self._connection.request("POST", path, body=body, headers=_HEADERS)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return None
        if response.will_close:
            self.close()
        return response.status
