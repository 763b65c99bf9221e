"""``/_sandbox``: what no vendor has. Look at who heard what, turn switches, script faults, move time.

Only for programs on the same machine: a rehearsal may hold real people. So both ends must be loopback
addresses, by number or as ``localhost`` (a browser that was lured here under another name is turned away).
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runner.sandbox.engine import Engine
from runner.sandbox.faults import FaultError
from runner.sandbox.observations import DEFAULT_LIMIT
from runner.sandbox.switches import SwitchError

_MOST_LISTED: Final = 1_000_000

_Handler = Callable[[Engine, Request], Awaitable[object]]


class _BadRequestError(ValueError):
    """What was asked of the console cannot be understood."""


def console_routes(engine: Engine, *, after_each: Callable[[], None]) -> list[Route]:
    """Return the routes below ``/_sandbox``; *after_each* is called when a request was dealt with.

    ``GET calls?task=&number=&limit=``, ``GET summary?prefix=``, ``GET pushes``, ``GET|POST switches``,
    ``GET|POST|DELETE faults``, ``POST advance {"seconds": n}``, ``POST reset``. Answers are JSON; a mistake
    is 400 with ``error``.
    """
    table: tuple[tuple[str, str, _Handler], ...] = (
        ("GET", "/calls", _calls),
        ("GET", "/summary", _summary),
        ("GET", "/pushes", _pushes),
        ("GET", "/switches", _switches),
        ("POST", "/switches", _change_switches),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _add_faults),
        ("DELETE", "/faults", _clear_faults),
        ("POST", "/advance", _advance),
        ("POST", "/reset", _reset),
    )
    return [
        Route(path, _guarded(engine, handler, after_each), methods=[method])
        for method, path, handler in table
    ]


def _guarded(
    engine: Engine, handler: _Handler, after_each: Callable[[], None]
) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        if not _is_local(request):
            return _answer({"error": "only from this machine"}, status=403)
        try:
            return _answer(await handler(engine, request))
        except (SwitchError, FaultError, _BadRequestError) as error:
            return _answer({"error": str(error)}, status=400)
        finally:
            after_each()

    return guarded


def _answer(body: object, *, status: int = 200) -> Response:
    """Return JSON in ASCII: what was heard may hold half a surrogate pair, which UTF-8 cannot."""
    return Response(json.dumps(body), status_code=status, media_type="application/json")


def _is_local(request: Request) -> bool:
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return request.client is not None and _is_loopback(request.client.host) and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _json(request: Request) -> object:
    try:
        return json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise _BadRequestError("the body is not JSON") from None


async def _json_object(request: Request) -> dict[str, object]:
    body = await _json(request)
    if not isinstance(body, dict):
        raise _BadRequestError("the body is not a JSON object")
    return body


async def _calls(engine: Engine, request: Request) -> object:
    query = request.query_params
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and int(limit) <= _MOST_LISTED):
        raise _BadRequestError(f"limit is a number up to {_MOST_LISTED}")
    return engine.calls(task=query.get("task", ""), number=query.get("number", ""), limit=int(limit))


async def _summary(engine: Engine, request: Request) -> object:
    return engine.summary(prefix=request.query_params.get("prefix", ""))


async def _pushes(engine: Engine, _request: Request) -> object:
    return engine.pushes()


async def _switches(engine: Engine, _request: Request) -> object:
    return engine.switches.to_json()


async def _change_switches(engine: Engine, request: Request) -> object:
    return engine.change_switches(await _json_object(request)).to_json()


async def _faults(engine: Engine, _request: Request) -> object:
    return {"faults": [asdict(fault) for fault in engine.add_faults(())]}


async def _add_faults(engine: Engine, request: Request) -> object:
    """Add one fault (an object) or several (an array, or an object with ``faults``)."""
    body = await _json(request)
    if isinstance(body, dict):
        body = body.get("faults", [body])
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise _BadRequestError("a fault is an object, several are an array")
    return {"faults": [asdict(fault) for fault in engine.add_faults(body)]}


async def _clear_faults(engine: Engine, _request: Request) -> object:
    engine.clear_faults()
    return {"faults": []}


async def _advance(engine: Engine, request: Request) -> object:
    seconds = (await _json_object(request)).get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise _BadRequestError("seconds is a number")
    try:
        engine.advance(seconds)
    except ValueError as error:
        raise _BadRequestError("seconds is not negative and finite") from error
    return {"now": engine.summary()["now"]}


async def _reset(engine: Engine, _request: Request) -> object:
    engine.reset()
    return engine.summary()
