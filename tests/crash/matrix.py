"""What a run has tried: noted while it runs, and written to `docs/crash-matrix.md` when all of it was run and held."""

import fcntl
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from runner.apply.boundary import Boundary
from tests.crash.situations import ELSEWHERE, lost

TARGET = Path(__file__).resolve().parents[2] / "docs" / "crash-matrix.md"
LIMITS = Path(__file__).with_name("limits.md")

KINDS = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Note:
    """One thing that was tried and held, since whatever fails is not noted.

    Attributes:
        suite: ``process`` | ``boundary`` | ``effect`` | ``schedules``.
        kind: of the database that the ledger was in.
        situation: what else went wrong, or how it was played.
        way: how the process ended.
        boundary: where; empty = at random.
        times: how often.
    """

    suite: str
    kind: str
    situation: str
    way: str
    boundary: str
    times: int


@dataclass(frozen=True)
class Notes:
    """A file that all workers of a test run append to; `test` is the one that notes."""

    path: Path
    test: str = ""

    def add(self, *fields: str | int) -> None:
        """Append one note, after everything held."""
        with self.path.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps([self.test, *fields]) + "\n")

    def all(self) -> dict[str, list[Note]]:
        """Return all notes of all workers so far, by test."""
        found: dict[str, list[Note]] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else ():
            test, *fields = json.loads(line)
            found.setdefault(test, []).append(Note(*fields))
        return found


def write_if_complete(notes: Notes, *, tests: Collection[str]) -> None:
    """Write the page if *tests*, all that note something, have done so, and are not just some of the suite."""
    found = notes.all()
    every = [note for some in found.values() for note in some]
    suites = {(note.suite, note.kind) for note in every}
    is_whole = suites >= {(suite, kind) for suite in ("process", "boundary", "schedules") for kind in KINDS}
    if is_whole and found.keys() >= set(tests) and TARGET.parent.is_dir():
        TARGET.write_text("\n".join(lines(every)) + "\n", encoding="utf-8")


def lines(notes: Sequence[Note]) -> Iterator[str]:
    """Yield the lines of the table, in an order that does not depend on that of the tests."""
    kills = sum(note.times for note in notes if note.suite == "process" and note.way == "killed")
    schedules = sum(note.times for note in notes if note.suite == "schedules")
    yield "# What was killed, dropped, delayed and raced"
    yield ""
    yield "Written by `make test-slow`; do not edit. Only what held is in it: a failure leaves this page as it was."
    yield ""
    yield f"In this run {kills:,} processes were killed and {schedules:,} random schedules were played."
    yield "After each, apply was repeated until it was done. **Called twice: 0. Lost: 0.**"
    yield ""
    yield from _processes([note for note in notes if note.suite == "process"])
    yield from _boundaries([note for note in notes if note.suite == "boundary"])
    yield from _effects([note for note in notes if note.suite == "effect"])
    yield from _schedules([note for note in notes if note.suite == "schedules"])
    yield LIMITS.read_text(encoding="utf-8").rstrip("\n")


def _processes(notes: Sequence[Note]) -> Iterator[str]:
    yield "## Real processes"
    yield ""
    yield "`runner apply`, ended by the kernel, against `runner sandbox`: three tasks of two people each. A boundary that is"
    yield "passed several times was killed at each time. *Lost answer*: the second task is taken and its answer is lost."
    yield "*Beside a rival*: a second apply while the first is alive is refused (exit 8), then the first is killed. Cancels are"
    yield "those of waiting calls: three of six have paid, or all are taken back by `runner cancel`; the answer to a cancel is lost there."
    yield ""
    columns = [
        (kind, situation)
        for kind in KINDS
        for situation in ("nothing special", "an answer is lost", "beside a rival")
    ]
    titles = {
        "nothing special": "kill",
        "an answer is lost": "kill, lost answer",
        "beside a rival": "kill, rival",
    }
    yield _row("boundary", *(f"{TITLES[kind]}: {titles[situation]}" for kind, situation in columns))
    yield _row("---", *("--:" for _ in columns))
    counts = _counts(notes, lambda note: (note.boundary, note.kind, note.situation))
    for boundary in Boundary:
        elsewhere = {
            "nothing special": ELSEWHERE.get(boundary, "nothing special"),
            "an answer is lost": lost(boundary),
        }
        yield _row(
            boundary.value,
            *(
                _shown(counts[boundary.name, kind, elsewhere.get(situation, situation)])
                for kind, situation in columns
            ),
        )
    yield ""
    yield _row("at random times", *(TITLES[kind] for kind in KINDS))
    yield _row("---", *("--:" for _ in KINDS))
    for situation, way, title in (
        ("at random", "killed", "killed, up to eight times in a row, half of them with a lost answer"),
        ("from its very start", "killed", "killed from its very start on, key and ledger being made"),
        ("at random", "interrupted", "interrupted by one SIGINT or two"),
        ("at random", "stopped", "stopped by SIGSTOP, while a rival tries, and continued"),
        ("taken over", "stopped", "stopped by SIGSTOP at each boundary, taken over, and continued"),
        ("in the gap", "stopped", "stopped between the last check and the write, taken over, and continued"),
        ("2 at once", "raced", "two at once, and one of them killed"),
        ("5 at once", "raced", "five at once, and one of them killed"),
        (
            "the clock is wrong",
            "killed",
            "killed, and repeated with a clock set back or forward by minutes and hours",
        ),
        (
            "the disk is full",
            "ended",
            "ended by a full disk: a limit on the size of files, or the server's own error, from the first write on",
        ),
    ):
        found = _counts(
            [note for note in notes if (note.situation, note.way) == (situation, way)], lambda note: note.kind
        )
        yield _row(title, *(_shown(found[kind]) for kind in KINDS))
    yield ""


def _boundaries(notes: Sequence[Note]) -> Iterator[str]:
    yield "## Every boundary, in one process"
    yield ""
    yield "The same code over a real ledger and the real adapter, in one process that can be ended at a boundary in ways that"
    yield "take long in life. *Taken over*: it stands still until its lease is over, a rival applies, and it wakes. *Unaware*: the"
    yield "same on a machine whose clocks stood still, too. *Stopped by a record*: somebody says `runner stop`. The count is over all boundaries, each time that they are passed."
    yield ""
    ways = list(dict.fromkeys(note.way for note in sorted(notes, key=lambda note: note.way)))
    yield _row("situation", "ledger", *ways)
    yield _row("---", "---", *("--:" for _ in ways))
    counts = _counts(notes, lambda note: (note.situation, note.kind, note.way))
    for situation, kind in sorted({(note.situation, note.kind) for note in notes}):
        yield _row(situation, TITLES[kind], *(_shown(counts[situation, kind, way]) for way in ways))
    yield ""


def _effects(notes: Sequence[Note]) -> Iterator[str]:
    yield "## Just before and after every write, request and pause"
    yield ""
    yield _row("situation", "killed")
    yield _row("---", "--:")
    counts = _counts(notes, lambda note: note.situation)
    for situation in sorted(counts):
        yield _row(situation, counts[situation])
    yield ""


def _schedules(notes: Sequence[Note]) -> Iterator[str]:
    yield "## Random schedules"
    yield ""
    yield "Nine steps each, drawn at random and shrunk on failure: edits of audience, template and edition, and back; plans saved"
    yield "and applied later; applies that end at any boundary or effect, are taken over, or run beside a rival; answers lost in"
    yield "ten ways before and after acceptance, refusals, a network that refuses, breaks, swallows, holds up and repeats; a list"
    yield "that lags, submissions that fail later, callees that are dropped, a balance that is used up, a task that somebody cancels;"
    yield "clocks that are wrong; stops, lifted later; ledgers copied, restored and lost; doubts settled by a person. After each step promises 2, 4 and 5"
    yield "are checked, and the chain; at the end promise 3."
    yield ""
    yield _row("planned", "ledger", "schedules")
    yield _row("---", "---", "--:")
    counts = _counts(notes, lambda note: (note.situation, note.kind))
    for situation, kind in sorted(counts):
        yield _row(situation, TITLES[kind], counts[situation, kind])
    yield ""


K = TypeVar("K")


def _counts(notes: Iterable[Note], key: Callable[[Note], K]) -> Counter[K]:
    counts: Counter[K] = Counter()
    for note in notes:
        counts[key(note)] += note.times
    return counts


def _shown(count: int) -> str:
    return f"{count:,}" if count else "·"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
