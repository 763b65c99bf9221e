"""Every doubt that a fault can make, and what settles it: the vendor's list, its call records, a person; never a push."""

import time

import pytest

from runner.errors import Exit
from runner.laaffic.adapter import Laaffic
from runner.sandbox.faults import KINDS
from tests.e2e.conftest import Bank, Postbox, push

AFTERWARDS_S = 900.0
NEVER_S = 86_400.0
"""Longer than any of these tests lasts: a task that is listed so late is settled by no list."""

KILLED = "killed"
LOST = (
    "close",
    "http_500",
    KILLED,
    "code_-18",
    "cut",
    "reset",
    "cut_headers",
    "timeout",
    "html",
    "truncated_json",
    "code_-16",
)
"""What loses an answer after the vendor took the task, and so makes a doubt. The last one says that it was not taken."""

NO_DOUBT = ("cut_end", "slow", "shift", "refuse")
"""What makes none: the answer came whole, or the request certainly never left."""

SLOW = pytest.mark.slow
EACH = tuple(kind if at < 3 else pytest.param(kind, marks=SLOW) for at, kind in enumerate(LOST))


def lose(bank: Bank, kind: str, *, when: str = "after") -> None:
    """Let the answer to the next request be lost in this way, after the vendor took it."""
    if kind == KILLED:
        send = Laaffic.send

        def sent_and_killed(*arguments: object, **named: object) -> object:
            send(*arguments, **named)  # type: ignore[arg-type]
            raise KeyboardInterrupt

        bank.monkeypatch.setattr(Laaffic, "send", sent_and_killed)
        return
    if kind == "timeout":
        bank.patience(1.5)
    bank.fault(kind, when=when, seconds=2.0)


def doubted(bank: Bank, kind: str) -> None:
    """Apply so that the whole campaign is in doubt although the vendor has it."""
    lose(bank, kind)
    assert bank.run("apply", "--ack-calls", 3).code == (130 if kind == KILLED else 10)
    assert bank.run("plan", "--format", "json").json()["summary"]["in_doubt"] == 3


def test_every_fault_is_tried() -> None:
    """Each kind of fault that the sandbox knows is tried here."""
    assert set(KINDS) <= {*LOST, *NO_DOUBT}


@pytest.mark.parametrize("kind", EACH)
def test_doubt_is_settled_by_a_record(bank: Bank, kind: str) -> None:
    """An answer that was lost, of a task that no list shows, is settled by the records of its calls."""
    bank.engine.change_switches({"visibility_lag_s": NEVER_S})
    doubted(bank, kind)
    bank.time.skip(AFTERWARDS_S)

    collected = bank.run("collect", "--format", "json")

    assert collected.code == 0
    assert len(collected.json()["settled"]) == 1
    assert bank.run("plan", "--expect-no-changes").code == 0
    assert bank.engine.summary()["accepted_more_than_once"] == 0


@pytest.mark.parametrize("kind", EACH)
def test_doubt_is_settled_by_a_poll(bank: Bank, kind: str) -> None:
    """An answer that was lost, of a task that the list shows later, is settled by the list, without any record."""
    bank.engine.change_switches({"visibility_lag_s": 600.0, "calls_per_second": 0.0001})
    doubted(bank, kind)
    still = bank.run("collect", "--no-records")
    bank.time.skip(700)

    collected = bank.run("collect", "--no-records", "--format", "json")

    assert still.code == 10
    assert "in doubt: " in still.out
    assert (collected.code, len(collected.json()["settled"])) == (0, 1)
    assert bank.run("plan", "--expect-no-changes").code == 0
    assert "record_query" not in bank.requests()


@pytest.mark.parametrize("kind", EACH)
def test_doubt_is_not_settled_by_a_push(bank: Bank, postbox: Postbox, kind: str) -> None:
    """Pushes of every call of a task in doubt settle nothing, with or without the task's number in them."""
    bank.engine.change_switches({"visibility_lag_s": NEVER_S})
    doubted(bank, kind)
    bank.time.skip(AFTERWARDS_S)
    bodies = postbox.wait_for(3)
    bank.fault("http_500", endpoint="record_query", when="before", times=99)
    push(bank, *bodies)

    collected = bank.run("collect", "--format", "json")

    assert collected.code == 10
    assert collected.json()["pushed"]["new"] == 3
    assert collected.json()["settled"] == []
    assert bank.run("plan", "--format", "json").json()["summary"]["in_doubt"] == 3


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=SLOW) for kind in NO_DOUBT])
def test_what_makes_no_doubt(bank: Bank, kind: str) -> None:
    """An answer that came whole, and a request that never left, leave nothing to settle."""
    lose(bank, kind)

    until = time.monotonic() + 30
    while bank.run("apply", "--ack-calls", 3).code == Exit.UNAVAILABLE:  # the port is closed for a while
        assert time.monotonic() < until
        time.sleep(0.2)
    bank.time.skip(AFTERWARDS_S)
    bank.run("collect")

    assert bank.run("collect", "--format", "json").json()["in_doubt"] == []
    assert len(bank.numbers()) == 3


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=SLOW) for kind in LOST if kind not in {KILLED, "code_-16"}]
)
def test_nothing_settles_what_was_never_taken(bank: Bank, kind: str) -> None:
    """A request that was lost on its way leaves no record and no listed task, which proves nothing: it is held for a person."""
    lose(bank, kind, when="before")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    bank.time.skip(AFTERWARDS_S)

    collected = bank.run("collect", "--format", "json")

    assert (collected.code, collected.json()["settled"]) == (10, [])
    assert bank.run("plan", "--format", "json").json()["summary"]["in_doubt"] == 3


def test_name_that_was_taken_is_for_a_person(bank: Bank) -> None:
    """The vendor says of a first attempt that its name exists: somebody else's task, whose calls and place in a list settle nothing."""
    bank.fault("code_-20", when="after")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    bank.time.skip(AFTERWARDS_S)

    collected = bank.run("collect", "--format", "json").json()

    assert (collected["recorded"]["new"], collected["settled"]) == (3, [])
    assert [task["standing"] for task in collected["in_doubt"]] == ["doubtful"]


def test_task_that_is_short_stays_in_doubt(bank: Bank) -> None:
    """A task that holds fewer people than were sent stays in doubt: records prove calls, and nothing about the others."""
    bank.engine.change_switches({"drop_callees": 1})
    assert bank.run("apply", "--ack-calls", 3).code == 10
    bank.time.skip(AFTERWARDS_S)

    collected = bank.run("collect", "--format", "json").json()

    assert collected["recorded"]["new"] == 2
    assert collected["in_doubt"][0]["standing"] == "doubtful"


def test_task_whose_money_ran_out_stays_in_doubt(bank: Bank) -> None:
    """A task that is suspended in its middle stays in doubt: who was called is known, and who will be is not."""
    bank.engine.change_switches({"balance_lasts": 2})
    bank.run("apply", "--ack-calls", 3)
    bank.time.skip(AFTERWARDS_S)

    collected = bank.run("collect", "--format", "json").json()

    assert collected["recorded"]["new"] == 2
    assert [task["standing"] for task in collected["in_doubt"]] == ["doubtful"]
    assert bank.run("apply").code == 10
    assert len(bank.numbers()) == 3


def test_task_that_fails_later_is_settled_by_nobody_called(bank: Bank) -> None:
    """A task whose answer was lost, and that then failed with nobody called, is no doubt: its people are new again."""
    bank.engine.change_switches({"submitting_s": 1.0, "submission_fails": True, "visibility_lag_s": 600.0})
    doubted(bank, "close")
    bank.time.skip(AFTERWARDS_S)
    assert bank.run("collect", "--format", "json").json()["in_doubt"] == []
    bank.engine.change_switches({"submission_fails": False})

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code in {0, 9}
    assert bank.run("plan", "--format", "json").json()["summary"]["in_doubt"] == 0


def test_pages_that_shift_settle_no_wrong_doubt(bank: Bank) -> None:
    """A list that moves while it is read either shows the task, which settles it, or does not, which proves nothing."""
    bank.engine.change_switches({"visibility_lag_s": 600.0, "calls_per_second": 0.0001})
    doubted(bank, "close")
    bank.time.skip(700)
    bank.fault("shift", endpoint="query", when="before", times=9)

    first, second = bank.run("collect").code, bank.run("collect").code

    assert {first, second} <= {0, 10}
    assert bank.run("apply").code in {0, 9}
    assert bank.engine.summary()["accepted_more_than_once"] == 0
    assert bank.run("collect", "--format", "json").json()["in_doubt"] == []
