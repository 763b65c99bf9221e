"""Sending: what each answer of the vendor comes to."""

import json
import logging
from collections.abc import Callable

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner.errors import InvalidError
from runner.model.task import Accepted, Answer, Duplicate, NotSent, Rejected, TaskRequest, Timing, Unknown
from tests.unit.laaffic.conftest import (
    KEY,
    NOW,
    SECRET,
    FakeClock,
    callees,
    golden,
    quick_start_request,
    vendor_with,
    yes,
)


def answer_to(response: httpx.Response | Exception, clock: FakeClock) -> Answer:
    """Return what sending comes to when the vendor does this with a whole request."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    return vendor_with(handle, clock).send(quick_start_request(), signed_at=NOW, last_look=yes)


def test_a_request_is_made_as_the_page_says(clock: FakeClock) -> None:
    """Address, method, the four headers, and the body of the quick start's own example."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"status": "0", "reason": "success"})

    vendor_with(handle, clock, url="https://api.example.test/v3/").send(
        quick_start_request(), signed_at=NOW, last_look=yes
    )

    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "https://api.example.test/v3/voice/group/call/send")
    assert all(name in request.headers for name in golden("send")["headers"])
    assert request.headers["Timestamp"] == "1795510800"
    assert int(request.headers["Content-Length"]) == len(request.content)
    assert "Transfer-Encoding" not in request.headers
    page = golden("send")["request"]["numberInfoList"]
    cut = [{**entry, "text1": entry["text1"][:30]} for entry in page]
    assert json.loads(request.content)["numberInfoList"] == cut


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"status": "0", "reason": "success"}, Accepted(job_id=None)),
        (200, {"status": 0, "reason": "success", "data": None}, Accepted(job_id=None)),
        (200, {"code": 0, "msg": "success", "data": 5017560}, Accepted(job_id=5017560)),
        (200, {"code": "0", "msg": "success", "data": "5017561"}, Accepted(job_id=5017561)),
        (200, {"code": 0, "data": {"taskId": 5009612}}, Accepted(job_id=5009612)),
        (201, {"code": 0, "data": "something else"}, Accepted(job_id=None)),
        (
            200,
            {"status": "-1", "reason": "Authentication error"},
            Rejected(
                code="-1",
                reason="code -1 (authentication failed: key, secret or application id)",
                account=True,
            ),
        ),
        (
            401,
            {"code": -2},
            Rejected(code="-2", reason="code -2 (this address is not on the account's list)", account=True),
        ),
        (
            200,
            {"code": "-10"},
            Rejected(code="-10", reason="code -10 (the balance is insufficient)", account=True),
        ),
        (200, {"code": -13}, Rejected(code="-13", reason="code -13 (the account is locked)", account=True)),
        (200, {"status": "-16"}, NotSent(reason="code -16 (the timestamp has expired)")),
        (200, {"status": "-18"}, Unknown(reason="code -18 (the vendor's program failed)")),
        (200, {"status": "-20"}, Duplicate(code="-20")),
        (200, {"code": -22}, Rejected(code="-22", reason="code -22 (a parameter is wrong)", account=False)),
        (400, {"code": -22}, Rejected(code="-22", reason="code -22 (a parameter is wrong)", account=False)),
        (200, {"code": -99}, Unknown(reason="code -99")),
        (200, {"code": 200}, Unknown(reason="code 200")),
        (500, {"code": 0}, Unknown(reason="HTTP 500 with code 0 (success)")),
        (502, {"code": -22}, Unknown(reason="HTTP 502 with code -22 (a parameter is wrong)")),
        (404, {"code": 0}, Unknown(reason="HTTP 404 with code 0 (success)")),
        (302, {"code": 0}, Unknown(reason="HTTP 302 with code 0 (success)")),
        (200, {"code": False}, Unknown(reason="HTTP 200, and the answer's code is not a number")),
        (
            200,
            {"code": 0, "status": "-1"},
            Unknown(reason="HTTP 200, and the answer has two different codes"),
        ),
    ],
    ids=str,
)
def test_answers(clock: FakeClock, status: int, body: object, expected: Answer) -> None:
    """Accepted, rejected and the rest only where the vendor says so in full; all else is unknown."""
    assert answer_to(httpx.Response(status, json=body), clock) == expected


def test_the_pages_own_errors(clock: FakeClock) -> None:
    """The three that the vendor's pages print, word for word."""
    answers = [answer_to(httpx.Response(200, json=answer), clock) for answer in golden("errors")["answers"]]

    assert [type(answer) for answer in answers] == [Rejected, Unknown, NotSent]


def test_the_pages_own_success(clock: FakeClock) -> None:
    """The answer of the older send page has no number."""
    answer = answer_to(httpx.Response(200, json=golden("send_transfer")["answer"]), clock)

    assert answer == Accepted(job_id=None)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 403, 404, 413, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"code":0,"da', b"null", b"\xff\xff"], ids=repr)
def test_what_is_not_json_is_unknown(clock: FakeClock, status: int, body: bytes) -> None:
    """Nothing is concluded from an HTTP status alone once the request is out."""
    answer = answer_to(httpx.Response(status, content=body), clock)

    assert isinstance(answer, Unknown)
    assert answer.reason.startswith(f"HTTP {status}, and the answer is not")


def test_a_redirect_is_not_followed(clock: FakeClock) -> None:
    """A request is signed for anything, so it goes nowhere but to the configured host."""
    hosts: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example.test/"})

    answer = vendor_with(handle, clock).send(quick_start_request(), signed_at=NOW, last_look=yes)

    assert isinstance(answer, Unknown)
    assert hosts == ["api.example.test"]


def test_a_compressed_answer_is_not_unpacked(clock: FakeClock) -> None:
    """A few kilobytes could become gigabytes."""
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))

    assert answer_to(response, clock) == Unknown(reason="the answer is compressed, unasked")


def test_an_endless_answer_is_not_read_to_its_end(clock: FakeClock) -> None:
    """After 16 MiB it is unknown."""

    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                yield b" " * 65536

    assert answer_to(httpx.Response(200, stream=Endless()), clock) == Unknown(
        reason="the answer is larger than 16 MiB"
    )


def test_a_slow_answer_is_not_waited_for_for_ever(clock: FakeClock) -> None:
    """A byte a minute keeps every single wait short; the whole answer has a deadline of its own."""

    class Dripping(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                clock.sleep(50)
                yield b" "

    assert answer_to(httpx.Response(200, stream=Dripping()), clock) == Unknown(
        reason="the answer did not end in time"
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ReadTimeout("secret"), "no answer in time"),
        (httpx.ReadError("secret"), "the connection broke before the answer"),
        (
            httpx.RemoteProtocolError("secret"),
            "the connection ended before the answer did, or the answer is not HTTP",
        ),
        (httpx.WriteError("secret"), "the connection broke in the request"),
        (httpx.WriteTimeout("secret"), "the request was not taken in time"),
        (httpx.DecodingError("secret"), "the exchange failed (DecodingError)"),
        (RuntimeError("secret"), "reading the answer failed (RuntimeError)"),
    ],
    ids=repr,
)
def test_after_the_last_piece_every_failure_is_unknown(
    clock: FakeClock, error: Exception, reason: str
) -> None:
    """Whatever goes wrong then, in words of ours."""
    assert answer_to(error, clock) == Unknown(reason=reason)


def handing_over(
    transport: httpx.BaseTransport, clock: FakeClock, last_look: Callable[[], bool] = yes
) -> Answer:
    """Return what sending over *transport* comes to."""
    vendor = vendor_with(lambda _: httpx.Response(500), clock)
    vendor._http._transport = transport
    return vendor.send(quick_start_request(), signed_at=NOW, last_look=last_look)


class BeforeTheEnd(httpx.BaseTransport):
    """Takes some pieces of a request, then does something else."""

    def __init__(self, then: httpx.Response | Exception, *, pieces: int = 1) -> None:
        self.then = then
        self.pieces = pieces
        self.taken: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        stream = iter(request.stream)
        self.taken = [next(stream) for _ in range(self.pieces)]
        if isinstance(self.then, Exception):
            raise self.then
        return self.then


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ConnectError("secret"), "no connection (name, address or TLS)"),
        (httpx.ConnectTimeout("secret"), "no connection in time"),
        (httpx.PoolTimeout("secret"), "no connection in time"),
        (httpx.WriteError("secret"), "the connection broke in the request"),
        (httpx.ReadTimeout("secret"), "no answer in time"),
        (httpx.ReadError("secret"), "the connection broke before the answer"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("pieces", [0, 1])
def test_before_the_last_piece_every_failure_is_not_sent(
    clock: FakeClock, error: Exception, reason: str, pieces: int
) -> None:
    """A request of which the last piece was not handed over was never made."""
    transport = BeforeTheEnd(error, pieces=pieces)

    assert handing_over(transport, clock) == NotSent(reason=reason)
    assert not b"".join(transport.taken).endswith(b"]}")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            413,
            "<html>",
            NotSent(reason="answered before the request was complete: HTTP 413, and the answer is not JSON"),
        ),
        (200, '{"code":-16}', NotSent(reason="code -16 (the timestamp has expired)")),
        (
            200,
            '{"code":-22}',
            NotSent(reason="answered before the request was complete: code -22 (a parameter is wrong)"),
        ),
        (200, '{"code":-20}', NotSent(reason="answered before the request was complete")),
        (200, '{"code":-13}', Rejected(code="-13", reason="code -13 (the account is locked)", account=True)),
        (200, '{"code":0}', Unknown(reason="success was reported before the request was complete")),
    ],
    ids=repr,
)
def test_answers_before_the_last_piece(clock: FakeClock, status: int, body: str, expected: Answer) -> None:
    """They say something about the account at most, never about the task; a success then is a riddle."""
    assert handing_over(BeforeTheEnd(httpx.Response(status, text=body)), clock) == expected


def test_a_failure_in_the_last_piece_is_unknown(clock: FakeClock) -> None:
    """Handed over is handed over, even if writing it then reports an error."""
    transport = BeforeTheEnd(httpx.WriteError("secret"), pieces=2)

    assert handing_over(transport, clock) == Unknown(reason="the connection broke in the request")
    assert transport.taken[-1].endswith(b"]}")


def test_the_last_look_comes_last(clock: FakeClock) -> None:
    """It is asked once, when all but the last piece has been written."""
    looks: list[int] = []

    class Counting(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            self.taken: list[bytes] = []
            for piece in request.stream:
                self.taken.append(piece)
            return httpx.Response(200, json={"code": 0})

    transport = Counting()

    def look() -> bool:
        looks.append(len(transport.taken))
        return True

    assert handing_over(transport, clock, look) == Accepted(job_id=None)
    assert looks == [len(transport.taken) - 1]
    assert transport.taken[-1].endswith(b"]}")
    assert len(transport.taken[-1]) <= 16


def test_a_last_look_that_says_no_holds_the_last_piece_back(clock: FakeClock) -> None:
    """Nothing was sent, and it is said why."""
    reached: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        reached.append(request.content)
        return httpx.Response(200, json={"code": 0})

    answer = vendor_with(handle, clock).send(quick_start_request(), signed_at=NOW, last_look=lambda: False)

    assert answer == NotSent(reason="the last look before sending said no")
    assert reached == []


def test_an_error_of_the_last_look_is_passed_on(clock: FakeClock) -> None:
    """It is the use-case's own, and nothing was sent."""

    def look() -> bool:
        raise LookupError("lease")

    with pytest.raises(LookupError, match="lease"):
        handing_over(BeforeTheEnd(httpx.Response(200), pieces=2), clock, look)


TOO_LONG = quick_start_request(
    callees=callees(["+447700900001"], ["https://itniotech.cn/api/voice/callSend/"])
)
NO_ZONE = quick_start_request(timing=Timing(send_at=NOW, windows=(), timezone=None))


@pytest.mark.parametrize(
    ("request_", "words"),
    [(TOO_LONG, "30 characters"), (NO_ZONE, "RUNNER_VENDOR_TIMEZONE")],
    ids=["a value that would be cut", "a schedule without the vendor's zone"],
)
def test_what_cannot_be_sent_is_refused_before_a_connection(
    clock: FakeClock, request_: TaskRequest, words: str
) -> None:
    """A check says so as an error; a send, before which an intent was recorded, as not sent."""

    def handle(_: httpx.Request) -> httpx.Response:
        raise AssertionError

    vendor = vendor_with(handle, clock)

    with pytest.raises(InvalidError, match=words):
        vendor.check(request_)
    answer = vendor.send(request_, signed_at=NOW, last_look=yes)
    assert isinstance(answer, NotSent)
    assert words in answer.reason


def test_what_can_be_sent_passes_the_check(clock: FakeClock) -> None:
    """Without a connection."""
    vendor_with(lambda _: httpx.Response(500), clock).check(quick_start_request())


CODES = st.sampled_from(
    ["0", "-1", "-16", "-18", "-20", "-22", 0, -1, -20, 0.0, False, None, "", " 0", [0], {"code": 0}]
)
ENVELOPES = st.dictionaries(
    st.sampled_from(["code", "status", "data", "msg", "reason"]), CODES | st.text() | st.integers()
).map(lambda value: json.dumps(value).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(status=200, body=b'{"code":0}')
@example(status=200, body=b'{"code":0,"status":-1}')
@given(status=st.integers(200, 599), body=st.binary() | ENVELOPES | ENVELOPES.map(lambda body: body[:-1]))
def test_only_a_plain_success_is_accepted(status: int, body: bytes) -> None:
    """Sending never fails for an answer, and accepted is only one object whose codes are all 0, with a 2xx."""
    answer = answer_to(httpx.Response(status, content=body), FakeClock())

    if isinstance(answer, Accepted):
        fields = json.loads(body)
        codes = [fields[name] for name in ("code", "status") if name in fields]
        assert 200 <= status < 300
        assert codes
        assert all(code in ("0", 0) and not isinstance(code, bool | float) for code in codes)


def test_nothing_secret_is_logged(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    """At the chattiest level no log record holds key, secret, signature, number or text."""
    caplog.set_level(logging.DEBUG)

    answer = answer_to(httpx.Response(200, json={"status": "-1", "reason": f"bad key {KEY}"}), clock)

    shown = caplog.text + repr(answer)
    for secret in (
        KEY,
        SECRET,
        "73cdc29ad4a199a91fc9e12f9ae9272a",
        "9113000000001",
        "itniotech.cn",
        "Attention",
    ):
        assert secret not in shown
