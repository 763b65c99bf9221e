"""Real processes over a real campaign repository: `runner apply` against `runner sandbox`, killed by the kernel."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from runner.ledger.open import open_reader
from runner.planning.history import IN_DOUBT, fold

ROOT = Path(__file__).resolve().parents[2]
RUNNER = (sys.executable, "-c", "from runner.cli.main import main; main()")
PEOPLE = tuple(f"4477009000{n:02}" for n in range(6))
_PATIENCE_S = 60.0
CANCELLED = 4

LEDGER_HELD = 8
KILLED = -signal.SIGKILL

CAMPAIGN = """\
name = "overdue"
edition = "e1"
purpose = "service"
app_id = "app"
[audience]
file = "people.csv"
number = "phone"
countries = ["GB"]
[voice]
{voice}
max_duration = "40s"
[limits]
per_task = 2
"""

WAITING = "waiting"
"""A spoken text on a day after tomorrow, with recall rounds: it can be taken back before it rings."""

SPOKEN = 'source = "tts"\ntext = "Hello {{ name }}"\nlanguage = "EN"'
RECORDED = 'source = "audio"\nfile = "audio/a.wav"'


def silence() -> bytes:
    """Return a recording of a second of nothing."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(8000)
        recording.writeframes(bytes([128]) * 8000)
    return file.getvalue()


class Sandbox:
    """The vendor as a process."""

    def __init__(self) -> None:
        command = [*RUNNER, "sandbox", "--port", "0", "--switch", "submitting_s=0"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address.startswith("http"), "the sandbox did not start"

    def ask(self, path: str, body: object = None, *, method: str = "GET") -> Any:
        """Return what the console answers."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}/_sandbox/{path}", data=data, method=method)
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Forget everything."""
        self.ask("reset", {}, method="POST")
        self.ask("switches", {"submitting_s": 0.0}, method="POST")

    def lose_an_answer(self, *, endpoint: str = "send", skip: int = 0) -> None:
        """Let an answer be lost, after *skip* others, the vendor having done what it was asked."""
        fault = {"endpoint": endpoint, "kind": "close", "when": "after", "skip": skip}
        self.ask("faults", [fault], method="POST")

    def take_its_time(self, seconds: float = 1.5) -> None:
        """Answer every request for a task late."""
        self.ask(
            "faults", [{"endpoint": "send", "kind": "slow", "seconds": seconds, "times": 20}], method="POST"
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Starter:
    """The program that starts processes; see `tests.crash.starter`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.starter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )

    def start(self, order: Mapping[str, object]) -> int:
        """Return the process id of a new process."""
        pid = self._ask(order)["pid"]
        assert isinstance(pid, int)
        return pid

    def wait(self, pid: int) -> int:
        """Return the exit code of *pid* once it has ended; negative where a signal ended it."""
        code = self._ask({"wait": pid})["code"]
        assert isinstance(code, int)
        return code

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _ask(self, order: Mapping[str, object]) -> dict[str, object]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, object] = json.loads(self._process.stdout.readline())
        return answer


@dataclass
class Bank:
    """A campaign repository, a reviewed plan for it, and the vendor that it is applied to.

    Attributes:
        environment: of every process: settings, and where the ledger is.
        people: who is to be called in the end.
        calls: how many the reviewed plan calls.
        takes_back: the command is `runner cancel`, and not `runner apply`.
    """

    root: Path
    sandbox: Sandbox
    starter: Starter
    environment: dict[str, str] = field(default_factory=dict)
    people: Sequence[str] = PEOPLE
    calls: int = len(PEOPLE)
    takes_back: bool = False

    def start(
        self,
        *,
        boundary: str | None = None,
        occurrence: int = 1,
        action: str = "kill",
        notes: str = "",
        log: Path | None = None,
        arguments: Sequence[str] = (),
        **elsewhere: object,
    ) -> int:
        """Start an apply of the reviewed plan, or what else is to be done, perhaps to be ended, stopped or to wait at a boundary; return its process id.

        Args:
            boundary: where something happens.
            occurrence: at which passing of it.
            action: what; see `tests.crash.starter.at`.
            notes: file that the passed boundaries are noted in, instead.
            log: file for what it says; else that of all.
            arguments: another command.
            elsewhere: see `tests.crash.starter.live_elsewhere`.
        """
        return self.starter.start(
            {
                "arguments": arguments or self._command(),
                "environment": self.environment,
                "root": str(self.root),
                **elsewhere,
                "log": str(log or self.log),
                "at": [boundary, occurrence, action] if boundary else None,
                "notes": notes,
            }
        )

    def apply(self, **how: Any) -> int:
        """Start an apply and return its exit code."""
        return self.starter.wait(self.start(**how))

    def run(self, *arguments: str) -> int:
        """Run another command and return its exit code."""
        return self.starter.wait(self.start(arguments=arguments))

    def write_people(self) -> None:
        """Write the audience."""
        rows: Sequence[str] = [f"+{number},Person{number[-1]}" for number in self.people]
        (self.root / "campaigns/people.csv").write_text("phone,name\n" + "\n".join(rows) + "\n")

    def _command(self) -> Sequence[str]:
        if not self.takes_back:
            return ("apply", "--plan", "plan.json", "--ack-calls", str(self.calls))
        waiting = sum(call["task_status"] != CANCELLED for call in self.sandbox.ask("calls")["calls"])
        return ("cancel", "campaigns/overdue.toml", "--reason", "a mistake", "--ack-people", str(waiting))

    def kill(self, pid: int) -> int:
        """Kill *pid*, which may have ended by itself, and return its exit code."""
        os.kill(pid, signal.SIGKILL)
        return self.starter.wait(pid)

    def until_done(self) -> int:
        """Repeat apply until it is done, or says again and again that a person must look; return its last exit code."""
        codes = []
        for _ in range(6):
            codes.append(self.apply())
            if codes[-1] == 0 or codes[-2:] == [10, 10]:
                return codes[-1]
        raise AssertionError(f"apply does not come to an end: {codes}\n{self.log.read_text()}")

    def check(self) -> None:
        """Everybody is called once, or listed in doubt and called at most once; and the ledger verifies."""
        summary = self.sandbox.ask("summary")
        assert summary["accepted_more_than_once"] == summary["overlap_count"] == 0
        taken = [call["number"] for call in self.sandbox.ask("calls")["calls"] if call["state"] != "never"]
        assert len(taken) == len(set(taken)), "somebody is in two tasks"
        reader = open_reader(self.url, environment="sandbox", key_id=None)
        assert reader is not None
        with reader:
            reader.verify()
            history = fold(reader.entries(campaigns=["overdue"], edition="e1"))
            doubts = history.in_standing(IN_DOUBT)
            in_doubt = reader.blocks([task.block for task in doubts]).height
        names = {task.task.name for task in doubts}
        unsure = {c["number"] for c in self.sandbox.ask("calls")["calls"] if c["task_name"] in names}
        assert not unsure, "a task that is listed as it was sent is in doubt"
        assert set(taken) <= set(self.people)
        assert len(taken) + in_doubt == len(self.people), f"{len(taken)} called, {in_doubt} in doubt"

    @property
    def url(self) -> str:
        """Return where the ledger is."""
        default = f"sqlite:///{self.root / '.runner' / 'sandbox' / 'ledger.db'}"
        return self.environment.get("RUNNER_LEDGER_URL", default)

    @property
    def log(self) -> Path:
        """Return what all processes said."""
        return self.root / "log"

    def wait_for(self, words: str) -> None:
        """Return when a process has said *words*."""
        until = time.monotonic() + _PATIENCE_S
        while words not in (self.log.read_text() if self.log.exists() else ""):
            assert time.monotonic() < until, f"nobody said {words!r}"
            time.sleep(0.01)


MakeBank = Callable[..., Bank]
"""Makes a new repository with its plan, and lets the vendor forget everything."""


def settings(address: str) -> dict[str, str]:
    """Return the environment of the processes."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "RUNNER_API_URL": address,
        "RUNNER_VENDOR_TIMEZONE": "Asia/Shanghai",
        "RUNNER_SETTLE_TIME": "1",
        "NO_COLOR": "1",
    }


def _campaign(voice: str) -> str:
    if voice != WAITING:
        return CAMPAIGN.format(voice=voice)
    day = datetime.now(UTC) + timedelta(days=2)
    schedule = f"[schedule]\nat = {day:%Y-%m-%d}T12:00:00\ntimezone = 'Europe/London'\n"
    return CAMPAIGN.format(voice=SPOKEN) + schedule + "[recall]\nrounds = 1\nevery = '5m'\nwho = 'failed'\n"


def lay_out(root: Path, environment: Mapping[str, str], *, voice: str = SPOKEN) -> None:
    """Write a repository with six people, and a reviewed plan to call them in three tasks."""
    for folder in ("campaigns", "templates", "campaigns/audio"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "campaigns/overdue.toml").write_text(_campaign(voice))
    (root / "campaigns/audio/a.wav").write_bytes(silence())
    rows: Sequence[str] = [f"+{number},Person{number[-1]}" for number in PEOPLE]
    (root / "campaigns/people.csv").write_text("phone,name\n" + "\n".join(rows) + "\n")
    plan = [*RUNNER, "plan", "--out", "plan.json"]
    subprocess.run(
        plan, cwd=root, env={**environment, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True
    )
