"""The dashboard's door: nobody learns anything before the sign-in, and nothing can be changed after it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from runner.dashboard.access import FAILURES_S, MOST_FAILURES, SESSION_S, Access, Hosts, Proxy
from runner.dashboard.app import COOKIE, HEADERS, Dashboard

SECRET_WORD = "overdue-reminder"
TOKEN = "correct-token"


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

    def overview(self, *, search: str) -> str:
        """Return all campaigns."""
        if search == "break":
            raise RuntimeError(SECRET_WORD)
        return f"{SECRET_WORD} [{search}]"

    def campaign(self, name: str, edition: str) -> str | None:
        """Return the one that there is."""
        return SECRET_WORD if (name, edition) == ("overdue", "2026-11") else None

    def not_found(self) -> str:
        """Return a page with the environment on it."""
        return f"no such page, {SECRET_WORD}"

    def asset(self, path: str) -> tuple[str, str] | None:
        """Return the style."""
        return ("body{}", "text/css") if path == "/style.css" else None


class Browser:
    """Asks the dashboard, with cookies, following nothing."""

    def __init__(self, *, client: str = "127.0.0.1", proxy: Proxy | None = None, **headers: str) -> None:
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
        self._headers = {"Host": "127.0.0.1:8091", **headers}

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


PATHS = (
    "/",
    "/?search=a",
    "/campaigns/overdue/2026-11",
    "/campaigns/no/such",
    "/nothing",
    "/sign-out",
    "/metrics",
)


def test_a_stranger_learns_nothing() -> None:
    """Every path but the sign-in and the style answers the same, whether something lies there or not."""
    browser = Browser()

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        for path in PATHS:
            answer = browser.ask(method, path)
            assert (answer.status_code, answer.headers["location"], answer.content) == (303, "/sign-in", b"")
    for path in ("/sign-in", "/style.css"):
        answer = browser.ask("GET", path)
        assert answer.status_code == 200
        assert SECRET_WORD not in answer.text


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


@pytest.mark.parametrize("change", ["x", "", "99999999999.", "0.0"], ids=range(4))
def test_a_cookie_of_ones_own(change: str) -> None:
    """A made-up cookie is none."""
    browser = Browser()
    browser.cookies[COOKIE] = change

    assert browser.ask("GET", "/").status_code == 303


def test_a_session_ends() -> None:
    """After its time, and for who signs out in that browser; a later end cannot be written into the cookie."""
    browser = Browser()
    browser.sign_in()
    ends, _, mac = browser.cookies[COOKIE].partition(".")
    browser.clock.at_s += SESSION_S
    assert browser.ask("GET", "/").status_code == 303

    browser.cookies[COOKIE] = f"{int(ends) + 1000}.{mac}"

    assert browser.ask("GET", "/").status_code == 303
    browser.clock.at_s = 1000.0
    browser.sign_in()
    assert 'runner-session=""' in browser.ask("POST", "/sign-out").headers["set-cookie"]


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
        browser.ask("GET", path) for path in ("/", "/nothing", "/sign-in", "/style.css", "/?search=break")
    ]
    answers.append(browser.ask("GET", "/", headers={"Host": "evil.example.test"}))

    for answer in answers:
        assert all(answer.headers[name] == value for name, value in HEADERS.items())
        assert "server" not in answer.headers


def test_an_error_tells_nothing() -> None:
    """Where a page cannot be made, the browser is not told why."""
    browser = Browser()
    browser.sign_in()

    answer = browser.ask("GET", "/?search=break")

    assert (answer.status_code, answer.text) == (503, "The ledger cannot be read now.")


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
