"""The adapter reads what the sandbox reports and records: two readings of the same pages, made apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from runner.frames import (
    CALL,
    CONFIRMED,
    COST,
    ENDED,
    JOB,
    KEY,
    NUMBER,
    OUTCOME,
    PARENT_JOB,
    PICKED_UP,
    REPORTED,
)
from runner.laaffic.adapter import Laaffic
from runner.report.outcome import calls
from runner.sandbox import gateway
from runner.sandbox.clock import VirtualClock
from runner.sandbox.defaults import API_KEY, API_SECRET
from runner.sandbox.engine import Engine
from runner.sandbox.switches import Switches

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
WORDS = {
    "connected": "answered",
    "voicemail": "voicemail",
    "busy": "busy",
    "no_answer": "no_answer",
    "rang_other": "failed",
    "other": "failed",
}
ORDER = {
    "appId": "cER2Ev2w",
    "taskName": "reminder.2026-11.1",
    "source": 3,
    "text": "Your payment is due.",
    "lan": "EN",
    "loopCount": 1,
    "maxCalls": 40,
    "displayNum": "1008122211",
    "numberInfoList": [{"calleeNumber": str(447700900000 + at)} for at in range(120)],
    "recallFlow": {"recallInterval": 1, "recallNum": 1, "recallType": 1},
}


class Clock:
    """The runner's clock: the vendor's virtual time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """Return the virtual time."""
        return datetime.fromisoformat(self._engine.summary()["now"])

    def elapsed_s(self) -> float:
        """Stand still: no deadline passes."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._engine.advance(seconds)


class Afternoon:
    """A vendor that has called a hundred and twenty people, and once more those who were not reached."""

    def __init__(self, **switches: object) -> None:
        clock = VirtualClock(NOW.timestamp)
        chosen = Switches().changed({"push_url": "http://127.0.0.1:9/", **switches})
        self.engine = Engine(clock=clock, switches=chosen, seed=11)
        # Signed by the vendor's clock, which stands still while the calls' goes on.
        self.engine.change_switches({"time_skew_s": 1e9})
        self.parent = self.engine.call("send", ORDER)
        for _ in range(5):
            self.engine.advance(600)
        self.vendor = Laaffic(
            "http://127.0.0.1:8089",
            API_KEY,
            API_SECRET,
            zone=None,
            clock=Clock(self.engine),
            transport=httpx.MockTransport(self._answer),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = gateway.Request(
            method=request.method, path=request.url.path, headers=dict(request.headers), body=request.content
        )
        answer = gateway.answer(self.engine, asked)
        return httpx.Response(answer.status, content=answer.body)

    def pushed(self) -> Any:
        """Return the reports of everything pushed so far."""
        bodies: list[bytes] = []
        while pushes := self.engine.due_pushes():
            bodies += [push.body for push in pushes]
        return self.vendor.read_pushes(bodies)

    def recorded(self) -> Any:
        """Return the records of the day."""
        return self.vendor.records(since=NOW - timedelta(hours=1), until=NOW + timedelta(days=1))

    def happened(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Return what really became of each call, by number and task."""
        return {("+" + call["number"], call["task_id"]): call for call in self.engine.calls()["calls"]}


STYLES = [
    {},
    {"termination_style": "zero"},
    {"push_form": "array"},
    {"push_form": "wrapped", "push_batch": 7, "push_missing_times": "null"},
    {"push_twice": 0.5, "push_late": 0.5, "push_shuffled": True, "push_ringing": True},
]


@pytest.mark.parametrize("switches", STYLES, ids=range(len(STYLES)))
def test_reports_say_what_became_of_each_call(switches: dict[str, Any]) -> None:
    """Outcome, key, cost, times, task and parent of every call are those that the simulator knows of."""
    afternoon = Afternoon(**switches)
    if "push_late" in switches:
        afternoon.engine.advance(600)
    reports = afternoon.pushed()
    merged = calls(reports.frame)
    happened = afternoon.happened()

    assert reports.refused == {}
    assert merged.height == len(happened) > 120
    assert merged[PARENT_JOB].null_count() == 120
    for row in merged.to_dicts():
        call = happened[row[NUMBER], row[JOB]]
        outcome = call["outcome"]
        assert row[REPORTED] == row[OUTCOME] == WORDS[outcome["status"]]
        assert row[CONFIRMED] is None
        assert row[KEY] == outcome["key"]
        assert row[PARENT_JOB] == call["parent_task_id"]
        dialled_ms = datetime.fromisoformat(outcome["dialled_at"]).timestamp() * 1000
        assert 0 <= row[ENDED] - dialled_ms - 1000 * (outcome["ring_s"] + outcome["talk_s"]) < 1000


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        ({}, {"connected": "answered", "voicemail": "unknown"}),
        ({"termination_style": "zero"}, dict.fromkeys(WORDS, "unknown") | {"connected": "answered"}),
        ({"voicemail_termination": "success"}, {"voicemail": "answered"}),
    ],
    ids=["sip", "zero", "machine"],
)
def test_records_say_what_they_can(switches: dict[str, Any], expected: dict[str, str]) -> None:
    """A record has no status: what the code of the end does not tell is unknown, and a machine may look like a person."""
    afternoon = Afternoon(**switches)
    recorded = afternoon.recorded()
    merged = calls(recorded.reports.frame)

    assert recorded.complete
    assert recorded.reports.refused == {}
    happened = {}
    for (number, _), call in afternoon.happened().items():
        moment = datetime.fromisoformat(call["outcome"]["dialled_at"]).timestamp()
        happened[number, moment] = call["outcome"]["status"]
    assert merged.height == len(happened)
    dialled = merged.with_columns(at=merged["@called"] // 1000)
    for row in dialled.to_dicts():
        status = happened[row[NUMBER], row["at"]]
        assert row[CONFIRMED] == row[OUTCOME] == (WORDS | expected)[status]
        assert row[REPORTED] is None
        assert row[JOB] is None


def test_pushes_and_records_are_of_the_same_calls() -> None:
    """Ids, numbers, costs and times agree, and forged reports confirm nothing."""
    afternoon = Afternoon(push_forged=1.0)
    pushes, records = afternoon.pushed().frame, afternoon.recorded().reports.frame
    both = calls(pushes.vstack(records))
    alone = calls(records)

    confirmed = both.filter(both[CONFIRMED].is_not_null())
    assert confirmed.select(CALL, CONFIRMED, KEY, COST, PICKED_UP).equals(
        alone.select(CALL, CONFIRMED, KEY, COST, PICKED_UP)
    )
    assert 0 < both.height - confirmed.height <= 150


def test_one_record_is_found_again() -> None:
    """By the id of a report; a made-up id has none."""
    afternoon = Afternoon()
    call = afternoon.pushed().frame[CALL][0]

    found = afternoon.vendor.record(call)
    assert found is not None
    assert found.frame[CALL].to_list() == [call]
    assert afternoon.vendor.record("9" + call[1:]) is None
