"""HTTP, and the one file that imports its library: connections, deadlines, sizes, and how far a request got.

Bodies are written piece by piece with their length announced, and the last piece is held back until a last look allows it.
So there are two kinds of failure and no third: before the last piece was handed to the socket nobody can have acted on the
request, and after that anything may have happened.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from runner.laaffic.address import address_of
from runner.laaffic.body import Body
from runner.laaffic.sockets import socket_options

if TYPE_CHECKING:
    import ssl

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024

Transport = httpx.BaseTransport
"""What tests put in the place of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long is waited, in seconds.

    Attributes:
        connect_s: for the name, the connection and the TLS handshake, each.
        idle_s: for the next byte in either direction.
        answer_s: for the whole body of an answer, after its head.
    """

    connect_s: float = 10.0
    idle_s: float = 60.0
    answer_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer.

    Attributes:
        is_request_whole: whether the last piece of the request had been handed over before.
        server_time: its ``Date``, aware, UTC; None where there is none.
    """

    status: int
    body: bytes = field(repr=False)
    server_time: datetime | None
    is_request_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """No complete answer; `reason` in our words, since the library's may quote what was sent."""

    reason: str
    is_request_whole: bool


class Http:
    """Requests to one base address, over a fresh connection each time it is entered."""

    def __init__(
        self,
        url: str,
        *,
        elapsed_s: Callable[[], float],
        deadlines: Deadlines | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Make no connection yet.

        Args:
            url: what precedes the paths, such as ``https://api.laaffic.com/v3``.
            elapsed_s: a clock that never goes back, for the deadline of an answer.
            deadlines: None = the usual ones.
            transport: None = the network.

        Raises:
            InvalidError: *url* will not do; see `runner.laaffic.address`.
        """
        self._address = address_of(url)
        self._elapsed_s = elapsed_s
        self._deadlines = deadlines or Deadlines()
        self._transport = transport
        self._tls: ssl.SSLContext | None = None

    @property
    def host(self) -> str:
        """Return the host of the address, in lower case, without its port."""
        return self._address.host

    @property
    def path(self) -> str:
        """Return the path of the address, without a slash at its end."""
        return self._address.path

    def exchange(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Body | None,
        last_look: Callable[[], bool] = lambda: True,
    ) -> Reply | NoReply:
        """Return what came back for *body* posted to *path*, or for a GET where it is None.

        Errors that *last_look* or the body raise are passed on; the request is never whole then.
        """
        run = _Run(body, last_look)
        try:
            with self._client() as client:
                return self._answer(client, self._request(client, path, headers, run), run)
        except _HeldBackError:
            return NoReply(reason="the last look before sending said no", is_request_whole=False)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            return NoReply(reason=_words(error), is_request_whole=run.is_whole)
        except Exception as error:
            # Once the last piece was handed over nothing may hide that, not even a defect of ours or of a library.
            if not run.is_whole:
                raise
            return NoReply(
                reason=f"reading the answer failed ({type(error).__name__})", is_request_whole=True
            )

    def _request(
        self, client: httpx.Client, path: str, headers: Mapping[str, str], run: "_Run"
    ) -> httpx.Request:
        url = f"{self._address.base}{path}"
        common = {
            **headers,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if run.body is None:
            return client.build_request("GET", url, headers=common)
        # With the length announced, a body that stops short is no request to any server.
        common["Content-Length"] = str(run.body.length)
        return client.build_request("POST", url, headers=common, content=run.pieces())

    def _answer(self, client: httpx.Client, request: httpx.Request, run: "_Run") -> Reply | NoReply:
        response = client.send(request, stream=True)
        try:
            if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
                return NoReply(reason="the answer is compressed, unasked", is_request_whole=run.is_whole)
            received = bytearray()
            until = self._elapsed_s() + self._deadlines.answer_s
            for block in response.iter_bytes():
                received += block
                if len(received) > MAX_ANSWER_BYTES:
                    return NoReply(reason="the answer is larger than 16 MiB", is_request_whole=run.is_whole)
                if self._elapsed_s() > until:
                    return NoReply(reason="the answer did not end in time", is_request_whole=run.is_whole)
        finally:
            response.close()
        return Reply(
            status=response.status_code,
            body=bytes(received),
            server_time=_date(response.headers.get("Date")),
            is_request_whole=run.is_whole,
        )

    def _client(self) -> httpx.Client:
        """Return a client with no memory: a reused connection that the server closes at that moment leaves a doubt."""
        deadlines = self._deadlines
        if self._transport is None and self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
        return httpx.Client(
            transport=self._transport
            or httpx.HTTPTransport(
                verify=self._tls or True,
                trust_env=False,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
                retries=0,
                socket_options=socket_options(deadlines.idle_s),
            ),
            timeout=httpx.Timeout(deadlines.idle_s, connect=deadlines.connect_s, pool=deadlines.connect_s),
            headers={"User-Agent": "campaign-runner"},
            trust_env=False,
            follow_redirects=False,
        )


class _HeldBackError(Exception):
    """The last look said no. Raised inside the body, so that the connection is given up with the request incomplete."""


class _Run:
    """One run through a body: knows whether the last piece was handed over."""

    def __init__(self, body: Body | None, last_look: Callable[[], bool]) -> None:
        self.body = body
        self._last_look = last_look
        # A GET has no last piece: it is whole as soon as it is tried.
        self.is_whole = body is None

    def pieces(self) -> Iterator[bytes]:
        """Yield the body's pieces, the last one only after the last look."""
        held: bytes | None = None
        for piece in self.body.pieces() if self.body is not None else ():
            if held is not None:
                yield held
            held = piece
        if not self._last_look():
            raise _HeldBackError
        # Set before the bytes go: a failure in the middle of the last piece is one after it.
        self.is_whole = True
        yield held or b""


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _words(error: Exception) -> str:
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    return f"the exchange failed ({type(error).__name__})"


_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.ConnectError, "no connection (name, address or TLS)"),
    (httpx.PoolTimeout, "no connection in time"),
    (httpx.ReadTimeout, "no answer in time"),
    (httpx.WriteTimeout, "the request was not taken in time"),
    (httpx.ReadError, "the connection broke before the answer"),
    (httpx.WriteError, "the connection broke in the request"),
    (httpx.RemoteProtocolError, "the connection ended before the answer did, or the answer is not HTTP"),
    (httpx.LocalProtocolError, "the request could not be written as HTTP"),
)
