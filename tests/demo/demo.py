"""`make demo`: two campaigns from file to calls, and applied again, against the simulated vendor.

It runs the real commands in a copy of the examples in a temporary folder, and stops when one of them does not end as it
should. No phone rings: the sandbox on this machine is the only vendor that is asked.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
RUNNER = Path(sys.executable).with_name("runner")
LONGEST_START_S = 30
NOBODY_TO_CALL, SOMEBODY_TO_CALL = 0, 2


def title(text: str) -> None:
    """Say what comes next."""
    print(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n== {text}\n", flush=True)


class Demo:
    """A campaign repository in a temporary folder and a vendor to talk to."""

    def __init__(self, root: Path, vendor: str) -> None:
        self.root = root
        self.vendor = vendor
        for folder in ("campaigns", "templates"):
            shutil.copytree(REPOSITORY / folder, root / folder)

    def runner(self, *arguments: str, code: int = 0, only: int | None = None) -> None:
        """Run a command as a user would, and show what it prints, or *only* so many lines of that.

        Raises:
            SystemExit: it did not end with *code*.
        """
        print(f"$ runner {' '.join(arguments)}{f' | head -{only}' if only else ''}", flush=True)
        done = subprocess.run(
            [RUNNER, *arguments],
            cwd=self.root,
            env=environment(self.vendor),
            stdout=subprocess.PIPE if only else None,
            text=True,
            check=False,
        )
        if only:
            print("\n".join(done.stdout.splitlines()[:only]))
        if done.returncode != code:
            raise SystemExit(f"demo: `runner {arguments[0]}` ended with {done.returncode}, not {code}")
        print(f"(exit code {code})\n" if code else "", flush=True)

    def calls(self) -> list[dict[str, Any]]:
        """Return what the simulated vendor knows of every callee."""
        with urllib.request.urlopen(f"{self.vendor}/_sandbox/calls", timeout=10) as answer:
            known = json.load(answer)
        if known["truncation_count"] or known["accepted_more_than_once"]:
            raise SystemExit("demo: the vendor cut a text, or has somebody twice")
        calls: list[dict[str, Any]] = known["calls"]
        return [call for call in calls if call["round"] == 0]

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file and show the change."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"demo: {file} does not contain what the demo changes")
        path.write_text(text.replace(old, new), encoding="utf-8")
        print(f"{file}:\n- {old.strip()}\n+ {new.strip()}\n")

    def append(self, file: str, line: str) -> None:
        """Add a line to a file and show it."""
        with (self.root / file).open("a", encoding="utf-8") as opened:
            opened.write(f"{line}\n")
        print(f"{file}:\n+ {line}\n")


def environment(vendor: str) -> Mapping[str, str]:
    """Return the environment of the commands: nothing of this machine's settings, and the sandbox as the vendor."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNNER_")}
    return {
        **kept,
        "RUNNER_ENVIRONMENT": "sandbox",
        "RUNNER_API_URL": vendor,
        "RUNNER_VENDOR_TIMEZONE": "Asia/Shanghai",
    }


@contextmanager
def sandbox(log: Path) -> Iterator[str]:
    """Run the simulated vendor on a free port, a minute of its time each second; yields its address."""
    with log.open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            [RUNNER, "sandbox", "--port", "0", "--speed", "60"], stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield address(process, log)
        finally:
            process.terminate()
            process.wait()


def address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the address that the sandbox prints once it listens.

    Raises:
        SystemExit: it did not start.
    """
    until = time.monotonic() + LONGEST_START_S
    while time.monotonic() < until and process.poll() is None:
        first, end, _ = log.read_text(encoding="utf-8").partition("\n")
        if end:
            return first.strip()
        time.sleep(0.05)
    raise SystemExit(f"demo: the sandbox did not start\n{log.read_text(encoding='utf-8')}")


def play(demo: Demo) -> None:
    """Tell the story."""
    renewal = "campaigns/renewal-reminder.toml"
    audience = "campaigns/audiences/renewal-reminder.sample.csv"

    title("1. Two campaigns are checked: files, templates, columns, hours")
    demo.runner("validate")
    title("2. The plan: who would be called, when, and with which words. Nothing is sent")
    demo.runner("plan", "--out", "plan.json")
    title(
        "3. What was planned is applied. The number must be said, so that nobody calls thousands by mistake"
    )
    demo.runner("apply", "--plan", "plan.json", "--ack-calls", "7")
    title("4. What was handed over, and what two of the people hear and read")
    demo.runner("status")
    show(demo)
    title("5. Applied again: everybody was called already, so nobody is, and there is nothing to acknowledge")
    demo.runner("apply")
    demo.runner("plan", "--detailed-exitcode", code=NOBODY_TO_CALL, only=8)
    title("6. Other words are no reason to call people again: the change is shown, and that is all")
    demo.edit("templates/quickstart.sms.j2", "Attention! Your loan", "Reminder: your loan")
    demo.runner("plan", "--expect-no-changes", "campaigns/quickstart.toml", only=8)
    title("7. Somebody joins the audience: one call")
    demo.append(audience, "0491 570 266,Noah Taylor,EN,H-22008,310.00,2030-03-29")
    demo.runner("plan", "--out", "plan.json", "--detailed-exitcode", renewal, code=SOMEBODY_TO_CALL, only=9)
    demo.runner("apply", "--plan", "plan.json", "--ack-calls", "1")
    title(f"{len(demo.calls())} people were handed over, each once. No phone rang: the vendor was simulated")
    print("To play on: `make sandbox`, and in another terminal `make plan` and `make apply ACK=7`.")


def show(demo: Demo) -> None:
    """Print what is heard and read by one callee of each campaign, as the simulated vendor would play and send it."""
    for campaign in ("quickstart.", "renewal-reminder."):
        call = [call for call in demo.calls() if call["task_name"].startswith(campaign)][-1]
        heard, read = call["heard"], call["read"]
        print(f"+{call['number']} ({campaign.rstrip('.')})")
        print(f"  hears  {heard['text'] or 'the audio file ' + heard['file']}")
        print(f"  reads  {read['text']}\n")
    print("The vendor cuts what it inserts at 30 characters without a word. The link has 40, and is whole.\n")


def main() -> None:
    """Play the demo in a temporary folder."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="runner-demo-") as name:
        folder = Path(name)
        print(f"The campaign repository of this demo: {folder / 'bank'}")
        with sandbox(folder / "sandbox.log") as vendor:
            play(Demo(folder / "bank", vendor))
    print(f"({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
