"""The engine as a whole: threads, determinism, cost."""

import time
from concurrent.futures import ThreadPoolExecutor

from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from tests.unit.sandbox.conftest import TEN_O_CLOCK, Json, Make, Vendor


def test_of_many_threads_one_gets_the_name(vendor: Vendor, order: Make) -> None:
    """Simultaneous requests of one name: one is accepted, the others are -20."""
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: vendor.code("send", order()), range(40)))

    assert sorted(codes) == [-20] * 39 + [0]
    assert vendor.engine.summary()["answers"] == {"send 0": 1, "send -20": 39}


def test_many_threads_get_different_ids(vendor: Vendor, order: Make) -> None:
    """No id is given twice, and nobody is lost."""
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda at: vendor.call("send", order(taskName=f"task {at}")), range(40)))

    assert len(ids) == vendor.engine.summary()["tasks"] == 40


def test_an_engine_is_cheap() -> None:
    """A state machine can make a thousand of them in a second."""
    begin = time.perf_counter()
    for _ in range(1000):
        Engine(clock=VirtualClock(lambda: TEN_O_CLOCK))

    assert time.perf_counter() - begin < 1


def test_nothing_is_kept_of_a_refused_request(vendor: Vendor, order: Make) -> None:
    """Ids, names and counts are as if it had never come."""
    wrong: tuple[Json, ...] = ({"source": 9}, {"numberInfoList": []}, {"voiceFileId": "x", "source": 1})
    for changes in wrong:
        assert vendor.code("send", order(**changes)) < 0

    assert vendor.call("send", order()) == 5000602
    assert vendor.engine.summary()["callees"] == 1
