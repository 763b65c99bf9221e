"""`runner doctor --probe` against vendors of different patience."""

import re

import pytest

from tests.e2e.conftest import Bank


def probed(bank: Bank) -> tuple[int, int]:
    """Return up to which age a signature was taken, and from which on refused, as the probe says."""
    ended = bank.run("doctor", "--probe")
    found = re.search(r"are old by up to ([\d,]+) s are taken, from ([\d,]+) s on refused", ended.out)
    assert found, ended.all
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


@pytest.mark.parametrize("tolerance_s", [60, 300, 5000])
def test_the_tolerance_is_measured_both_ways(bank: Bank, tolerance_s: int) -> None:
    """By questions for the balance alone; nothing is sent, and the clock may stand otherwise than the vendor's."""
    bank.engine.change_switches({"time_skew_s": tolerance_s, "clock_offset_s": 3})

    ended = bank.run("doctor", "--probe")
    taken_s, refused_s = probed(bank)

    assert ended.code == 0
    assert taken_s <= tolerance_s + 1
    assert refused_s >= tolerance_s - 4
    assert refused_s - taken_s <= max(5, taken_s // 20)
    assert "are ahead by up to" in ended.out
    assert "not kept, for there is no ledger yet" in ended.out
    assert set(bank.requests()) <= {"balance", "getBalance"}
    assert sum(bank.requests().values()) < 90


def test_what_was_measured_shortens_the_wait(bank: Bank) -> None:
    """Seven minutes after it was signed a task may be stated absent where signatures live for five, and not where for an hour."""
    bank.fault("close", endpoint="send", when="before")
    bank.run("apply", "--ack-calls", 3)
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]
    said = ("resolve", task["name"], "--absent", "--reason", "nothing in the console", "--people", 3)
    bank.time.skip(420)

    unmeasured = bank.run(*said)
    bank.engine.change_switches({"time_skew_s": 3600.0})
    long = (bank.run("doctor", "--probe"), bank.run(*said))
    bank.engine.change_switches({"time_skew_s": 300.0})
    short = (bank.run("doctor", "--probe"), bank.run(*said))

    assert [ended.code for ended in (unmeasured, *long, *short)] == [6, 0, 6, 0, 0]
    assert "kept in the ledger" in short[0].out
    assert bank.run("ledger", "verify").code == 0


def test_how_to_find_out_about_names_is_said_and_not_done(bank: Bank) -> None:
    """Waiting, cancelled and finished tasks are all to be tried, by a person; nothing is sent."""
    out = bank.run("doctor", "--probe").out

    for word in ("waiting", "cancelled", "finished", "RUNNER_VENDOR_REFUSES_DUPLICATE_NAMES"):
        assert word in out
    assert "send" not in bank.requests()
    assert "REFUSES_DUPLICATE" not in bank.run("doctor").out


def test_a_clock_that_is_wrong_comes_first(bank: Bank) -> None:
    """Where a fresh timestamp is refused there is nothing to measure: exit 5."""
    bank.engine.change_switches({"clock_offset_s": 4000})

    ended = bank.run("doctor", "--probe")

    assert ended.code == 5
    assert "not measured" in ended.out
