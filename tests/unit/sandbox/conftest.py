"""A vendor whose time stands still until a test moves it, and a request that it accepts."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from runner.sandbox.refusal import RefusedError
from runner.sandbox.switches import Switches

# 2026-11-24 10:00:00 in Shanghai, the vendor's zone by default.
TEN_O_CLOCK = 1_795_485_600.0

Json = dict[str, Any]
Make = Callable[..., Any]


class Vendor:
    """An engine with shorthands for tests."""

    def __init__(self, **switches: object) -> None:
        self.wall = TEN_O_CLOCK
        clock = VirtualClock(lambda: self.wall)
        self.engine = Engine(clock=clock, switches=Switches().changed(switches), seed=7)

    def call(self, endpoint: str, body: Json | None = None, *, path_id: object = "") -> Any:
        """Return the data of a request that is accepted."""
        return self.engine.call(endpoint, body, path_id=str(path_id))

    def code(self, endpoint: str, body: Json | None = None, *, path_id: object = "") -> int:
        """Return the status code of a request, 0 where it is accepted."""
        try:
            self.call(endpoint, body, path_id=path_id)
        except RefusedError as error:
            return error.code
        return 0

    def listed(self, **params: object) -> list[Json]:
        """Return the first hundred tasks of the list, all times."""
        params = {"strTime": "2020-01-01 00:00:00", "endTime": "2040-01-01 00:00:00", **params}
        records: list[Json] = self.call("query", {"size": 100, "params": params})["records"]
        return records

    def detail(self, task_id: int) -> Json:
        """Return a task's detail."""
        found: Json = self.call("detail", path_id=task_id)
        return found

    def calls(self, **wanted: Any) -> list[Json]:
        """Return what the callees heard and read."""
        found: Any = self.engine.calls(**wanted)["calls"]
        return list(found)

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self.engine.advance(seconds)


@pytest.fixture
def vendor() -> Vendor:
    """A vendor with default switches; 2026-11-24 10:00:00 in its zone."""
    return Vendor()


@pytest.fixture(scope="session")
def new_vendor() -> Callable[..., Vendor]:
    """Make a vendor with the given switches."""
    return Vendor


@pytest.fixture(scope="session")
def people() -> Callable[..., list[Json]]:
    """Make *count* callees with fictional numbers, each with the given variables."""

    def make(count: int, **texts: object) -> list[Json]:
        return [{"calleeNumber": str(447700900000 + at), **texts} for at in range(count)]

    return make


@pytest.fixture(scope="session")
def order(people: Callable[..., list[Json]]) -> Callable[..., Json]:
    """Make a spoken task for one person that is accepted; None takes a field away."""

    def make(**changes: object) -> Json:
        body = {
            "appId": "cER2Ev2w",
            "taskName": "reminder.2026-11.1",
            "source": 3,
            "text": "Your payment is due.",
            "lan": "EN",
            "loopCount": 1,
            "maxCalls": 40,
            "numberInfoList": people(1),
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    return make


@pytest.fixture
def sms() -> Json:
    """The fields of a post-call SMS on failure, and of no other trigger."""
    return {
        "hangUpSms": 1,
        "smsAppId": "cF9u6UmT",
        "smsContent": "Please settle via ${text1}.",
        "failedPush": 1,
    }
