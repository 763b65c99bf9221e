"""Ten thousand requests of the worst kind."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.receiver.conftest import CLOSED_200, GOOD_200, NOT_FOUND, PUSH, TOKEN, Receiving, Start, request

pytestmark = pytest.mark.slow

REQUESTS = 10_000
AT_ONCE = 60
UNFINISHED = {
    "garbage",
    "garbage after a method",
    "known: cut",
    "known: huge in chunks",
    "stranger's huge body",
}
"""Kinds that may never come to their end, so that the sender ends the line."""

CANARY = "canary-7700900123"

PAYLOADS = (
    "'; DROP TABLE inbox; --",
    "{{ 7 * 7 }}${7*7}<%= 7 * 7 %>#{7*7}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${jndi:ldap://127.0.0.1/a}",
    "<script>alert(1)</script>",
    "() { :;}; echo",
    "../../../../etc/passwd",
    "\x00\x1b[2J\u202e",
    "%s%s%s%n",
    '{"$ref": "file:///etc/passwd"}',
)


def kinds(chance: random.Random) -> dict[str, Callable[[], bytes]]:
    """Return makers of hostile requests, by name: those of strangers, and those that know the token."""
    garbage = lambda: chance.randbytes(chance.randint(1, 3000))  # noqa: E731
    payload = lambda: chance.choice(PAYLOADS).encode()  # noqa: E731
    deep = (b"[" * 200_000, b'{"a":' * 50_000, b"[" * 1_000 + b"]" * 1_000)
    quoted = lambda: "".join(f"%{byte:02x}" for byte in payload())  # noqa: E731

    def head(*lines: str, path: str = PUSH, body: bytes = b"") -> bytes:
        return (
            "\r\n".join([f"POST {path} HTTP/1.1", "host: x", *lines, "", ""]).encode("latin-1", "replace")
            + body
        )

    return {
        "path": lambda: request(payload(), path=f"/push/{quoted()}"),
        "other path": lambda: request(garbage(), path=f"/{quoted()}"),
        "stranger's huge body": lambda: head(
            "content-length: 999999999", path="/push/x", body=bytes(100_000)
        ),
        "garbage": garbage,
        "garbage after a method": lambda: b"POST " + garbage(),
        "header": lambda: head(f"x-{chance.random()}: {payload().decode('latin-1')}", path="/x"),
        "many headers": lambda: head(*(f"x{n}: y" for n in range(1_500)), path="/x"),
        "long header": lambda: head("x: " + "y" * 100_000, path="/x"),
        "long path": lambda: head(path="/" + "y" * 60_000),
        "forged sender": lambda: head(
            "x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1", path="/metrics"
        ),
        "smuggled": lambda: head(
            "content-length: 4",
            "transfer-encoding: chunked",
            path="/x",
            body=b"0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n",
        ),
        "pipelined": lambda: head("content-length: 0", path="/x") * 20,
        "token in a query": lambda: head("content-length: 0", path=f"/push?token={TOKEN}"),
        "nearly the token": lambda: request(
            payload(), path=chance.choice((PUSH[:-1], PUSH + "x", PUSH.upper()))
        ),
        "known: huge": lambda: head("content-length: 99999999", body=bytes(50_000)),
        "known: huge in chunks": lambda: head(
            "transfer-encoding: chunked",
            body=b"100000\r\n" + bytes(0x100000) + b"\r\n" + b"800000\r\n" + bytes(200_000),
        ),
        "known: cut": lambda: request(payload())[:-3],
        "known: compressed": lambda: head(
            "content-encoding: gzip", "content-length: 2", "connection: close", body=b"\x1f\x8b"
        ),
        "known: deep": lambda: request(chance.choice(deep), close=True),
        "known: payload": lambda: request(payload(), close=True),
        "known: garbage": lambda: request(garbage(), close=True),
        "known: canary": lambda: request(CANARY.encode(), close=True),
        "known: bad chunk": lambda: head("transfer-encoding: chunked", body=b"zz\r\n" + garbage()),
    }


def test_nothing_hostile_has_an_effect(start: Start) -> None:
    """Of 10,000 hostile requests none crashes the receiver, is told anything, shows in its output, or stays in its memory."""
    receiving = start(RUNNER_PUSH_RATE="100000", RUNNER_PUSH_PROXIES="127.0.0.1")
    chance = random.Random(7)
    made = kinds(chance)
    asyncio.run(_all(receiving, made, chance, REQUESTS // 4))
    before_mb, files = _resident_mb(receiving), _open_files(receiving)
    answers = asyncio.run(_all(receiving, made, chance, REQUESTS))
    after_mb = _resident_mb(receiving)

    for name, several in answers.items():
        told = {answer for answer in several if answer}
        if name.startswith("known: "):
            assert told <= {NOT_FOUND, CLOSED_200}, name
        else:
            assert told <= {NOT_FOUND}, name
    assert sum(sum(several.values()) for several in answers.values()) == REQUESTS
    assert after_mb - before_mb < 20
    assert _open_files(receiving) <= files + 5
    assert receiving.push(b'{"call":"still here"}') == CLOSED_200
    assert receiving.metrics()['refused_total{reason="bug"}'] == 0
    code, out, err = receiving.stop()
    assert code == 0
    assert "Traceback" not in err
    assert out == ""
    assert err.count("\n") == 2
    assert TOKEN not in err
    assert CANARY not in err
    assert b'{"call":"still here"}' in receiving.bodies()


def test_body_that_never_ends_is_given_up(start: Start) -> None:
    """A body in chunks, which says nothing of its length, is given up where it is too long, and not kept meanwhile."""
    receiving = start()
    before_mb = _resident_mb(receiving)
    head = f"POST {PUSH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"

    assert receiving.ask(head + chunk * 200) in {NOT_FOUND, b""}
    assert receiving.metrics()['refused_total{reason="size"}'] == 1
    assert receiving.bodies() == []
    assert _resident_mb(receiving) - before_mb < 20


def test_slow_senders_leave_room(start: Start) -> None:
    """While hundreds of connections send a byte now and then, pushes are taken; and the slow ones are closed."""
    receiving = start(RUNNER_PUSH_PROXIES="127.0.0.1")

    async def slow() -> int:
        lines = [await asyncio.open_connection(*receiving.push_at) for _ in range(300)]
        whole = request(b"x" * 50)
        ended = 0
        for at in range(13):
            for _, writer in lines:
                writer.write(whole[at : at + 1])
            assert await _ask(receiving, request(b"{}", close=True)) == CLOSED_200
            await asyncio.sleep(1)
        for reader, writer in lines:
            try:
                ended += await asyncio.wait_for(reader.read(10), 5) == b""
            except ConnectionError:
                ended += 1
            writer.close()
        return ended

    assert asyncio.run(slow()) == 300
    assert receiving.metrics()["connections"] == 0
    with receiving.connect() as line:
        line.sendall(request(b"{}"))
        assert line.recv(4096) == GOOD_200


async def _all(
    receiving: Receiving, made: dict[str, Callable[[], bytes]], chance: random.Random, count: int
) -> dict[str, Counter[bytes]]:
    answers: dict[str, Counter[bytes]] = {name: Counter() for name in made}
    names = list(made)
    room = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, raw: Callable[[], bytes]) -> None:
        async with room:
            answers[name][await _ask(receiving, raw(), end=name in UNFINISHED)] += 1

    waiting: list[Awaitable[None]] = [one(name, made[name]) for name in chance.choices(names, k=count)]
    await asyncio.gather(*waiting)
    return answers


async def _ask(receiving: Receiving, raw: bytes, *, end: bool = False) -> bytes:
    answer = b""
    try:
        reader, writer = await asyncio.open_connection(*receiving.push_at)
        try:
            writer.write(raw)
            if end:
                writer.write_eof()
            while chunk := await asyncio.wait_for(reader.read(65536), 60):
                answer += chunk
        finally:
            writer.close()
    except ConnectionError:
        pass
    return answer.lower()


def _resident_mb(receiving: Receiving) -> float:
    text = Path(f"/proc/{receiving.process.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


def _open_files(receiving: Receiving) -> int:
    return len(list(Path(f"/proc/{receiving.process.pid}/fd").iterdir()))
