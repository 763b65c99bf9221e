"""Pages for a browser. Read only: what changes anything is a command, with its own acknowledgement."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from runner.dashboard.access import SESSION_S, Access, Hosts
from runner.ports import Clock

T = TypeVar("T")

COOKIE: Final = "runner-session"
_MOST_FORM: Final = 4096
_MOST_SEARCH: Final = 64
_NOT_ALLOWED, _NOT_FOUND, _WRONG_HOST, _WRONG_TOKEN, _SEE_OTHER, _LATER = (
    405,
    404,
    421,
    403,
    303,
    503,
)

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer. Nothing is loaded from elsewhere, nothing frames it, nothing is kept."""


class Pages(Protocol):
    """What is shown. Called in one thread, one after the other; every text in it is escaped already."""

    def sign_in(self, *, was_wrong: bool) -> str:
        """Return the page with the form; it says nothing of what lies behind it."""
        ...

    def overview(self, *, search: str) -> str:
        """Return the page of all campaigns whose name holds *search*."""
        ...

    def campaign(self, name: str, edition: str) -> str | None:
        """Return the page of one campaign's edition; None where there is none."""
        ...

    def not_found(self) -> str:
        """Return the page for who is signed in and asks for something else."""
        ...

    def asset(self, path: str) -> tuple[str, str] | None:
        """Return content and media type of the style and the script, the same for everybody; None for another path."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The ASGI application.

    Attributes:
        is_secure: whether a browser reaches it by https, so that the cookie is sent over nothing else.
        reading: the one thread in which pages are made.
    """

    pages: Pages
    access: Access
    hosts: Hosts
    clock: Clock
    is_secure: bool
    reading: ThreadPoolExecutor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except Exception:  # noqa: BLE001  whatever it is, a browser is not told what
            response = Response("The ledger cannot be read now.", status_code=_LATER, media_type="text/plain")
        response.headers.update(HEADERS)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self.hosts.has(request.headers.get("host", "")):
            return Response(status_code=_WRONG_HOST)
        path, is_reading = request.url.path, request.method in {"GET", "HEAD"}
        asset = self.pages.asset(path)
        if asset is not None and is_reading:
            return Response(asset[0], media_type=asset[1])
        if path == "/sign-in":
            return await self._sign_in(request)
        if not self._is_let_in(request):
            return RedirectResponse("/sign-in", status_code=_SEE_OTHER)
        if path == "/sign-out" and request.method == "POST":
            gone = RedirectResponse("/sign-in", status_code=_SEE_OTHER)
            gone.delete_cookie(COOKIE, path="/", secure=self.is_secure, httponly=True, samesite="strict")
            return gone
        if not is_reading:
            return Response(status_code=_NOT_ALLOWED)
        return await self._page(request, path)

    def _is_let_in(self, request: Request) -> bool:
        header = self.access.user_header
        user = request.headers.get(header, "") if header else ""
        client = request.client.host if request.client else None
        if self.access.is_vouched_for(client, user):
            return True
        return self.access.is_signed_in(request.cookies.get(COOKIE, ""), at_s=self.clock.elapsed_s())

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(await self._made(lambda: self.pages.sign_in(was_wrong=False)))
        token = await _token(request)
        at_s = self.clock.elapsed_s()
        if not self.access.opens(token, at_s=at_s):
            page = await self._made(lambda: self.pages.sign_in(was_wrong=True))
            return HTMLResponse(page, status_code=_WRONG_TOKEN)
        signed_in = RedirectResponse("/", status_code=_SEE_OTHER)
        signed_in.set_cookie(
            COOKIE,
            self.access.cookie(at_s=at_s),
            max_age=SESSION_S,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="strict",
        )
        return signed_in

    async def _page(self, request: Request, path: str) -> Response:
        page: str | None = None
        if path == "/":
            search = request.query_params.get("search", "")[:_MOST_SEARCH]
            page = await self._made(lambda: self.pages.overview(search=search))
        elif path.startswith("/campaigns/"):
            name, _, edition = path.removeprefix("/campaigns/").partition("/")
            page = await self._made(lambda: self.pages.campaign(name, edition))
        if page is None:
            return HTMLResponse(await self._made(self.pages.not_found), status_code=_NOT_FOUND)
        return HTMLResponse(page)

    async def _made(self, make: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.reading, make)


async def _token(request: Request) -> str:
    """Return the token of the sign-in's form; empty where there is none, or too much."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM:
            return ""
    values = parse_qs(body.decode("ascii", "replace")).get("token", [])
    return values[0] if len(values) == 1 else ""
