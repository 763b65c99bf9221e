"""Questions: what is repeated, what is not, and what an operator is told."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from runner.errors import CredentialsError, RunnerError, UnavailableError
from runner.model.task import Balance
from tests.unit.laaffic.conftest import KEY, SECRET, FakeClock, Routes, code, golden, vendor_with

BALANCE = httpx.Response(
    200, json=golden("balance")["answer"], headers={"Date": "Tue, 24 Nov 2026 09:00:07 GMT"}
)


def in_turn(*answers: httpx.Response | Exception) -> Callable[[object], httpx.Response | Exception]:
    """Return a handler that gives these answers one after the other, the last one for ever."""
    rest = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda _: next(rest)


def test_the_balance_is_read(clock: FakeClock) -> None:
    """As decimal text, with the time by the vendor's clock."""
    routes = Routes(getBalance=in_turn(BALANCE))

    balance = vendor_with(routes, clock).balance()

    assert balance == Balance(
        balance="99.990000",
        gift="50.00000",
        credit="0.00000",
        server_time=datetime(2026, 11, 24, 9, 0, 7, tzinfo=UTC),
    )
    assert routes.asked == [("/v3/getBalance", {})]


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 09:00:07 GMT"])
def test_a_date_that_cannot_be_read_is_none(clock: FakeClock, date: str) -> None:
    """The time of the server is a hint, not a condition."""
    answer = httpx.Response(200, json=golden("balance")["answer"], headers={"Date": date})

    assert vendor_with(Routes(getBalance=in_turn(answer)), clock).balance().server_time is None


@pytest.mark.parametrize(
    "obstacle",
    [
        httpx.ConnectError("secret"),
        httpx.ReadTimeout("secret"),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>"),
        httpx.Response(429, text="slow down"),
        httpx.Response(503, json={"code": 0}),
        code(-18),
        code(-99),
    ],
    ids=["connection", "timeout", "502", "html", "429", "503 with 0", "-18", "unlisted"],
)
def test_passing_obstacles_are_passed(clock: FakeClock, obstacle: httpx.Response | Exception) -> None:
    """Three failures with growing pauses, then an answer."""
    routes = Routes(getBalance=in_turn(obstacle, obstacle, obstacle, BALANCE))

    assert vendor_with(routes, clock).balance().balance == "99.990000"
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        (httpx.ConnectError("secret"), "no connection (name, address or TLS)"),
        (httpx.Response(502, text="<html>secret"), "HTTP 502, and the answer is not JSON"),
        (code(-18), "HTTP 200, and code -18 (the vendor's program failed)"),
    ],
    ids=["connection", "gateway", "program"],
)
def test_lasting_obstacles_are_unavailable(
    clock: FakeClock, obstacle: httpx.Response | Exception, words: str
) -> None:
    """After four attempts the operator is told why, in words that are not the vendor's or the library's."""
    routes = Routes(getBalance=in_turn(obstacle))

    with pytest.raises(UnavailableError) as caught:
        vendor_with(routes, clock).balance()

    assert str(caught.value) == f"The vendor could not be asked for the balance: {words}."
    assert len(routes.asked) == 4


@pytest.mark.parametrize("status", [200, 401, 403, 500])
@pytest.mark.parametrize("refusal", [-1, -2, -13])
def test_refusals_of_the_account_are_not_repeated(clock: FakeClock, refusal: int, status: int) -> None:
    """Asking again would only lock the account."""
    routes = Routes(getBalance=in_turn(code(refusal, status)))

    with pytest.raises(CredentialsError, match=f"code {refusal}"):
        vendor_with(routes, clock).balance()

    assert len(routes.asked) == 1


def test_an_expired_timestamp_is_signed_again_once(clock: FakeClock) -> None:
    """The request may have waited; a fresh one says whether it is the clock."""
    routes = Routes(getBalance=in_turn(code(-16), BALANCE))

    assert vendor_with(routes, clock).balance().balance == "99.990000"
    assert clock.slept == []


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("Tue, 24 Nov 2026 08:54:48 GMT", ": by its answers this machine's clock is 312 s ahead."),
        ("Tue, 24 Nov 2026 10:00:00 GMT", ": by its answers this machine's clock is 3600 s behind."),
        (None, "."),
    ],
)
def test_clocks_that_differ_are_told_with_the_difference(
    clock: FakeClock, date: str | None, words: str
) -> None:
    """Expired twice: the vendor can be reached, and refuses our clock rather than our key."""
    routes = Routes(getBalance=in_turn(code(-16, headers={} if date is None else {"Date": date})))

    with pytest.raises(UnavailableError) as caught:
        vendor_with(routes, clock).balance()

    assert str(caught.value) == f"The vendor says that our timestamps have expired{words}"
    assert len(routes.asked) == 2


def test_each_attempt_has_a_fresh_signature(clock: FakeClock) -> None:
    """A signature that was good before the pause may have expired after it."""
    stamps: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        stamps.append(request.headers["Timestamp"])
        return BALANCE if len(stamps) == 2 else code(-18)

    vendor_with(handle, clock).balance()

    assert stamps == ["1795510800", "1795510801"]


def test_brands_keep_the_balance_in_different_places(clock: FakeClock) -> None:
    """Where the first path is not found the next is tried, without a pause."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sms/getBalance":
            return BALANCE
        return httpx.Response(404, json={"status": 404, "error": "Not Found"})

    assert vendor_with(handle, clock, url="https://api.example.test").balance().balance == "99.990000"
    assert clock.slept == []


def test_an_address_where_nothing_is_says_so(clock: FakeClock) -> None:
    """A wrong base address is not asked four times."""
    routes = Routes(getBalance=in_turn(httpx.Response(404, text="nginx")))

    with pytest.raises(UnavailableError, match="HTTP 404") as caught:
        vendor_with(routes, clock).balance()

    assert caught.value.problems[0].hint == "Check RUNNER_API_URL."
    assert len(routes.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [code(0), code(-22), httpx.Response(200, json={"code": 0, "balance": "x"})],
    ids=["none", "refused", "word"],
)
def test_a_balance_without_amounts_is_unavailable(clock: FakeClock, answer: httpx.Response) -> None:
    """A success that lacks what was asked for is none, and neither is a refusal."""
    with pytest.raises(UnavailableError, match="could not be asked for the balance"):
        vendor_with(Routes(getBalance=in_turn(answer)), clock).balance()


def test_messages_hold_nothing_of_the_vendor_or_the_account(clock: FakeClock) -> None:
    """Neither its words, which may quote anything, nor key, secret or signature."""
    answer = httpx.Response(200, json={"status": "-1", "reason": f"{KEY} {SECRET} [2J"})

    with pytest.raises(RunnerError) as caught:
        vendor_with(Routes(getBalance=in_turn(answer)), clock).balance()

    shown = f"{caught.value!r} {caught.value.problems}"
    assert KEY not in shown
    assert SECRET not in shown
    assert "[2J" not in shown
