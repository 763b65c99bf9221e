"""The dashboard's door: nobody learns anything before the sign-in, and nothing can be changed after it."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from runner.dashboard.access import FAILURES_S, MOST_FAILURES, SESSION_S, Access, Hosts, Proxy
from runner.dashboard.app import HEADERS, Asked, Dashboard
from runner.dashboard.routes import ROUTES, Place, Route

SECRET_WORD = "overdue-reminder"
TOKEN = "correct-token"
COOKIE = "__Host-runner-session"


@dataclass
class FakeClock:
    """Stands still until it is moved."""

    at_s: float = 1000.0

    def now(self) -> Any:
        """Not asked for."""
        raise NotImplementedError

    def elapsed_s(self) -> float:
        """Return where it stands."""
        return self.at_s

    def sleep(self, seconds: float) -> None:
        """Not asked for."""
        raise NotImplementedError


class FakePages:
    """Every page that is not for everybody has the secret word on it."""

    def sign_in(self, *, was_wrong: bool) -> str:
        """Return the form."""
        return f"<form>{'wrong' if was_wrong else ''}</form>"

    def overview(self, asked: Asked) -> str:
        """Return all campaigns."""
        if asked.get("search") == "break":
            raise RuntimeError(SECRET_WORD)
        return f"{SECRET_WORD} [{asked.get('search', '')}]"

    def campaign(self, name: str, edition: str, asked: Asked) -> str | None:
        """Return the one that there is."""
        return SECRET_WORD if (name, edition) == ("overdue", "2026-11") else None

    def calls(self, name: str, edition: str, asked: Asked) -> str | None:
        """Return the calls of the one that there is."""
        return f"calls of {SECRET_WORD}" if (name, edition) == ("overdue", "2026-11") else None

    def not_found(self) -> str:
        """Return a page with the environment on it."""
        return f"no such page, {SECRET_WORD}"

    def unavailable(self) -> str:
        """Return a page with the environment on it."""
        return f"not now, {SECRET_WORD}"

    def style(self) -> str:
        """Return the style."""
        return "body{}"

    def script(self) -> str:
        """Return the script."""
        return f"// {SECRET_WORD}"


class Browser:
    """Asks the dashboard, with cookies, following nothing."""

    def __init__(
        self,
        *,
        client: str = "127.0.0.1",
        proxy: Proxy | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.app = Dashboard(
            pages=FakePages(),
            access=Access(token=TOKEN, key=b"k" * 32, proxy=proxy),
            hosts=Hosts(names=frozenset({"dash.example.test"})),
            clock=self.clock,
            is_secure=True,
            reading=ThreadPoolExecutor(max_workers=1),
        )
        self.cookies: dict[str, str] = {}
        self._client = client
        self._headers = {"Host": "127.0.0.1:8091", **(headers or {})}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Return the answer to one request."""

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self._client, 1))
            headers = {**self._headers, **more.pop("headers", {})}
            if self.cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8091") as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(once())

    def sign_in(self, token: str = TOKEN) -> httpx.Response:
        """Type the token, and keep the cookie."""
        answer = self.ask("POST", "/sign-in", data={"token": token})
        if COOKIE in answer.cookies:
            self.cookies[COOKIE] = answer.cookies[COOKIE]
        return answer


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
THINGS = {"name": ("overdue", "no"), "edition": ("2026-11", "no")}
STRANGE = (
    "/nothing",
    "/metrics",
    "/campaigns",
    "/campaigns/",
    "/campaigns/overdue",
    "/campaigns/overdue/2026-11/",
    "/campaigns/overdue/2026-11/calls/1",
    "/campaigns//",
    "/sign-in/",
    "/sign-in/..",
    "/%2e%2e/etc/passwd",
    "//",
    "/favicon.ico",
    "/robots.txt",
    "/.well-known/security.txt",
)


def addresses(route: Route) -> Iterator[str]:
    """Yield addresses of a route: of things that there are, and of things that there are not."""
    for there in (0, 1):
        path = route.path
        for name, things in THINGS.items():
            path = path.replace(f"{{{name}}}", things[there])
        assert "{" not in path
        yield path
        yield f"{path}?search=a&outcome=answered&page=2"


def answer_of(browser: Browser, method: str, path: str) -> tuple[int, str, list[tuple[str, str]]]:
    """Return all that is told by an answer: its status, its headers, and what is in it."""
    answer = browser.ask(method, path)
    return answer.status_code, answer.text, sorted(answer.headers.items())


def closed_questions() -> Iterator[tuple[str, str]]:
    """Yield a method and an address for all that is not for everybody: every route, and what is none."""
    for route in ROUTES:
        for method in METHODS:
            if not (route.is_open and route.answers(method)):
                yield from ((method, path) for path in addresses(route))
    yield from ((method, path) for method in METHODS for path in STRANGE)


def test_a_stranger_learns_nothing() -> None:
    """To every method at every address but the sign-in and the style the whole answer is the same, whatever lies there."""
    browser = Browser()
    nowhere = (303, "", sorted({**HEADERS, "location": "/sign-in", "content-length": "0"}.items()))
    expected = (nowhere[0], nowhere[1], [(name.lower(), value) for name, value in nowhere[2]])

    asked = list(closed_questions())

    assert len(asked) > 200
    for method, path in asked:
        status, text, headers = answer_of(browser, method, path)
        assert (status, text, sorted(headers)) == (*expected[:2], sorted(expected[2])), (method, path)


@pytest.mark.parametrize("cookie", ["", "x", "9999999999.00.ff", "a" * 4000], ids=range(4))
@pytest.mark.parametrize("user", ["", "ann"])
def test_neither_does_who_pretends(cookie: str, user: str) -> None:
    """Somebody with a cookie of his own, or a header of a proxy that there is not, is a stranger."""
    stranger, pretender = Browser(), Browser(headers={"X-Forwarded-User": user})
    pretender.cookies[COOKIE] = cookie

    for route in ROUTES:
        for path in addresses(route):
            for method in ("GET", "HEAD", "OPTIONS"):
                assert answer_of(pretender, method, path) == answer_of(stranger, method, path)


def test_what_is_open_tells_nothing() -> None:
    """The sign-in and the style are the same in every dashboard, and are all that is open."""
    browser = Browser()

    assert [route.path for route in ROUTES if route.is_open] == ["/sign-in", "/dashboard.css"]
    assert browser.ask("GET", "/sign-in").text == "<form></form>"
    assert browser.ask("GET", "/sign-in?search=break").text == "<form></form>"
    assert browser.ask("POST", "/sign-in").text == "<form>wrong</form>"
    assert browser.ask("GET", "/dashboard.css").text == "body{}"


def test_every_route_is_there_for_who_signed_in() -> None:
    """The walk above is over addresses that do have something to tell."""
    browser = Browser()
    browser.sign_in()

    told = {
        route.place: browser.ask("GET", next(addresses(route))) for route in ROUTES if route.answers("GET")
    }

    assert {place: answer.status_code for place, answer in told.items()} == {
        Place.SIGN_IN: 303,
        Place.STYLE: 200,
        Place.SCRIPT: 200,
        Place.OVERVIEW: 200,
        Place.CAMPAIGN: 200,
        Place.CALLS: 200,
    }
    closed = {route.place for route in ROUTES if not route.is_open and route.answers("GET")}
    assert all(SECRET_WORD in told[place].text for place in closed)


def test_the_token_opens() -> None:
    """Then pages are shown; a wrong token shows the form again, and sets no cookie."""
    browser = Browser()
    wrong = browser.sign_in("other")
    assert (wrong.status_code, wrong.text) == (403, "<form>wrong</form>")
    assert "set-cookie" not in wrong.headers

    right = browser.sign_in()

    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert browser.ask("GET", "/?search=due").text == f"{SECRET_WORD} [due]"
    assert browser.ask("GET", "/campaigns/overdue/2026-11").text == SECRET_WORD
    assert browser.ask("GET", "/campaigns/no/such").status_code == 404
    assert browser.ask("GET", "/nothing").status_code == 404


def test_the_cookie() -> None:
    """No script reads it, no other site sends it, and nothing but https carries it."""
    words = Browser().sign_in().headers["set-cookie"].lower()

    assert all(word in words for word in ("httponly", "samesite=strict", "secure", "path=/"))


@pytest.mark.parametrize("change", ["x", "", "99999999999.", "0.0", "99999999999.0.0"], ids=range(5))
def test_a_cookie_of_ones_own(change: str) -> None:
    """A made-up cookie is none."""
    browser = Browser()
    browser.cookies[COOKIE] = change

    assert browser.ask("GET", "/").status_code == 303


def test_a_session_ends() -> None:
    """After its time, and for who signs out in that browser; a later end cannot be written into the cookie."""
    browser = Browser()
    browser.sign_in()
    ends, _, rest = browser.cookies[COOKIE].partition(".")
    browser.clock.at_s += SESSION_S
    assert browser.ask("GET", "/").status_code == 303

    browser.cookies[COOKIE] = f"{int(ends) + 1000}.{rest}"

    assert browser.ask("GET", "/").status_code == 303


def test_who_signs_out_is_out_everywhere() -> None:
    """The browser drops the cookie, a copy of it is worth nothing, and other sessions go on."""
    browser = Browser()
    browser.sign_in()
    first = browser.cookies[COOKIE]
    browser.sign_in()
    assert first != browser.cookies[COOKIE]

    assert '__Host-runner-session=""' in browser.ask("POST", "/sign-out").headers["set-cookie"]

    assert browser.ask("GET", "/").status_code == 303
    browser.cookies[COOKIE] = first
    assert browser.ask("GET", "/").status_code == 200


def test_guessing_is_stopped() -> None:
    """After too many wrong tokens even the right one waits a minute."""
    browser = Browser()
    for _ in range(MOST_FAILURES):
        browser.sign_in("other")

    assert browser.sign_in().status_code == 403
    browser.clock.at_s += FAILURES_S
    assert browser.sign_in().status_code == 303


@pytest.mark.parametrize(
    "body", [b"", b"token=", b"token=a&token=correct-token", b"\xff", b"token=" + b"x" * 10_000], ids=range(5)
)
def test_other_forms(body: bytes) -> None:
    """What is not one token is a wrong one."""
    browser = Browser()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert browser.ask("POST", "/sign-in", content=body, headers=headers).status_code == 403


def test_nothing_can_be_changed() -> None:
    """Signed in, too, only reading is answered."""
    browser = Browser()
    browser.sign_in()

    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert browser.ask(method, "/").status_code == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8091", 303),
        ("localhost", 303),
        ("[::1]:8091", 303),
        ("dash.example.test", 303),
        ("DASH.example.test.", 303),
        ("evil.example.test", 421),
        ("127.0.0.1.evil.example.test", 421),
        ("", 421),
    ],
)
def test_the_name_it_is_asked_by(host: str, status: int) -> None:
    """A page of another name that points here is turned away before anything else."""
    answer = Browser().ask("GET", "/", headers={"Host": host})

    assert answer.status_code == status


def test_headers_of_every_answer() -> None:
    """Whatever is answered, nothing may be framed, kept, or loaded from elsewhere."""
    browser = Browser()
    browser.sign_in()

    answers = [
        browser.ask("GET", path) for path in ("/", "/nothing", "/sign-in", "/dashboard.css", "/?search=break")
    ]
    answers.append(browser.ask("GET", "/", headers={"Host": "evil.example.test"}))

    for answer in answers:
        assert all(answer.headers[name] == value for name, value in HEADERS.items())
        assert "server" not in answer.headers


def test_an_error_tells_nothing() -> None:
    """Where a page cannot be made, who is signed in gets one that says so, and not why."""
    browser = Browser()
    browser.sign_in()

    answer = browser.ask("GET", "/?search=break")

    assert (answer.status_code, answer.text) == (503, f"not now, {SECRET_WORD}")


@pytest.mark.parametrize(
    ("client", "user", "status"),
    [("10.1.2.3", "ann", 200), ("10.1.2.3", " ", 303), ("10.9.9.9", "ann", 303), ("127.0.0.1", "ann", 303)],
)
def test_a_proxy_that_signs_people_in(client: str, user: str, status: int) -> None:
    """Its header counts from its own addresses alone."""
    proxy = Proxy(header="x-forwarded-user", networks=(ip_network("10.1.0.0/16"),))
    browser = Browser(client=client, proxy=proxy)

    assert browser.ask("GET", "/", headers={"X-Forwarded-User": user}).status_code == status


def test_without_a_proxy_its_header_is_nothing() -> None:
    """Anybody can write a header."""
    assert Browser().ask("GET", "/", headers={"X-Forwarded-User": "ann"}).status_code == 303
