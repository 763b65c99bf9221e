"""The sandbox as a program."""

import signal
import subprocess
import sys

import httpx
import pytest

from runner.sandbox.command import run_sandbox
from runner.sandbox.switches import SwitchError

PROGRAM = """
from runner.sandbox.command import run_sandbox
run_sandbox(host="127.0.0.1", port=0, speed=60.0, seed=1, switches=["balance=5.00"])
"""


def test_the_program_serves_until_it_is_interrupted() -> None:
    """It says where it listens, has its switches, and ends on SIGINT."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        assert program.stdout is not None
        address = program.stdout.readline().strip()
        switches = httpx.get(f"{address}/_sandbox/switches", trust_env=False).json()
        program.send_signal(signal.SIGINT)

    assert switches["balance"] == "5.00"
    assert program.returncode == -signal.SIGINT


def test_a_wrong_switch_ends_it_before_it_serves() -> None:
    """A switch that does not exist is an error at once."""
    with pytest.raises(SwitchError, match="no switch"):
        run_sandbox(host="127.0.0.1", port=0, speed=1.0, seed=0, switches=["colour=red"])


def test_its_address_is_the_first_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for a free port reads it from stdout."""
    monkeypatch.setattr("runner.sandbox.command.serve", lambda *_, ready, **__: ready("http://127.0.0.1:1"))

    run_sandbox(host="127.0.0.1", port=0, speed=1.0, seed=0)

    assert capsys.readouterr().out == "http://127.0.0.1:1\n"
