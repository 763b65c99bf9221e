"""Everything stopped: by a file, by a record, before and in the middle of an apply."""

import pytest

from tests.e2e.conftest import Bank
from tests.e2e.test_processes import APPLY, EVERYBODY, finish, many, start, wait_until

__all__ = ["many"]


def test_nothing_is_sent_while_a_file_is_there(bank: Bank) -> None:
    """With HALT in the root apply ends with 6, asks the vendor's send for nothing, and says why; without it, it goes on."""
    bank.write("HALT", "wrong amounts\x1b[2J\n")

    stopped = bank.run("apply", "--ack-calls", 3)

    assert stopped.code == 6
    assert "send" not in bank.requests()
    assert "overdue 2026-11: 3 people not sent\n" in stopped.out
    assert "stopped by the file HALT: wrong amounts⟨U+001B⟩[2J" in stopped.out
    assert "run the same command again" in stopped.out
    (bank.root / "HALT").unlink()
    assert bank.run("apply", "--ack-calls", 3).code == 0


def test_stop_and_lift(bank: Bank) -> None:
    """`runner stop` is kept in the ledger with its reason, apply refuses, `--lift` ends it, and nobody is called twice."""
    bank.run("apply", "--ack-calls", 3)
    bank.audience(*(f"+44770090000{n},Pat,{n}.00,2026-12-01" for n in range(1, 6)))

    stop = bank.run("stop", "--reason", "wrong amounts")
    refused = bank.run("apply", "--ack-calls", 2)
    lift = bank.run("stop", "--lift", "--reason", "mended")
    again = bank.run("stop", "--lift", "--reason", "mended")

    assert (stop.code, refused.code, lift.code, again.code) == (0, 6, 0, 0)
    assert "sandbox: nothing is sent from now on" in stop.out
    assert "wrong amounts" in refused.out
    assert "2 people not sent" in refused.out
    assert "lifted" in lift.out
    assert "nothing to lift" in again.out
    assert bank.run("apply", "--ack-calls", 2).code == 0
    assert len(bank.numbers()) == len(set(bank.numbers())) == 5


@pytest.mark.parametrize("how", ["file", "record"])
def test_a_stop_is_shown_first(bank: Bank, how: str) -> None:
    """`plan`, `status` and `doctor` begin with it, JSON has it, a saved plan does not keep it, `validate` knows nothing of it."""
    bank.run("apply", "--ack-calls", 3)
    if how == "file":
        bank.write("HALT", "wrong amounts")
    else:
        bank.run("stop", "--reason", "wrong amounts")

    said = [bank.run(*words) for words in (("plan", "--out", "plan.json"), ("status",), ("doctor",))]

    assert [one.code for one in said] == [0, 0, 6]
    assert all("stopped by " in one.out.splitlines()[0] for one in said)
    assert all("wrong amounts" in one.out.splitlines()[0] for one in said)
    for command in ("plan", "status"):
        assert bank.run(command, "--format", "json").json()["halt"]["reason"] == "wrong amounts"
    assert "stopped" not in bank.run("show", "plan.json").out
    assert bank.run("validate").code == 0


def test_a_stop_before_the_first_apply(bank: Bank) -> None:
    """A stop makes the ledger that it is kept in, so the very first apply is refused already."""
    assert bank.run("stop", "--reason", "not yet").code == 0

    assert bank.run("apply", "--ack-calls", 3).code == 6
    assert bank.numbers() == []


def test_a_stop_needs_neither_key_nor_valid_campaigns(bank: Bank) -> None:
    """In an emergency a lost key and a broken campaign file stand in nobody's way."""
    bank.run("apply", "--ack-calls", 3)
    bank.write("campaigns/overdue.toml", "name = ")
    (bank.ledger.parent / "ledger.key").unlink()

    assert bank.run("stop", "--reason", "all of it").code == 0


def test_a_stop_needs_a_reason(bank: Bank) -> None:
    """Without one, or with a novel, nothing is recorded."""
    assert bank.run("stop").code == 64
    assert bank.run("stop", "--reason", "  ").code == 64
    assert bank.run("stop", "--reason", "x" * 501).code == 64
    assert not bank.ledger.exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["file", "record"])
def test_an_apply_in_another_process_stops_before_its_next_request(many: Bank, how: str) -> None:
    """A stop while eight slow requests are made: what was sent is told, the rest is not sent, 9; lifted, it goes on."""
    many.fault("slow", times=20, seconds=0.5)
    process = start(*APPLY)
    wait_until(lambda: many.engine.summary()["tasks"] >= 2, process)

    if how == "file":
        many.write("HALT", "wrong amounts")
    else:
        assert many.run("stop", "--reason", "wrong amounts").code == 0
    begun = many.engine.summary()["tasks"]
    code, out, _ = finish(process)
    called = len(many.numbers())

    assert code == 9
    assert begun <= called <= begun + 1
    assert f"{called} people accepted" in out
    assert f"{8 - called} people not sent" in out
    assert many.run(*APPLY).code == 6
    assert len(many.numbers()) == called
    many.engine.clear_faults()
    if how == "file":
        (many.root / "HALT").unlink()
    else:
        many.run("stop", "--lift", "--reason", "mended")
    assert many.run(*APPLY).code == 0
    assert many.numbers() == EVERYBODY
    assert many.run("ledger", "verify").code == 0
