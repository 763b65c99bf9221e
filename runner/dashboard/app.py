"""Pages for a browser. Read only: what changes anything is a command, with its own acknowledgement."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, assert_never
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from runner.dashboard.access import SESSION_S, Access, Hosts
from runner.dashboard.routes import Place, find
from runner.ports import Clock

T = TypeVar("T")

_MOST_FORM: Final = 4096
_MOST_ASKED: Final = 64
_NOT_ALLOWED, _NOT_FOUND, _WRONG_HOST, _WRONG_TOKEN, _SEE_OTHER, _LATER = 405, 404, 421, 403, 303, 503

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;"
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

Asked = Mapping[str, str]
"""What a page is asked for behind the ``?``: one value a name, cut at 64 characters."""


class Pages(Protocol):
    """What is shown. Called in one thread, one after the other; every text in it is escaped already."""

    def sign_in(self, *, was_wrong: bool) -> str:
        """Return the page with the form; it says nothing of what lies behind it."""
        ...

    def overview(self, asked: Asked) -> str:
        """Return the page of all campaigns."""
        ...

    def campaign(self, name: str, edition: str, asked: Asked) -> str | None:
        """Return the page of one campaign's edition; None where there is none."""
        ...

    def calls(self, name: str, edition: str, asked: Asked) -> str | None:
        """Return the page with the calls of one campaign's edition; None where there is none."""
        ...

    def not_found(self) -> str:
        """Return the page for who is signed in and asks for something else."""
        ...

    def unavailable(self) -> str:
        """Return the page for who is signed in while another cannot be made. It reads nothing."""
        ...

    def style(self) -> str:
        """Return the style sheet, the same for everybody."""
        ...

    def script(self) -> str:
        """Return the script."""
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

    @property
    def cookie_name(self) -> str:
        """Return the name of the session's cookie. With this prefix no browser takes it from another host, or over http."""
        return "__Host-runner-session" if self.is_secure else "runner-session"

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
            response = Response(status_code=_LATER)
        response.headers.update(HEADERS)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self.hosts.has(request.headers.get("host", "")):
            return Response(
                "This is not the name it goes by.", status_code=_WRONG_HOST, media_type="text/plain"
            )
        found = find(request.url.path)
        is_answered = found is not None and found[0].answers(request.method)
        if not self._is_let_in(request):
            if found is None or not is_answered or not found[0].is_open:
                return RedirectResponse("/sign-in", status_code=_SEE_OTHER)
            return await self._open(found[0].place, request)
        if found is None:
            return HTMLResponse(await self._made(self.pages.not_found), status_code=_NOT_FOUND)
        if not is_answered:
            return Response(status_code=_NOT_ALLOWED)
        return await self._inside(found[0].place, found[1], request)

    def _is_let_in(self, request: Request) -> bool:
        header = self.access.user_header
        user = request.headers.get(header, "") if header else ""
        client = request.client.host if request.client else None
        if self.access.is_vouched_for(client, user):
            return True
        return self.access.is_signed_in(
            request.cookies.get(self.cookie_name, ""), at_s=self.clock.elapsed_s()
        )

    async def _open(self, place: Place, request: Request) -> Response:
        """Answer who has not signed in."""
        if place is Place.STYLE:
            return Response(self.pages.style(), media_type="text/css")
        if request.method == "POST":
            return await self._sign_in(request)
        return HTMLResponse(self.pages.sign_in(was_wrong=False))

    async def _inside(self, place: Place, names: Mapping[str, str], request: Request) -> Response:
        """Answer who has signed in."""
        match place:
            case Place.STYLE:
                return Response(self.pages.style(), media_type="text/css")
            case Place.SCRIPT:
                return Response(self.pages.script(), media_type="text/javascript")
            case Place.SIGN_IN if request.method == "POST":
                return await self._sign_in(request)
            case Place.SIGN_IN:
                return RedirectResponse("/", status_code=_SEE_OTHER)
            case Place.SIGN_OUT:
                return self._sign_out(request)
            case Place.OVERVIEW | Place.CAMPAIGN | Place.CALLS:
                return await self._page(place, names, _asked(request))
        assert_never(place)

    async def _page(self, place: Place, names: Mapping[str, str], asked: Asked) -> Response:
        def page() -> str | None:
            match place:
                case Place.CAMPAIGN:
                    return self.pages.campaign(names["name"], names["edition"], asked)
                case Place.CALLS:
                    return self.pages.calls(names["name"], names["edition"], asked)
                case _:
                    return self.pages.overview(asked)

        try:
            made = await self._made(page)
        except Exception:  # noqa: BLE001  whatever it is, a browser is not told what
            return HTMLResponse(self.pages.unavailable(), status_code=_LATER)
        if made is None:
            return HTMLResponse(await self._made(self.pages.not_found), status_code=_NOT_FOUND)
        return HTMLResponse(made)

    async def _sign_in(self, request: Request) -> Response:
        token, at_s = await _token(request), self.clock.elapsed_s()
        if not self.access.opens(token, at_s=at_s):
            return HTMLResponse(self.pages.sign_in(was_wrong=True), status_code=_WRONG_TOKEN)
        signed_in = RedirectResponse("/", status_code=_SEE_OTHER)
        signed_in.set_cookie(
            self.cookie_name,
            self.access.cookie(at_s=at_s),
            max_age=SESSION_S,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="strict",
        )
        return signed_in

    def _sign_out(self, request: Request) -> Response:
        self.access.end(request.cookies.get(self.cookie_name, ""), at_s=self.clock.elapsed_s())
        gone = RedirectResponse("/sign-in", status_code=_SEE_OTHER)
        gone.delete_cookie(
            self.cookie_name, path="/", secure=self.is_secure, httponly=True, samesite="strict"
        )
        return gone

    async def _made(self, make: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.reading, make)


def _asked(request: Request) -> Asked:
    return {name: value[:_MOST_ASKED] for name, value in request.query_params.items()}


async def _token(request: Request) -> str:
    """Return the token of the sign-in's form; empty where there is none, or too much."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM:
            return ""
    values = parse_qs(body.decode("ascii", "replace")).get("token", [])
    return values[0] if len(values) == 1 else ""
