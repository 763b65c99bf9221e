"""HTTP without sockets: a request in bytes becomes an answer in bytes, or the way in which there is none.

A server sends the answer; a test in one process can turn it into its client's exceptions instead.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import Enum
from types import MappingProxyType
from typing import Final

from runner.sandbox.endpoints import BALANCE, Endpoint, find_endpoint
from runner.sandbox.engine import Engine
from runner.sandbox.faults import REFUSE, SHIFT, SLOW, Fault
from runner.sandbox.refusal import Code, RefusedError, reason_of
from runner.sandbox.switches import Switches

_GATEWAY_PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
_INTERNAL_ERROR: Final = b'{"error": "Internal Server Error"}'


class Delivery(Enum):
    """How an answer reaches the client."""

    WHOLE = "whole"
    REFUSED = "refused"  # no connection is taken
    CLOSED = "closed"  # the connection ends (FIN) before the first byte
    RESET = "reset"  # the connection ends (RST) before the first byte
    CUT_HEADERS = "cut_headers"  # the connection ends after the headers
    CUT = "cut"  # the connection ends within the body
    CUT_END = "cut_end"  # the connection ends after the body
    NEVER = "never"  # the connection stays open for `delay_s`, without a byte


_BROKEN: Final[Mapping[str, Delivery]] = MappingProxyType(
    {
        REFUSE: Delivery.REFUSED,
        "close": Delivery.CLOSED,
        "reset": Delivery.RESET,
        "cut_headers": Delivery.CUT_HEADERS,
        "cut": Delivery.CUT,
        "cut_end": Delivery.CUT_END,
        "timeout": Delivery.NEVER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        method: in capitals.
        path: without the query, decoded.
        headers: by lower-case name.
        body: as sent.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer and its fate.

    Attributes:
        status: HTTP status.
        headers: by lower-case name, without the length.
        body: complete, also where it will be cut on the way.
        delivery: how it reaches the client.
        delay_s: real seconds before that.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delivery: Delivery = Delivery.WHOLE
    delay_s: float = 0.0


def answer(engine: Engine, request: Request) -> Answer:
    """Return the answer to *request*; whatever the vendor answers is one, errors included."""
    found = find_endpoint(request.method, request.path)
    headers = {"date": formatdate(engine.server_time(), usegmt=True)}
    if found is None:
        return Answer(status=404, headers={**headers, "content-type": "text/plain"}, body=b"not found")
    endpoint, path_id = found
    headers["content-type"] = "application/json;charset=UTF-8"
    fault = engine.take_fault(endpoint.name)
    if fault and fault.kind == SHIFT:
        engine.shift_list()
        fault = None
    if fault and (fault.kind == REFUSE or not (fault.is_after or fault.kind == SLOW)):
        return _spoiled(Answer(status=200, headers=headers, body=b""), fault, endpoint, engine.switches)
    status, envelope = _carried_out(engine, request, endpoint, path_id)
    whole = Answer(status=status, headers=headers, body=json.dumps(envelope).encode())
    return _spoiled(whole, fault, endpoint, engine.switches) if fault else whole


def _carried_out(
    engine: Engine, request: Request, endpoint: Endpoint, path_id: str
) -> tuple[int, dict[str, object]]:
    """Return HTTP status and envelope of a request that is really carried out."""
    try:
        engine.authenticate(request.headers)
        body = _json_object(request) if endpoint.method == "POST" else None
        data = engine.call(endpoint.name, body, path_id=path_id)
    except RefusedError as error:
        envelope = _envelope(endpoint, engine.switches, code=error.code, reason=error.reason)
        return engine.switches.error_http_status, envelope
    return 200, _envelope(endpoint, engine.switches, code=0, reason=reason_of(0), data=data)


def _json_object(request: Request) -> dict[str, object]:
    """Return the body; -18 where it is no JSON object or not said to be JSON (the latter is an assumption)."""
    if "json" not in request.headers.get("content-type", "").lower():
        raise RefusedError(Code.PROGRAM, "Content-Type must be application/json")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise RefusedError(Code.PROGRAM, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise RefusedError(Code.PROGRAM, "the body is not a JSON object")
    return body


def _envelope(
    endpoint: Endpoint, switches: Switches, *, code: int, reason: str, data: object = None
) -> dict[str, object]:
    """Return an answer in the form and with the kind of code that the switches want.

    Data is null in every error, and always there. The balance is flat and always in form A.
    """
    form = endpoint.form if switches.envelope == "documented" else switches.envelope
    is_text = switches.code_style == "text"
    if switches.code_style == "documented":
        is_text = endpoint.is_text_code if form == endpoint.form else form == "A"
    shown: object = str(code) if is_text else code
    if endpoint.name == BALANCE:
        return {"status": shown, "reason": reason, **(data if isinstance(data, dict) else {})}
    names = ("status", "reason") if form == "A" else ("code", "msg")
    return {names[0]: shown, names[1]: reason, "data": data}


def _spoiled(whole: Answer, fault: Fault, endpoint: Endpoint, switches: Switches) -> Answer:
    """Return what becomes of *whole* under *fault*; its body is empty where nothing was carried out."""
    if fault.code is not None:
        code = fault.code
        envelope = _envelope(endpoint, switches, code=code, reason=reason_of(code))
        return replace(whole, status=switches.error_http_status, body=json.dumps(envelope).encode())
    if fault.kind == "cut_end" and not whole.body:
        # A whole answer that says yes is given only to a request that was carried out.
        whole = replace(whole, status=500, body=_INTERNAL_ERROR)
    if fault.kind in {"truncated_json", "cut_headers", "cut"} and not whole.body:
        envelope = _envelope(endpoint, switches, code=0, reason=reason_of(0))
        whole = replace(whole, body=json.dumps(envelope).encode())
    delivery = _BROKEN.get(fault.kind)
    if delivery is not None:
        return replace(whole, delivery=delivery, delay_s=fault.seconds if delivery is Delivery.NEVER else 0.0)
    match fault.kind:
        case "slow":
            return replace(whole, delay_s=fault.seconds)
        case "truncated_json":
            return replace(whole, body=whole.body[: len(whole.body) // 2])
        case "html":
            headers = {**whole.headers, "content-type": "text/html"}
            return replace(whole, status=502, headers=headers, body=_GATEWAY_PAGE)
        case _:
            return replace(whole, status=500, body=_INTERNAL_ERROR)
