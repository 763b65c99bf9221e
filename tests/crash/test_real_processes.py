"""`runner apply` as a process, ended by SIGKILL at every boundary and at random times, and repeated until it is done."""

import os
import random
import signal
import subprocess
import time
from collections import Counter

import pytest

from runner.apply.boundary import Boundary
from tests.crash.matrix import Notes
from tests.crash.real import KILLED, LEDGER_HELD, ROOT, RUNNER, Bank, MakeBank
from tests.crash.situations import ELSEWHERE, SITUATIONS, lost

pytestmark = pytest.mark.slow

PARTS, KILLS = 4, 40
"""Kills at random times, in parts, so that several workers share them; and of other kinds a half of it."""


CASES = [
    (situation, boundary.name)
    for boundary in Boundary
    for situation in (ELSEWHERE.get(boundary, "nothing special"), lost(boundary))
]


@pytest.fixture(name="passed", scope="module")
def _passed() -> dict[tuple[str, str], Counter[str]]:
    """Return what was found out so far: how often each boundary is passed, by ledger and situation."""
    return {}


@pytest.mark.parametrize(("situation", "boundary"), CASES)
def test_killed_at_every_boundary(
    situation: str,
    boundary: str,
    make_bank: MakeBank,
    home_kind: str,
    passed: dict[tuple[str, str], Counter[str]],
    notes: Notes,
) -> None:
    """Killed at a boundary, each time that it is passed, apply is repeated: nobody twice, nobody lost."""
    voice, prepare = SITUATIONS[situation]
    if (home_kind, situation) not in passed:
        bank = make_bank(voice)
        prepare(bank)
        bank.apply(notes=str(bank.root / "notes"))
        passed[home_kind, situation] = Counter((bank.root / "notes").read_text().split())
    times = passed[home_kind, situation][boundary]
    for occurrence in range(1, times + 1):
        bank = make_bank(voice)
        prepare(bank)
        assert bank.apply(boundary=boundary, occurrence=occurrence) == KILLED
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, situation, "killed", boundary, times)


def test_every_boundary_is_passed_somewhere(make_bank: MakeBank) -> None:
    """Among the situations there is one for every boundary that there is."""
    passed: set[str] = set()
    for voice, prepare in SITUATIONS.values():
        bank = make_bank(voice)
        prepare(bank)
        bank.apply(notes=str(bank.root / "notes"))
        passed |= set((bank.root / "notes").read_text().split())

    assert passed == {boundary.name for boundary in Boundary}


@pytest.mark.parametrize("boundary", [boundary.name for boundary in Boundary])
def test_killed_beside_a_rival(boundary: str, make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """A second apply while the first is at a boundary is refused; it goes on when the first was killed there."""
    voice, prepare = SITUATIONS[ELSEWHERE.get(Boundary[boundary], "an answer is lost")]
    bank = make_bank(voice)
    prepare(bank)
    first = bank.start(boundary=boundary, action="wait")
    bank.wait_for(f"waiting at {boundary}")

    refused = bank.apply()
    ended = bank.kill(first)
    bank.until_done()

    assert (refused, ended) == (LEDGER_HELD, KILLED)
    bank.check()
    notes.add("process", home_kind, "beside a rival", "killed", boundary, 1)


@pytest.mark.parametrize(
    ("home_kind", "part"),
    [
        *(("sqlite", part) for part in range(PARTS)),
        *(pytest.param("postgresql", PARTS + part, marks=pytest.mark.postgres) for part in range(PARTS)),
    ],
    indirect=["home_kind"],
)
def test_killed_at_random(part: int, make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Killed at random times, up to eight times in a row, apply is repeated: nobody twice, nobody lost."""
    chance = random.Random(part)
    longest_s = how_long(make_bank())
    kills = 0
    while kills < KILLS:
        bank = make_bank()
        if chance.random() < 0.5:
            bank.sandbox.lose_an_answer(skip=chance.randrange(3))
        for _ in range(min(8, KILLS - kills)):
            pid = bank.start()
            time.sleep(chance.uniform(0.0, longest_s))
            kills += bank.kill(pid) == KILLED
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, "at random", "killed", "", kills)


def test_killed_from_its_very_start(make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """The same with processes that start from nothing, key and ledger being made: nobody twice, nobody lost."""
    chance = random.Random("start")
    bank = make_bank()
    began = time.monotonic()
    assert from_nothing(bank).wait() == 0
    longest_s = time.monotonic() - began
    kills = 0
    while kills < KILLS // 2:
        bank = make_bank()
        for _ in range(min(5, KILLS // 2 - kills)):
            process = from_nothing(bank)
            time.sleep(chance.uniform(0.2, 1.0) * longest_s)
            process.kill()
            kills += process.wait() == KILLED
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, "from its very start", "killed", "", kills)


def test_interrupted_at_random(make_bank: MakeBank, home_kind: str, notes: Notes) -> None:
    """Interrupted at random times by one SIGINT or two, apply ends with a code of its own and can be repeated."""
    chance = random.Random("interrupted")
    longest_s = how_long(make_bank())
    for _ in range(KILLS // 2):
        bank = make_bank()
        pid = bank.start()
        time.sleep(chance.uniform(0.5, 1.0) * longest_s)
        for _ in range(chance.choice([1, 2])):
            os.kill(pid, signal.SIGINT)
            time.sleep(0.01)
        code = bank.starter.wait(pid)
        assert code in {0, 130, -signal.SIGINT, 9, 10}, bank.log.read_text()
        bank.until_done()
        bank.check()

    notes.add("process", home_kind, "at random", "interrupted", "", KILLS // 2)


def how_long(bank: Bank) -> float:
    """Return the seconds that an apply takes that nobody ends."""
    began = time.monotonic()
    bank.apply()
    return time.monotonic() - began


def from_nothing(bank: Bank) -> "subprocess.Popen[bytes]":
    """Start an apply from nothing."""
    return subprocess.Popen(
        [*RUNNER, "apply", "--plan", "plan.json", "--ack-calls", "6"],
        cwd=bank.root,
        env={**bank.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
