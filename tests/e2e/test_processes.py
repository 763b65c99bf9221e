"""The command as a process: pipes, terminals, signals."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from runner.errors import Exit
from tests.e2e.conftest import ANN, BOB, CEM, Bank

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-c", "from runner.cli.main import main; main()")
LONGEST_S = 120.0


def start(*arguments: str, **more: Any) -> "subprocess.Popen[str]":
    """Start a command where the test stands."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **more}
    return subprocess.Popen([*COMMAND, *arguments], text=True, **streams)


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Return exit code and outputs of *process*."""
    out, err = process.communicate(timeout=LONGEST_S)
    return process.returncode, out, err


def run(*arguments: str, **more: Any) -> tuple[int, str, str]:
    """Run a command where the test stands."""
    return finish(start(*arguments, **more))


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[str] | None" = None) -> None:
    """Wait until something is so, or the process has ended."""
    until = time.monotonic() + LONGEST_S
    while not is_so() and (process is None or process.poll() is None):
        assert time.monotonic() < until
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """Return the processes that *pid* has started."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in done.stdout.split()]


def is_running(pid: int) -> bool:
    """Tell whether there is a process *pid* that has not ended."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip() != "" and not done.stdout.startswith("Z")


@pytest.fixture
def many(bank: Bank) -> Bank:
    """The bank with eight people, each in a task of their own, and a vendor that takes its time to answer."""
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(*(f"+44770090010{n},Pat,{n}.00,2026-12-01" for n in range(8)))
    assert bank.run("plan", "--out", "plan.json").code == 0
    return bank


EVERYBODY = [f"44770090010{n}" for n in range(8)]
APPLY = ("apply", "--plan", "plan.json", "--ack-calls", "8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 64),
        (("--help",), 0),
        (("--version",), 0),
        (("apply", "--help"), 0),
        (("plan", "--detailed-exitcode"), 2),
        (("plan", "campaigns/none.toml"), 11),
        (("apply",), 6),
        (("paln",), 64),
        (("show", "campaigns/overdue.toml"), 7),
    ],
)
def test_exit_codes(bank: Bank, arguments: Sequence[str], code: int) -> None:
    """A process ends with the code of the design, and prints no traceback."""
    ended, out, err = run(*arguments)

    assert ended == code
    assert "Traceback" not in out + err
    assert "\x1b" not in out + err


def test_nothing_but_results_on_stdout(bank: Bank) -> None:
    """An apply says on stdout what it planned and did, and on stderr what it is about."""
    code, out, err = run("apply", "--ack-calls", "3")

    assert code == 0
    assert out.startswith("Plan ")
    assert out.rstrip().splitlines()[-1].startswith("overdue 2026-11: receipt ")
    assert err == "overdue: asking the vendor for its tasks\n"


def test_a_reader_that_goes_away(bank: Bank) -> None:
    """`runner plan | head` ends with the command's own code and without a word about the pipe."""
    process = start("plan", "--detailed-exitcode")
    assert process.stdout is not None
    process.stdout.close()

    process.wait(LONGEST_S)

    assert process.returncode == 2
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


def test_an_apply_whose_reader_goes_away(many: Bank) -> None:
    """`runner apply 2>&1 | head`: closing the pager stops nobody from being called, and hides no exit code."""
    many.fault("slow", times=20, seconds=0.2)
    process = start(*APPLY, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    process.stdout.close()

    process.wait(LONGEST_S)

    assert process.returncode == 0
    assert many.numbers() == EVERYBODY


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "</dev/null >/dev/null"])
def test_closed_streams(bank: Bank, redirection: str) -> None:
    """A stream that is not there is nothing to fail for."""
    command = f"{sys.executable} -c 'from runner.cli.main import main; main()' plan --detailed-exitcode"

    assert (
        subprocess.run(["sh", "-c", f"{command} {redirection}"], check=False, capture_output=True).returncode
        == 2
    )


def test_a_full_disk(bank: Bank) -> None:
    """A result that cannot be written is an error of its own, and hides nothing of what an apply did."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        planned, _, err = run("plan", stdout=full)
        bank.fault("close", when="before")
        applied, _, _ = run("apply", "--ack-calls", "3", stdout=full)

    assert planned == 1
    assert err == "error[output]: the result cannot be written to stdout: No space left on device\n"
    assert applied == 1
    assert "send" not in bank.requests()


def test_a_terminal_that_knows_ascii_only(bank: Bank) -> None:
    """What it cannot show is spelled out; the command does not fail."""
    bank.write(
        "campaigns/audiences/overdue.sample.csv",
        "phone,name,amount,due\n+447700900101,Zoë,50.00,2026-11-30\n",
    )

    code, out, _ = run("plan", env={**os.environ, "PYTHONIOENCODING": "ascii"})

    assert code == 0
    assert "Zo\\xeb" in out


def at_terminal(*arguments: str, typed: str) -> tuple[int, str, str]:
    """Run a command whose stdin and stderr are a terminal; return code, stdout and what the terminal showed."""
    master, slave = pty.openpty()
    process = start(*arguments, stdin=slave, stderr=slave)
    os.close(slave)
    os.write(master, typed.encode())
    out, _ = process.communicate(timeout=LONGEST_S)
    shown = b""
    try:
        while block := os.read(master, 4096):
            shown += block
    except OSError:
        pass
    os.close(master)
    return process.returncode, out, shown.decode()


def test_the_question_at_a_terminal(bank: Bank) -> None:
    """Somebody who is there types the number; the results are those of a run without a terminal."""
    code, out, shown = at_terminal("apply", typed="3\n")

    assert code == 0
    assert "In sandbox, 3 people will be called. Type 3 to go on: " in shown
    assert "\x1b" not in out
    assert len(bank.numbers()) == 3


def test_the_same_output_without_a_terminal(bank: Bank) -> None:
    """A plan looks the same in a pipe and at a terminal, its time aside."""
    _, piped, _ = run("plan")
    _, shown, _ = at_terminal("plan", typed="")

    assert piped.splitlines()[1:] == shown.splitlines()[1:]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_once(many: Bank, number: signal.Signals) -> None:
    """The request under way is finished, 130, the ledger is whole, and the next apply calls the others."""
    many.fault("slow", times=20, seconds=0.5)
    process = start(*APPLY)
    wait_until(lambda: many.engine.summary()["tasks"] >= 2, process)
    process.send_signal(number)

    code, out, err = finish(process)
    called = len(many.numbers())

    assert code == 130
    assert "Stopping after the request under way" in err
    assert "Traceback" not in err
    assert 2 <= called < 8
    assert f"{called} people accepted" in out
    assert many.run("ledger", "verify").code == 0
    assert many.run(*APPLY).code == 0
    assert many.numbers() == EVERYBODY


def test_interrupted_twice(many: Bank) -> None:
    """Stopped at once: 130, and what was under way is looked up by the next apply."""
    many.fault("slow", times=20, seconds=2.0)
    process = start(*APPLY)
    wait_until(lambda: many.engine.summary()["tasks"] >= 1, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)

    code, _, err = finish(process)
    many.engine.clear_faults()

    assert code == 130
    assert "Traceback" not in err
    assert "The ledger is consistent" in err
    assert many.run("ledger", "verify").code == 0
    assert many.run(*APPLY).code == 0
    assert many.numbers() == EVERYBODY


def test_interrupted_at_any_moment(many: Bank) -> None:
    """From the first import to the last receipt: never a traceback, never anybody twice."""
    for moment_s in (0.4, 0.7, 1.0, 1.3, 1.6, 2.0):
        many.fault("slow", times=3, seconds=0.2)
        process = start(*APPLY)
        time.sleep(moment_s)
        process.send_signal(signal.SIGINT)
        code, _, err = finish(process)
        many.engine.clear_faults()
        assert code in {0, 130, -signal.SIGINT}, err
        assert code == -signal.SIGINT or "Traceback" not in err

    assert many.run(*APPLY).code == 0
    assert many.numbers() == EVERYBODY
    assert many.run("ledger", "verify").code == 0


def test_killed_at_any_moment(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Killed fifteen times at random, then applied: nobody twice, everybody else held in doubt, nothing left behind."""
    scratch = tmp_path_factory.mktemp("scratch")
    bank.setting("SCRATCH", str(scratch))
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(*(f"+4477009001{n:02},Pat,{n}.00,2026-12-01" for n in range(40)))
    bank.run("plan", "--out", "plan.json")
    bank.engine.change_switches({"visibility_lag_s": 0.3})
    apply = ("apply", "--plan", "plan.json", "--ack-calls", "40")
    random = Random(7)
    progress = []
    for _ in range(15):
        bank.fault("slow", times=40, seconds=0.05)
        process = start(*apply)
        before = bank.engine.summary()["tasks"]
        wait_until(lambda before=before: bank.engine.summary()["tasks"] > before, process)  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.25))
        workers = children(process.pid)
        process.kill()
        finish(process)
        bank.engine.clear_faults()
        progress.append(len(bank.numbers()))
        wait_until(lambda workers=workers: not any(map(is_running, workers)))  # type: ignore[misc]

    codes = [bank.run(*apply).code for _ in range(3)]

    called, summary = bank.numbers(), bank.run("status", "--format", "json").json()["summary"]
    assert progress[0] >= 1
    # Killed between intent and acceptance, a task is not at the vendor, and nobody but a person may say that it never will be.
    assert codes[-1] == (Exit.IN_DOUBT if summary["in_doubt"] else Exit.DONE)
    assert (summary["in_doubt"], summary["accepted"]) == (40 - len(called), len(called))
    assert sorted(set(called)) == called
    assert bank.run("ledger", "verify").code == 0
    assert list(scratch.iterdir()) == []


def test_two_applies_of_one_campaign(many: Bank) -> None:
    """While one process applies, another one is refused with 8 and told who holds the campaign; `status` tells too."""
    many.fault("slow", times=20, seconds=0.6)
    process = start(*APPLY)
    wait_until(lambda: many.engine.summary()["tasks"] >= 1, process)

    rival = many.run(*APPLY)
    status = many.run("status")
    code, _, _ = finish(process)

    assert code == 0
    assert rival.code == 8
    assert "campaign overdue is held by" in rival.err
    assert f"process {process.pid}" in rival.err
    assert f"pid {process.pid}" in status.out
    assert many.numbers() == EVERYBODY


def test_many_applies_at_once(many: Bank) -> None:
    """Of several processes that start at the same moment one does it, and the others are refused or find it done."""
    processes = [start(*APPLY) for _ in range(4)]

    codes = sorted(finish(process)[0] for process in processes)

    assert set(codes) <= {0, 8}
    assert 0 in codes
    assert many.numbers() == EVERYBODY
    assert many.run("ledger", "verify").code == 0


def test_first_applies_at_once(bank: Bank) -> None:
    """The same where there is neither key nor ledger yet: one of each is made."""
    bank.audience(ANN, BOB, CEM)
    processes = [start("apply", "--ack-calls", "3") for _ in range(3)]

    codes = sorted(finish(process)[0] for process in processes)

    assert set(codes) <= {0, 6, 8}
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]
    assert bank.run("ledger", "verify").code == 0
