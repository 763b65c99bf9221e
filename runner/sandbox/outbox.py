"""Which status reports are due when: each call once it is over, and what goes wrong on the way, decided by the seed.

On the virtual clock and without a network; `pusher` carries the bodies to their address.
"""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from runner.sandbox.book import TaskBook
from runner.sandbox.ended_call import EndedCall, ended_call
from runner.sandbox.status_report import forged_report, ringing_report, status_report
from runner.sandbox.switches import Switches
from runner.sandbox.task import Task

_MOST_REPORTS: Final = 1000
_RETRY_S: Final = 60
"""Source: another product of the vendor's parent repeats every minute; for this one nothing is documented."""


class _Kind(Enum):
    """What a report is about."""

    ENDED = "ended"
    RINGING = "ringing"
    FORGED = "forged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One request to the push address: its body, how many reports it holds, how often it was tried before."""

    url: str
    body: bytes
    reports: int
    attempts: int = 0


class Outbox:
    """The reports of one account that wait for their time."""

    __slots__ = ("_again", "_cursors", "_order", "_seed", "_waiting", "counts")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._cursors: dict[int, int] = {}
        self._waiting: list[tuple[float, int, int, int, _Kind]] = []
        self._again: list[tuple[float, int, Push]] = []
        self._order = 0
        self.counts: Counter[str] = Counter()

    def waiting(self) -> int:
        """Return how many reports of calls begun are not handed out yet."""
        return len(self._waiting) + sum(push.reports for _, _, push in self._again)

    def due(self, book: TaskBook, switches: Switches, now: float) -> list[Push]:
        """Return what is to be sent at *now*, at most a thousand reports; nothing where no address is set."""
        if not switches.push_url:
            return []
        for task in book.tasks():
            self._notice(task, switches, now)
        reports = list(self._taken(book, switches, now))
        if switches.push_shuffled:
            reports.sort(key=lambda report: self._dice("order", json.dumps(report))[:8])
        pushes = [self._push(batch, switches) for batch in _batches(reports, switches)]
        while self._again and self._again[0][0] <= now:
            pushes.append(replace(heapq.heappop(self._again)[2], url=switches.push_url))
        return pushes

    def failed(self, push: Push, switches: Switches, now: float) -> None:
        """Note that *push* was not taken; it is tried again a minute later while attempts are left."""
        self.counts["failed_requests"] += 1
        attempts = push.attempts + 1
        if attempts < switches.push_attempts:
            self._order += 1
            again = replace(push, attempts=attempts)
            heapq.heappush(self._again, (now + _RETRY_S, self._order, again))
        else:
            self.counts["given_up"] += push.reports

    def delivered(self, push: Push) -> None:
        """Note that *push* was answered with 200."""
        self.counts["delivered"] += push.reports

    def _notice(self, task: Task, switches: Switches, now: float) -> None:
        """Let the reports of the calls wait that were dialled since the last look."""
        begun, called = self._cursors.get(task.task_id, 0), task.called(now)
        for position in range(begun, called):
            self._decide(ended_call(task, position, switches=switches), switches)
        self._cursors[task.task_id] = called

    def _decide(self, call: EndedCall, switches: Switches) -> None:
        dice = self._dice("fate", call.voice_id)
        is_lost, is_twice, is_late, is_forged = (
            byte / 256 < share
            for byte, share in zip(
                dice,
                (switches.push_lost, switches.push_twice, switches.push_late, switches.push_forged),
                strict=False,
            )
        )
        delay_s = switches.push_late_s * dice[4] / 255 if is_late else 0.0
        if switches.push_ringing and call.rang_at is not None:
            self._add(call.rang_at + delay_s, call, _Kind.RINGING)
        if is_forged:
            self._add(call.ended_at, call, _Kind.FORGED)
        for _ in range(0 if is_lost else 1 + is_twice):
            self._add(call.ended_at + delay_s, call, _Kind.ENDED)
        for name, happened in (
            ("lost", is_lost),
            ("twice", is_twice),
            ("late", is_late),
            ("forged", is_forged),
        ):
            self.counts[name] += happened

    def _add(self, due_at: float, call: EndedCall, kind: _Kind) -> None:
        self._order += 1
        heapq.heappush(self._waiting, (due_at, self._order, call.task.task_id, call.position, kind))

    def _taken(self, book: TaskBook, switches: Switches, now: float) -> Iterator[dict[str, Any]]:
        for _ in range(_MOST_REPORTS):
            if not self._waiting or self._waiting[0][0] > now:
                return
            _, _, task_id, position, kind = heapq.heappop(self._waiting)
            task = book.task(task_id)
            if task is not None:
                yield self._report(ended_call(task, position, switches=switches), kind, switches)

    def _report(self, call: EndedCall, kind: _Kind, switches: Switches) -> dict[str, Any]:
        match kind:
            case _Kind.ENDED:
                return status_report(call, switches)
            case _Kind.RINGING:
                return ringing_report(call, switches)
            case _Kind.FORGED:
                return forged_report(call, switches, dice=self._dice("forged", call.voice_id)[0])

    def _push(self, reports: list[dict[str, Any]], switches: Switches) -> Push:
        body: object = reports
        if switches.push_form == "object":
            body = reports[0]
        elif switches.push_form == "wrapped":
            body = {"array": reports}
        self.counts["sent"] += len(reports)
        return Push(url=switches.push_url, body=json.dumps(body).encode(), reports=len(reports))

    def _dice(self, purpose: str, about: str) -> bytes:
        material = f"{self._seed}/{purpose}/{about}"
        return hashlib.blake2b(material.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _batches(reports: list[dict[str, Any]], switches: Switches) -> Iterator[list[dict[str, Any]]]:
    size = 1 if switches.push_form == "object" else switches.push_batch
    for begin in range(0, len(reports), size):
        yield reports[begin : begin + size]
