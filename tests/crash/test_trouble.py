"""Real processes in trouble of other kinds: full disks, wrong clocks, rivals, and SIGSTOP with a takeover meanwhile."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from runner.apply.boundary import Boundary
from tests.crash.matrix import Notes
from tests.crash.real import KILLED, LEDGER_HELD, MakeBank
from tests.crash.situations import ELSEWHERE, SITUATIONS

pytestmark = pytest.mark.slow

CODES = {0, 1, 4, 5, 7, 8, 9, 10}
"""Of an apply that was not ended from outside."""

TERM_S = 2
FILL = """
CREATE SEQUENCE written;
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('written') > {room} THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_room();
"""


@contextmanager
def a_full_disk_at_the_server(url: str, table: str, room: int) -> Iterator[None]:
    """Let the server say, after so many more rows of *table*, what it says when its disk is full."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(FILL.format(room=room, table=table).encode())
        yield
        admin.execute(
            f"DROP TRIGGER no_room ON {table}; DROP FUNCTION no_room; DROP SEQUENCE written".encode()
        )


def test_a_full_disk(make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Whatever was written last before the disk was full: with room again, apply is repeated, and the ledger verifies."""
    times = 0
    if home_kind == "sqlite":
        # From no room at all to room for everything: the write-ahead log grows by pages of 4 kB.
        for room in range(4096, 160_000, 8000):
            bank = make_bank()
            assert bank.apply(boundary="LEASE_TAKEN") == KILLED  # so that there is a ledger
            code = bank.apply(room=room, log=bank.root / "short")
            assert code in CODES, (bank.root / "short").read_text()
            bank.until_done()
            bank.check()
            times += code != 0
    else:
        for table, most in (("entries", 10), ("blocks", 3), ("leases", 6)):
            for room in range(most):
                bank = make_bank()
                assert bank.apply(boundary="LEASE_TAKEN") == KILLED
                with a_full_disk_at_the_server(bank.url, table, room):
                    code = bank.apply()
                assert code in CODES, bank.log.read_text()
                bank.until_done()
                bank.check()
                times += code != 0

    assert times >= 10
    notes.add("process", home_kind, "the disk is full", "ended", "", times)


@pytest.mark.parametrize("wrong_s", [-7200, -200, 200, 7200])
def test_a_clock_that_is_set_wrong(wrong_s: int, make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Killed, then repeated with a clock that was set back or forward, killed again, then with the right one."""
    chance = random.Random(wrong_s)
    kills = 0
    for number, boundary in enumerate(Boundary):
        if number % 5:
            continue
        bank = make_bank()
        bank.sandbox.lose_an_answer(skip=chance.randrange(3))
        kills += bank.apply(boundary="ANSWERED", occurrence=chance.choice([1, 2])) == KILLED
        kills += bank.apply(boundary=boundary.name, clock_s=wrong_s) == KILLED
        code = bank.apply(clock_s=wrong_s)
        assert code in CODES, bank.log.read_text()
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, "the clock is wrong", "killed", "", kills)


@pytest.mark.parametrize("rivals", [2, 5])
def test_applies_at_once(rivals: int, make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Of several that start at once one applies and the others are refused; one of them is killed; then it is repeated."""
    chance = random.Random(rivals)
    kills = 0
    rounds = 20 // rivals
    for _ in range(rounds):
        bank = make_bank()
        pids = [bank.start() for _ in range(rivals)]
        time.sleep(chance.uniform(0.0, 1.5))
        kills += bank.kill(pids.pop(chance.randrange(rivals))) == KILLED
        codes = [bank.starter.wait(pid) for pid in pids]
        # Nobody is left in doubt by a kill before the intent, and somebody may be by one after it.
        assert set(codes) <= {0, LEDGER_HELD, 10}, bank.log.read_text()
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, f"{rivals} at once", "killed", "", kills)
    notes.add("process", home_kind, f"{rivals} at once", "raced", "", rounds * rivals)


def test_one_of_five_applies(make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Of five that start at once one applies and four are told who does."""
    bank = make_bank()
    # Longer in all than it takes to start five processes on a busy machine: who comes later finds nothing left to do.
    bank.sandbox.take_its_time(5)
    logs = [bank.root / f"log-{number}" for number in range(5)]
    pids = [bank.start(log=log) for log in logs]
    codes = [bank.starter.wait(pid) for pid in pids]

    assert sorted(codes) == [0, *[LEDGER_HELD] * 4]
    winner = pids[codes.index(0)]
    for log, code in zip(logs, codes, strict=True):
        assert (f"process {winner}" in log.read_text()) == (code == LEDGER_HELD)
    bank.check()
    notes.add("process", home_kind, "5 at once", "raced", "", 5)


@pytest.mark.parametrize("boundary", [boundary.name for boundary in Boundary])
def test_stopped_and_taken_over(boundary: str, make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Stopped by SIGSTOP for longer than its lease, taken over from another container, and continued: nobody twice."""
    voice, prepare = SITUATIONS[ELSEWHERE.get(Boundary[boundary], "an answer is lost")]
    bank = make_bank(voice)
    prepare(bank)
    first = bank.start(boundary=boundary, action="stop", term_s=TERM_S)
    assert stopped(first), bank.log.read_text()
    time.sleep(TERM_S + 0.2)
    rival = bank.apply(term_s=TERM_S, namespace="another container")
    os.kill(first, signal.SIGCONT)
    ended = bank.starter.wait(first)

    assert rival in {0, 9, 10}, bank.log.read_text()
    assert ended in {0, LEDGER_HELD, 9, 10, -signal.SIGALRM}, bank.log.read_text()
    bank.until_done()
    bank.check()
    notes.add("process", home_kind, "taken over", "stopped", boundary, 1)


def test_stopped_at_random(make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Stopped at random times, for less or more than the lease, while a rival tries: nobody twice, nobody lost."""
    chance = random.Random("stopped")
    times = 10
    for _ in range(times):
        bank = make_bank()
        first = bank.start(term_s=TERM_S)
        time.sleep(chance.uniform(0.3, 1.5))
        os.kill(first, signal.SIGSTOP)
        time.sleep(chance.choice([0.1, TERM_S + 0.2]))
        rival = bank.apply(term_s=TERM_S, namespace="another container")
        os.kill(first, signal.SIGCONT)
        ended = bank.starter.wait(first)
        assert rival in {0, LEDGER_HELD, 9, 10}, bank.log.read_text()
        assert ended in {0, LEDGER_HELD, 9, 10, -signal.SIGALRM}, bank.log.read_text()
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, "at random", "stopped", "", times)


def stopped(pid: int) -> bool:
    """Return whether *pid* has stopped, once it has stopped or ended."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            state = file.read().rpartition(b")")[2].split()[0]
        if state in {b"T", b"Z", b"X"}:
            return state == b"T"
        time.sleep(0.02)
    raise AssertionError("it neither stops nor ends")
