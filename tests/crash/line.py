"""The wire between the adapter and the simulator, in one process, with everything that can happen to a request on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from runner.sandbox.endpoints import find_endpoint
from runner.sandbox.engine import Engine
from runner.sandbox.gateway import Answer, Delivery, Request, answer

IDLE_S = 60.0
"""How long the client waits for the next byte; the adapter's default."""


class Trouble(StrEnum):
    """What the network does; what the vendor itself does wrong is scripted in the simulator."""

    REFUSED = "connection refused"
    BROKEN = "connection broken in the request"
    SWALLOWED = "request lost, no answer"
    HELD = "request held up, arrives later, no answer"
    REPEATED = "request delivered twice by a proxy"


@dataclass
class Network:
    """What lies between all processes and the vendor, and outlives them.

    Attributes:
        troubles: (endpoint, trouble), each for one request, in order.
        held: requests that the client has given up and the vendor has not seen yet.
    """

    engine: Engine
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)
    held: list[Request] = field(default_factory=list)

    def trouble_for(self, endpoint: str) -> Trouble | None:
        """Return what happens to this request, using it up."""
        for position, (wanted, trouble) in enumerate(self.troubles):
            if wanted == endpoint:
                del self.troubles[position]
                return trouble
        return None

    def deliver_held(self) -> None:
        """Let every request arrive that was held up; nobody is there any more to hear the answers."""
        while self.held:
            answer(self.engine, self.held.pop(0))


class Line(httpx.BaseTransport):
    """One process's end of the network.

    Args:
        network: shared by all.
        effect: called before a request leaves and when the vendor has dealt with it.
        wait: lets seconds pass.
    """

    def __init__(
        self, network: Network, *, effect: Callable[[str], None], wait: Callable[[float], None]
    ) -> None:
        self._network = network
        self._effect = effect
        self._wait = wait

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry *request* to the vendor and its answer back, as far as they get."""
        found = find_endpoint(request.method, request.url.path)
        endpoint = found[0].name if found else ""
        self._effect(f"{endpoint} leaves")
        trouble = self._network.trouble_for(endpoint)
        if trouble is Trouble.REFUSED:
            raise httpx.ConnectError("refused")
        if trouble is Trouble.BROKEN:
            assert isinstance(request.stream, httpx.SyncByteStream)
            next(iter(request.stream), b"")
            raise httpx.WriteError("broken")
        # The body holds its last piece back until the last look, so reading it may raise.
        sent = Request(
            method=request.method,
            path=request.url.path,
            headers=dict(request.headers),
            body=request.read(),
        )
        if trouble in {Trouble.SWALLOWED, Trouble.HELD}:
            if trouble is Trouble.HELD:
                self._network.held.append(sent)
            self._wait(IDLE_S)
            raise httpx.ReadTimeout("nothing")
        said = answer(self._network.engine, sent)
        # Were the second answer another one than "this name exists", it would be a refusal of a task that was taken.
        if trouble is Trouble.REPEATED and not self._network.engine.add_faults(()):
            said = answer(self._network.engine, sent)
        self._effect(f"{endpoint} was dealt with")
        return self._delivered(said)

    def _delivered(self, said: Answer) -> httpx.Response:
        match said.delivery:
            case Delivery.REFUSED:
                raise httpx.ConnectError("refused")
            case Delivery.CLOSED:
                raise httpx.RemoteProtocolError("closed")
            case Delivery.RESET:
                raise httpx.ReadError("reset")
            case Delivery.CUT_HEADERS | Delivery.CUT:
                raise httpx.RemoteProtocolError("cut")
            case Delivery.NEVER:
                self._wait(min(said.delay_s, IDLE_S))
                raise httpx.ReadTimeout("nothing")
            case Delivery.WHOLE | Delivery.CUT_END:
                self._wait(min(said.delay_s, IDLE_S))
                return httpx.Response(said.status, headers=said.headers, content=said.body)
