"""`make demo`: two campaigns from file to calls, applied again, and what became of the calls, against the simulated vendor.

It runs the real commands in a copy of the examples in a temporary folder, and stops when one of them does not end as it
should. No phone rings: the sandbox on this machine is the only vendor that is asked.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
RUNNER = Path(sys.executable).with_name("runner")
LONGEST_START_S = 30
LONGEST_CALLS_S = 30
PUSH_TOKEN = secrets.token_hex(20)
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
        known = self.sandbox("calls")
        if known["truncation_count"] or known["accepted_more_than_once"]:
            raise SystemExit("demo: the vendor cut a text, or has somebody twice")
        calls: list[dict[str, Any]] = known["calls"]
        return [call for call in calls if call["round"] == 0]

    def sandbox(self, what: str, **body: object) -> dict[str, Any]:
        """Return the answer of the simulated vendor's console to a question, or to a POST of *body*."""
        content = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"{self.vendor}/_sandbox/{what}", data=content)
        with urllib.request.urlopen(request, timeout=10) as answer:
            known: dict[str, Any] = json.load(answer)
        return known

    def wait_for_reports(self) -> None:
        """Return when every call that was made is over and was reported to the receiver."""
        until = time.monotonic() + LONGEST_CALLS_S
        while time.monotonic() < until:
            pushes, summary = self.sandbox("pushes"), self.sandbox("summary")
            if 0 < summary["calls_ended"] == summary["calls_made"] == pushes["delivered"]:
                return
            time.sleep(0.1)
        raise SystemExit("demo: the calls were not reported in time")

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
        "RUNNER_PUSH_TOKEN": PUSH_TOKEN,
    }


@contextmanager
def process(log: Path, *arguments: str, root: Path, vendor: str = "") -> Iterator[str]:
    """Run a command that serves in the background; yields the first line that it prints, which has its address."""
    with log.open("w+", encoding="utf-8") as output:
        served = subprocess.Popen(
            [RUNNER, *arguments], cwd=root, env=environment(vendor), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield first_line(log, "http", served)
        finally:
            served.terminate()
            served.wait()


def first_line(log: Path, begin: str, served: "subprocess.Popen[bytes] | None" = None) -> str:
    """Return the first line that begins so in the *log* of a command that has just been started.

    Raises:
        SystemExit: there is none, or the command has ended.
    """
    until = time.monotonic() + LONGEST_START_S
    while time.monotonic() < until and (served is None or served.poll() is None):
        for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith(begin) and line.endswith("\n"):
                return line.strip()
        time.sleep(0.05)
    raise SystemExit(f"demo: a command did not start\n{log.read_text(encoding='utf-8')}")


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
    title(
        "8. The calls of the first campaign take place. The vendor reports each; its records confirm what was reported"
    )
    demo.wait_for_reports()
    demo.runner("collect")
    title("9. What became of them. The other campaign waits for its day")
    demo.runner("report")
    title(f"{len(demo.calls())} people were handed over, each once. No phone rang: the vendor was simulated")


def look(demo: Demo, folder: Path) -> None:
    """Show the dashboard: for as long as somebody at a terminal wants, else only that it lets its token in."""
    log = folder / "dashboard.log"
    with process(log, "dashboard", "--port", "0", root=demo.root) as place:
        token = first_line(log, "token for this run: ").rpartition(" ")[2]
        if "quickstart" not in signed_in(place, token):
            raise SystemExit("demo: the dashboard does not show the campaigns")
        print(f"The same in a browser: {place}\nThe token for its sign-in: {token}")
        if sys.stdin.isatty() and sys.stdout.isatty():
            input("Press Enter to end the demo, and the dashboard with it. ")
        else:
            print("It ended with this demo; at a terminal the demo waits as long as somebody looks.")
    print(
        "To play on: `make sandbox`, in another terminal `make plan` and `make apply ACK=7`, and `make dashboard`."
    )


def signed_in(place: str, token: str) -> str:
    """Return the page that a browser shows once the token was typed."""
    cookies = urllib.request.HTTPCookieProcessor()
    form = urllib.parse.urlencode({"token": token}).encode()
    with urllib.request.build_opener(cookies).open(f"{place}/sign-in", form, timeout=10) as answer:
        page: str = answer.read().decode()
    return page


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
        # A minute of the vendor's time each second.
        serve = ("sandbox", "--port", "0", "--speed", "60")
        with process(folder / "sandbox.log", *serve, root=folder) as vendor:
            demo = Demo(folder / "bank", vendor)
            take_in = ("receive", "--port", "0", "--watch-port", "0")
            with process(folder / "receive.log", *take_in, root=demo.root, vendor=vendor) as place:
                demo.sandbox("switches", push_url=place.replace("{RUNNER_PUSH_TOKEN}", PUSH_TOKEN))
                play(demo)
            look(demo, folder)
    print(f"({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
