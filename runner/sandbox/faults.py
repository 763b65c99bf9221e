"""Faults, scripted or drawn: what goes wrong on the way, before or after a request was carried out."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

ANY_ENDPOINT: Final = "*"
REFUSE: Final = "refuse"
SHIFT: Final = "shift"
SLOW: Final = "slow"
_LOSSES: Final = (
    "close",
    "reset",
    "cut_headers",
    "cut",
    "cut_end",
    "timeout",
    "http_500",
    "html",
    "truncated_json",
)
KINDS: Final = (*_LOSSES, SLOW, REFUSE, SHIFT)
_DRAWN: Final = (*_LOSSES, "code_-18", SLOW)
_CODE: Final = re.compile(r"code_(-?\d{1,4})")
_MOST_SECONDS: Final = 3600


class FaultError(ValueError):
    """A fault that cannot be understood; the message is meant for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One scripted fault.

    Attributes:
        endpoint: name of the endpoint that it waits for, ``*`` = any.
        kind: ``close`` and ``reset`` end the connection before the first byte of the answer (FIN, RST);
            ``cut_headers`` ends it after the headers, ``cut`` within the body, ``cut_end`` after the body;
            ``timeout`` gives no answer; ``http_500`` is a 500 with JSON, ``html`` a 502 page of a gateway;
            ``truncated_json`` is a complete answer whose JSON is cut; ``code_-18`` (any number) is that
            status code; ``slow`` is the right answer, late; ``refuse`` takes no connection, see
            ``FaultScript.take_refusal``; ``shift`` moves a task in the list to another page, and answers.
        is_after: the request is carried out first and only its answer is lost; otherwise it never was.
        times: so many requests are hit.
        skip: so many matching ones are let through first.
        seconds: how long ``timeout`` holds the connection, ``slow`` the answer and ``refuse`` the port, in real time.
    """

    endpoint: str
    kind: str
    is_after: bool = False
    times: int = 1
    skip: int = 0
    seconds: float = 30.0

    @property
    def code(self) -> int | None:
        """The status code to answer with, None for other kinds."""
        match = _CODE.fullmatch(self.kind)
        return int(match[1]) if match else None


def read_fault(source: Mapping[str, object]) -> Fault:
    """Return the fault in a JSON object ``{endpoint, when, kind, times, skip, seconds}``.

    Raises:
        FaultError: for an unknown field, kind or value.
    """
    allowed = {"endpoint", "when", "kind", "times", "skip", "seconds"}
    if not source.keys() <= allowed:
        raise FaultError(f"a fault has {', '.join(sorted(allowed))}")
    endpoint, kind, when = (
        source.get("endpoint", ANY_ENDPOINT),
        source.get("kind"),
        source.get("when", "before"),
    )
    if not isinstance(endpoint, str) or not isinstance(kind, str):
        raise FaultError("endpoint and kind are texts")
    if kind not in KINDS and not _CODE.fullmatch(kind):
        raise FaultError(f"kind is one of {', '.join(KINDS)} or code_-18 and the like")
    if when not in {"before", "after"}:
        raise FaultError("when is before or after")
    return Fault(
        endpoint=endpoint,
        kind=kind,
        is_after=when == "after",
        times=int(_count(source, "times", 1, least=1)),
        skip=int(_count(source, "skip", 0, least=0)),
        seconds=_count(source, "seconds", 30.0, least=0),
    )


def _count(source: Mapping[str, object], name: str, default: float, *, least: int) -> float:
    value = source.get(name, default)
    is_count = isinstance(value, int | float if name == "seconds" else int) and not isinstance(value, bool)
    if not is_count or not isinstance(value, int | float) or not least <= value <= _MOST_SECONDS:
        raise FaultError(f"{name} is a number from {least} to {_MOST_SECONDS}")
    return value


def drawn_fault(*, percent: float, seed: str) -> Fault | None:
    """Return the fault that *percent* of all requests are hit by, or None; the same *seed* gives the same answer."""
    drawn = hashlib.sha256(seed.encode()).digest()
    if int.from_bytes(drawn[:4]) * 100 >= percent * 2**32:
        return None
    kind, seconds = _DRAWN[drawn[4] % len(_DRAWN)], drawn[5] % 21 / 10
    return Fault(endpoint=ANY_ENDPOINT, kind=kind, is_after=drawn[6] % 2 == 1, seconds=seconds)


class FaultScript:
    """Faults in the order in which they wait; the first that matches a request is used up by it."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let *fault* wait for its requests, behind those that wait already."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()

    def waiting(self) -> tuple[Fault, ...]:
        """Return what is left, in order, with the remaining ``times`` and ``skip``."""
        return tuple(self._waiting)

    def take_refusal(self) -> Fault | None:
        """Return the first ``refuse`` whose turn it is, using it up, or None.

        A connection comes before its request: a server that wants to refuse one cannot wait for the request that it
        is for. So its turn comes when nothing is left to be let through first, whatever its endpoint, and it is one.
        """
        for position, fault in enumerate(self._waiting):
            if fault.kind == REFUSE and not fault.skip:
                return self._waiting.pop(position)
        return None

    def next_for(self, endpoint: str) -> Fault | None:
        """Return the fault that hits this request, or None; a waiting ``skip`` is used up by it, too."""
        for position, fault in enumerate(self._waiting):
            if fault.endpoint not in {ANY_ENDPOINT, endpoint}:
                continue
            if fault.skip:
                self._waiting[position] = replace(fault, skip=fault.skip - 1)
                return None
            if fault.times > 1:
                self._waiting[position] = replace(fault, times=fault.times - 1)
            else:
                del self._waiting[position]
            return fault
        return None
