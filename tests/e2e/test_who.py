"""Was this person called?"""

import subprocess

import pytest

from tests.e2e.conftest import Bank


def ask(bank: Bank, number: str, *arguments: str) -> tuple[int, str, str]:
    """Return exit code and outputs of `runner who`, asked for *number*."""
    ended = bank.run("who", *arguments, typed=f"{number}\n")
    return ended.code, ended.out, ended.err


def test_who_was_called_is_told_when_and_with_what_outcome(bank: Bank) -> None:
    """Campaign, edition, task, times, outcome and the apply are told; the number is masked."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    before = ask(bank, "+447700900001")
    bank.time.skip(900)
    bank.run("collect")

    code, out, err = ask(bank, "07700 900001", "--region", "gb")

    assert (before[0], code) == (0, 0)
    assert (
        before[1]
        .splitlines()[0]
        .startswith("+44•••••0001: overdue 2026-11: handed over, to be called from 2")
    )
    assert "from no commit, plan " in before[1]
    assert "acknowledged for 3" in before[1]
    assert len(out.splitlines()) == len(before[1].splitlines()) + 1
    assert ", confirmed" in out.splitlines()[-1]
    assert "7700900001" not in out + err + before[1]


def test_who_was_not_called_is_told(bank: Bank) -> None:
    """Somebody else is in no task; where there is no ledger, nobody was called."""
    first = ask(bank, "+447700900009")
    bank.run("apply", "--ack-calls", 3)
    second = ask(bank, "+447700900009")

    assert first[:2] == (0, "+44•••••0009: sandbox has no ledger, so nobody was called\n")
    assert second[:2] == (0, "+44•••••0009: in no task of this ledger\n")


def test_who_is_in_doubt_is_told(bank: Bank) -> None:
    """Where nobody knows, that is what is said."""
    bank.fault("close", when="before")
    bank.run("apply", "--ack-calls", 3)

    assert "in doubt: perhaps handed over" in ask(bank, "+447700900002")[1]


@pytest.mark.parametrize("text", ["", "nobody", "0770", "++44"])
def test_what_is_no_number_is_not_looked_for(bank: Bank, text: str) -> None:
    """Something else on stdin is refused, and not repeated."""
    code, out, err = ask(bank, text)

    assert (code, out) == (3, "")
    assert "no phone number" in err
    assert "nobody" not in err


def test_who_is_suppressed_is_told(bank: Bank) -> None:
    """Somebody who asked never to be called again is said to be that, in a task or in none."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.run("suppress", "--reason", "asked", typed="+447700900001\n+447700900009\n").code in {
        0,
        9,
        10,
    }

    called, stranger = ask(bank, "+447700900001")[1], ask(bank, "+447700900009")[1]

    assert "handed over" in called
    assert "suppressed since 2" in called.splitlines()[-1]
    assert "in no task of this ledger" in stranger
    assert "suppressed since 2" in stranger


def test_settings_that_are_not_plain_are_read_all_the_same(bank: Bank) -> None:
    """Where a `.env` names the ledger, that one is asked; another key than the ledger's is refused."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    moved = bank.ledger.rename(bank.ledger.with_name("moved.db"))
    for suffix in ("-wal", "-shm"):
        side = bank.ledger.with_name(bank.ledger.name + suffix)
        if side.exists():
            side.rename(f"{moved}{suffix}")
    gone = ask(bank, "+447700900001")
    bank.write(".gitignore", ".env\n")
    subprocess.run(["git", "init", "-q", str(bank.root)], check=True)
    bank.write(".env", f"RUNNER_LEDGER_URL=sqlite:///{moved}\n")

    found = ask(bank, "+447700900001")
    bank.setting("LEDGER_KEY", "ab" * 32)
    other = ask(bank, "+447700900001")

    assert gone[0] == 8
    assert (found[0], found[1].startswith("+44•••••0001: overdue 2026-11: handed over")) == (0, True)
    assert (other[0], other[1]) == (8, "")
    assert "was written under key" in other[2]
