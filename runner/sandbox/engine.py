"""The vendor in memory, without HTTP: one process, one lock, nothing but the clock from outside."""

from collections.abc import Iterable, Mapping
from threading import RLock
from typing import Any

from runner.sandbox import observations
from runner.sandbox.account import Account
from runner.sandbox.auth import Credentials, authenticate
from runner.sandbox.clock import Clock
from runner.sandbox.endpoints import ENDPOINTS
from runner.sandbox.faults import ANY_ENDPOINT, Fault, FaultError, FaultScript, drawn_fault, read_fault
from runner.sandbox.fields import Fields
from runner.sandbox.outbox import Push
from runner.sandbox.refusal import RefusedError
from runner.sandbox.switches import Switches

_DEFAULT_SWITCHES = Switches()
_DEFAULT_CREDENTIALS = Credentials()


class Engine:
    """A vendor with one account. Every method may be called from any thread.

    The same seed, clock and requests give the same answers, ids and outcomes.

    Args:
        clock: the server's time and the virtual time of the calls.
        switches: how this vendor behaves; ``reset`` comes back to these.
        seed: enters file ids and outcomes.
        credentials: of the one account.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        switches: Switches = _DEFAULT_SWITCHES,
        seed: int = 0,
        credentials: Credentials = _DEFAULT_CREDENTIALS,
    ) -> None:
        self._clock = clock
        self._first_switches = switches
        self._seed = seed
        self._credentials = credentials
        self._lock = RLock()
        self._faults = FaultScript()
        self._drawn = 0
        self._account = Account(clock=clock, switches=switches, seed=seed)

    def call(self, endpoint: str, body: Mapping[str, object] | None = None, *, path_id: str = "") -> object:
        """Carry out a request that is known to come from the account, and return its ``data``.

        Args:
            endpoint: a name of ``endpoints.ENDPOINTS``.
            body: the request's JSON object.
            path_id: the id at the end of the path, where the endpoint has one.

        Raises:
            RefusedError: with the status code; nothing was changed then.
        """
        with self._lock:
            findings = self._account.findings
            findings.requests[endpoint] += 1
            try:
                data = ENDPOINTS[endpoint].run(self._account, Fields(body or {}), path_id)
            except RefusedError as error:
                findings.answers[f"{endpoint} {error.code}"] += 1
                raise
            findings.answers[f"{endpoint} 0"] += 1
            return data

    def authenticate(self, headers: Mapping[str, str]) -> None:
        """Return if a request with these headers (by lower-case name) comes from the account, now.

        Raises:
            RefusedError: -1 or -16.
        """
        with self._lock:
            authenticate(
                headers,
                credentials=self._credentials,
                server_time=self._account.server_time(),
                tolerance_s=self._account.switches.time_skew_s,
            )

    @property
    def switches(self) -> Switches:
        """How this vendor behaves at present."""
        return self._account.switches

    def change_switches(self, changes: Mapping[str, object]) -> Switches:
        """Change some switches, for what comes from now on, and return all.

        Raises:
            SwitchError: for an unknown name or an impossible value; nothing is changed then.
        """
        with self._lock:
            self._account.switches = self._account.switches.changed(changes)
            return self._account.switches

    def add_faults(self, faults: Iterable[Fault | Mapping[str, object]]) -> tuple[Fault, ...]:
        """Let faults wait for their requests, behind those that wait, and return all that wait.

        Raises:
            FaultError: for a fault that cannot be understood; none is added then.
        """
        read = [fault if isinstance(fault, Fault) else read_fault(fault) for fault in faults]
        for fault in read:
            if fault.endpoint not in {ANY_ENDPOINT, *ENDPOINTS}:
                raise FaultError(f"endpoint is {ANY_ENDPOINT} or one of {', '.join(ENDPOINTS)}")
        with self._lock:
            for fault in read:
                self._faults.add(fault)
            return self._faults.waiting()

    def clear_faults(self) -> None:
        """Forget the faults that wait."""
        with self._lock:
            self._faults.clear()

    def take_fault(self, endpoint: str) -> Fault | None:
        """Return the fault that hits the next request to *endpoint*, using it up, or None.

        A scripted one comes first; else one is drawn by the switch ``fault_percent``.
        """
        with self._lock:
            self._drawn += 1
            scripted = self._faults.next_for(endpoint)
            percent = self._account.switches.fault_percent
            return scripted or drawn_fault(percent=percent, seed=f"{self._seed}/{self._drawn}")

    def take_refusal(self) -> Fault | None:
        """Return the ``refuse`` whose turn it is, using it up, or None: for servers, see ``FaultScript``."""
        with self._lock:
            return self._faults.take_refusal()

    def shift_list(self) -> None:
        """Let one task change its place in the list, so that whoever reads it page by page may miss it."""
        with self._lock:
            self._account.list_shifts += 1

    def due_pushes(self) -> list[Push]:
        """Return the status reports that are to be posted now; each is given out once."""
        with self._lock:
            if not self._account.switches.push_url:
                return []
            now = self._account.now()
            return self._account.outbox.due(self._account.book, self._account.switches, now)

    def push_ended(self, push: Push, *, is_taken: bool) -> None:
        """Note whether the push address took *push*."""
        with self._lock:
            outbox = self._account.outbox
            if is_taken:
                outbox.delivered(push)
            else:
                outbox.failed(push, self._account.switches, self._account.now())

    def pushes(self) -> dict[str, int]:
        """Return counts of reports: waiting, sent, delivered, given_up, lost, twice, late, forged; failed_requests."""
        names = ("sent", "delivered", "given_up", "lost", "twice", "late", "forged", "failed_requests")
        with self._lock:
            outbox = self._account.outbox
            return {"waiting": outbox.waiting(), **{name: outbox.counts[name] for name in names}}

    def server_time(self) -> float:
        """Return the server's clock, Unix seconds: what the ``Date`` header shows."""
        with self._lock:
            return self._account.server_time()

    def advance(self, seconds: float) -> float:
        """Move the virtual time forward and return it, Unix seconds.

        Raises:
            ValueError: for a negative or endless span.
        """
        with self._lock:
            self._clock.advance(seconds)
            return self._account.now()

    def reset(self) -> None:
        """Forget files, tasks, findings and faults; the switches are the first ones again. Time goes on."""
        with self._lock:
            self._faults.clear()
            self._drawn = 0
            self._account = Account(clock=self._clock, switches=self._first_switches, seed=self._seed)

    def calls(
        self, *, task: str = "", number: str = "", limit: int = observations.DEFAULT_LIMIT
    ) -> dict[str, Any]:
        """Return who heard and read what; see ``observations.calls``."""
        with self._lock:
            return observations.calls(self._account, task=task, number=number, limit=limit)

    def summary(self, *, prefix: str = "") -> dict[str, Any]:
        """Return counts only; see ``observations.summary``."""
        with self._lock:
            return observations.summary(self._account, prefix=prefix)
