"""Measure speed and memory against the two baselines and print a Markdown table with the targets, met or not.

Everything that is measured is a process of its own, from its start to its end, in alternating order; figures are medians.
Memory is the largest sum of resident memory over the process and its children that was seen (looked at every 50 ms), or
the process's own peak if that is larger.

    make bench                        a million callees, three rounds
    make bench ARGS=--quick           a hundred thousand, one round
    make bench ARGS=--ten-million     also one plan of ten million
    make bench ARGS=--receiver        what the receiver takes in, and nothing else
    make bench ARGS=--who             one person looked up among ten million, and nothing else
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
RUNNER = Path(sys.executable).with_name("runner")
MB = 1024 * 1024
TEN_MILLION = 10_000_000
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: seconds from start to end and on processors, peak memory of its family in MB, and what it printed."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table; `is_met` is None where nothing was aimed at."""

    what: str
    measured: str
    target: str
    is_met: bool | None


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(text, file=sys.stderr, flush=True)


def run(*arguments: object, cwd: Path, env: dict[str, str] | None = None, code: int = 0) -> Run:
    """Run a process to its end.

    Raises:
        SystemExit: it ended with another exit code than *code*.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            cwd=cwd,
            env=_environment(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        seen = 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            seen = max(seen, _family_mb(process.pid))
            time.sleep(LOOK_EVERY_S if time.perf_counter() - began > 1 else 0.002)
        wall_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != code:
            say(err.read().decode() + out.read().decode())
            raise SystemExit(f"{' '.join(map(str, arguments))} ended with {process.returncode}, not {code}")
        cpu_s = usage.ru_utime + usage.ru_stime
        return Run(
            wall_s=wall_s, cpu_s=cpu_s, peak_mb=max(seen, usage.ru_maxrss / 1024), printed=out.read().decode()
        )


def _environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNNER_")}
    return {**kept, "NO_COLOR": "1", "NO_PROXY": "127.0.0.1", **extra}


def _family_mb(session: int) -> float:
    """Return the resident memory of all processes of *session*."""
    total = 0
    for entry in os.scandir("/proc") if Path("/proc/self/stat").exists() else ():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    fields = Path(entry.path, "statm").read_text().split()
                    total += int(fields[1]) * os.sysconf("SC_PAGESIZE")
            except (OSError, IndexError):
                continue  # it ended meanwhile
    return total / MB


@contextmanager
def sink() -> Iterator[str]:
    """Serve the vendor that only reads and answers; yields its address."""
    with subprocess.Popen(
        [sys.executable, HERE / "sink_server.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()
        server.wait()


class Bench:
    """The measurements on one audience."""

    def __init__(self, root: Path, rows: int) -> None:
        say(f"making {rows:,} rows")
        self.rows = rows
        self.root = root
        made = run(sys.executable, HERE / "generate.py", root, rows, cwd=HERE)
        self.people = int(json.loads(made.printed)["people"])

    @property
    def tasks(self) -> int:
        """Return how many requests an apply makes: a campaign that says nothing else puts 10,000 people into each."""
        return -(-self.people // 10_000)

    def forget(self) -> None:
        """Remove ledger, key and receipts: nothing was sent."""
        shutil.rmtree(self.root / ".runner", ignore_errors=True)

    def first_plan(self) -> Run:
        """Plan with nothing sent before."""
        self.forget()
        return self._runner("plan", "--expect-calls", self.people)

    def plan_again(self) -> Run:
        """Plan with everybody sent already."""
        return self._runner("plan", "--expect-no-changes")

    def apply(self) -> Run:
        """Apply against the sink, everybody new, planning included."""
        self.forget()
        with sink() as url:
            return self._runner("apply", "--ack-calls", self.people, env={"RUNNER_API_URL": url})

    def apply_timed(self) -> float:
        """Apply the same with a ledger that exists, and return the share of the time that was spent in it, percent."""
        self.forget()
        self._runner("ledger", "init")
        file = self.root / "ledger-share.json"
        script = [sys.executable, HERE / "ledger_share.py", file, "apply", "--ack-calls", self.people]
        with sink() as url:
            self._told(run(*script, cwd=self.root, env={"RUNNER_API_URL": url}), "ledger's share")
        measured = json.loads(file.read_text())
        return 100 * float(measured["ledger_s"]) / float(measured["apply_s"])

    def naive(self, *, is_sending: bool = False) -> Run:
        """Run the script a user would write."""
        database = self.root / "naive.db"
        database.unlink(missing_ok=True)
        with sink() as url:
            return self._baseline("naive.py", database, *(("--url", url) if is_sending else ()))

    def bare(self) -> Run:
        """Run the loop of `Template.render`."""
        return self._baseline("bare_jinja.py")

    def _runner(self, *arguments: object, env: dict[str, str] | None = None) -> Run:
        return self._told(run(RUNNER, *arguments, cwd=self.root, env=env), f"runner {arguments[0]}")

    def _baseline(self, script: str, *arguments: object) -> Run:
        return self._told(run(sys.executable, HERE / script, self.root, *arguments, cwd=self.root), script)

    def _told(self, result: Run, what: str) -> Run:
        say(
            f"  {what:16} {self.rows:>11,} rows {result.wall_s:8.2f} s, {result.cpu_s:7.2f} on processors, "
            f"{result.peak_mb:6.0f} MB"
        )
        return result


def wall(runs: Sequence[Run]) -> float:
    """Return the median of the seconds."""
    return statistics.median(one.wall_s for one in runs)


def peak(runs: Sequence[Run]) -> float:
    """Return the largest memory, MB."""
    return max(one.peak_mb for one in runs)


def part(runs: Sequence[Run], name: str) -> float:
    """Return the median of what the runs themselves measured under *name*, seconds."""
    return statistics.median(float(json.loads(one.printed)[name]) for one in runs)


def at_least(what: str, ratio: float, target: float, detail: str) -> Line:
    """Return the line of a ratio that must not be smaller."""
    return Line(
        what=what, measured=f"{ratio:.1f} x ({detail})", target=f">= {target:g} x", is_met=ratio >= target
    )


def at_most(what: str, value: float, target: float, unit: str, *, detail: str = "") -> Line:
    """Return the line of a value that must not be larger."""
    measured = f"{value:.2f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return Line(
        what=what,
        measured=measured + (f" ({detail})" if detail else ""),
        target=f"<= {target:,g} {unit}",
        is_met=value <= target,
    )


def measure(bench: Bench, rounds: int) -> tuple[list[Line], float]:
    """Return the lines about one audience, and the seconds of the first plan."""
    first: list[Run] = []
    naive: list[Run] = []
    bare: list[Run] = []
    again: list[Run] = []
    applied: list[Run] = []
    shares: list[float] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        first.append(bench.first_plan())
        naive.append(bench.naive())
        first.append(bench.first_plan())
        bare.append(bench.bare())
        applied.append(bench.apply())
        shares.append(bench.apply_timed())
        again.append(bench.plan_again())
    seconds = wall(first)
    millions = bench.rows / 1e6
    naive_s, bare_s = part(naive, "plan_s"), part(bare, "render_s")
    lines = [
        Line(
            what=f"first plan of {bench.rows:,} rows ({bench.people:,} people)",
            measured=f"{seconds:.2f} s, {seconds / millions:.2f} us a row",
            target="",
            is_met=None,
        ),
        at_least("against the naive script's planning part", naive_s / seconds, 15, f"{naive_s:.1f} s"),
        at_least("against bare Jinja2, which only renders", bare_s / seconds, 4, f"{bare_s:.1f} s"),
        at_most(
            "plan with nothing new, against the first plan",
            wall(again) / seconds,
            1.2,
            "x",
            detail=f"{wall(again):.2f} s",
        ),
        at_most(
            "apply, against the first plan", wall(applied) / seconds, 2, "x", detail=f"{wall(applied):.2f} s"
        ),
        at_most(
            f"share of the ledger in an apply of {bench.tasks:,} tasks", statistics.median(shares), 5, "%"
        ),
        at_most(
            "peak memory of plan", peak([*first, *again]), 700, "MB", detail=f"naive: {peak(naive):,.0f} MB"
        ),
        at_most("peak memory of apply", peak(applied), 700, "MB"),
    ]
    return lines, seconds


def ten_million(folder: Path, per_million_s: float) -> list[Line]:
    """Return the lines about one plan of ten million, beside *per_million_s*, the seconds of one million."""
    bench = Bench(folder / "ten-million", 10_000_000)
    once = bench.first_plan()
    shutil.rmtree(bench.root)
    return [
        at_most(
            "peak memory of plan, 10,000,000 rows", once.peak_mb, 1200, "MB", detail=f"{once.wall_s:.1f} s"
        ),
        at_most("time a row at 10,000,000, against 1,000,000", once.wall_s / 10 / per_million_s, 1.2, "x"),
    ]


def start_up(rounds: int) -> list[Line]:
    """Return the lines about commands that must feel instant."""
    zone = {"RUNNER_VENDOR_TIMEZONE": "Asia/Shanghai"}
    times: dict[str, list[Run]] = {"pass": [], "help": [], "validate": []}
    for _ in range(rounds + 2):
        times["pass"].append(run(sys.executable, "-c", "pass", cwd=REPOSITORY))
        times["help"].append(run(RUNNER, "--help", cwd=REPOSITORY))
        times["validate"].append(run(RUNNER, "validate", cwd=REPOSITORY, env=zone))
    bare = f"python -c pass: {wall(times['pass']):.2f} s"
    return [
        at_most("`runner --help`", wall(times["help"]), 0.5, "s", detail=bare),
        at_most("`runner validate` on the examples", wall(times["validate"]), 0.5, "s", detail=bare),
    ]


def after_the_call(outcomes: int) -> list[Line]:
    """Return the lines about reading status reports and about a report."""
    say(f"{outcomes:,} outcomes")
    measured = json.loads(run(sys.executable, HERE / "after_call.py", outcomes, cwd=REPOSITORY).printed)
    group_s, rate = measured["group_s"], measured["reports_per_s"]
    return [
        Line(
            what="status reports read in batches of 1,000",
            measured=f"{rate:,.0f} a second",
            target=">= 20,000 a second",
            is_met=rate >= 20_000,
        ),
        at_most(
            f"figures of {outcomes:,} outcomes",
            measured["figures_s"],
            round(2 * group_s, 2),
            "s",
            detail=f"read and grouped by Polars: {group_s:.2f} s",
        ),
    ]


def receiver() -> list[Line]:
    """Return the lines about what `runner receive` takes in."""
    say("pushes to the receiver")
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, HERE / "receiver.py"], env=environ, stdout=subprocess.PIPE, check=True, text=True
    )
    return [Line(**line) for line in json.loads(done.stdout)]


def who(people: int, rounds: int) -> list[Line]:
    """Return the lines about looking up one person among so many, each a whole process."""
    say(f"a ledger of {people:,} people")
    measured = json.loads(run(sys.executable, HERE / "who.py", people, rounds, cwd=REPOSITORY).printed)
    bare = measured["pass_s"]
    by_hand = f"{measured['sqlite_s']:.2f} s for a script that searches every block with `sqlite3` and verifies none"
    return [
        at_most(
            f"`runner who` over {people:,} people, {what}",
            measured[name],
            0.3,
            "s",
            detail=f"{measured[name] / bare:.1f} x python -c pass{more}",
        )
        for name, what, more in (
            ("not_s", "of somebody in no task", ""),
            ("called_s", "of somebody in a task", f"; {by_hand}"),
            ("heard_s", "of somebody of whose call something is known", ", Polars loaded"),
        )
    ] + [
        Line(
            what="the same without the index",
            measured=f"{measured['searched_s']:.2f} s; writing it takes {measured['index_s'] * 1e6 / people:.2f} s a million",
            target="",
            is_met=None,
        )
    ]


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table."""
    verdicts = {True: "met", False: "**missed**", None: ""}
    rows = [f"| {line.what} | {line.measured} | {line.target} | {verdicts[line.is_met]} |" for line in lines]
    return "\n".join(["| what | measured | target | |", "|---|---|---|---|", *rows])


def machine() -> str:
    """Return what it was measured on."""
    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the end; Python {python}, "
        f"Polars {version('polars')}, Jinja2 {version('jinja2')}, phonenumbers {version('phonenumbers')}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--callees", type=int, default=int(os.environ.get("N", "1000000")), metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="100,000 callees, one round")
    parser.add_argument("--ten-million", action="store_true", help="also one plan of ten million")
    parser.add_argument("--receiver", action="store_true", help="only what `runner receive` takes in")
    parser.add_argument("--who", action="store_true", help="only `runner who` over ten million people")
    given = parser.parse_args()
    if given.who:
        print(f"{table(who(TEN_MILLION, 9))}\n\nMedians of 9 rounds. {machine()}.")
        return
    if given.receiver:
        print(f"{table(receiver())}\n\n{machine()}.")
        return
    callees, rounds = (100_000, 1) if given.quick else (given.callees, given.rounds)
    with tempfile.TemporaryDirectory(prefix="runner-bench-") as name:
        lines, seconds = measure(Bench(Path(name) / "bench", callees), rounds)
        if given.ten_million:
            lines += ten_million(Path(name), seconds * 1e6 / callees)
    lines += receiver()
    lines += after_the_call(callees)
    lines += who(TEN_MILLION // 5 if given.quick else TEN_MILLION, 2 * rounds + 1)
    lines += start_up(rounds)
    print(f"{table(lines)}\n\nMedians of {rounds} rounds. {machine()}.")


if __name__ == "__main__":
    main()
