"""Exit codes and what is printed, whatever a command raises."""

import io
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from runner.cli.application import app
from runner.cli.interrupt import Interrupt
from runner.cli.main import run
from runner.cli.output import print_json, print_lines, write
from runner.cli.progress import StderrProgress
from runner.cli.sandbox import EXAMPLE
from runner.errors import (
    CredentialsError,
    Exit,
    ExpectationError,
    InvalidError,
    LedgerError,
    MismatchError,
    Problem,
    RefusedError,
    RunnerError,
    UnavailableError,
)
from runner.sandbox.switches import Switches


def raising(error: BaseException) -> Callable[..., None]:
    """Return a function that raises *error*."""

    def function(*_arguments: object, **_more: object) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidError([Problem(code="c", message="broken")]), 3),
        (CredentialsError("broken", code="c"), 4),
        (UnavailableError("broken", code="c"), 5),
        (RefusedError("broken", code="c"), 6),
        (MismatchError("broken", code="c"), 7),
        (LedgerError("broken", code="c"), 8),
        (ExpectationError("broken", code="c"), 11),
    ],
)
def test_what_a_user_can_mend(
    error: RunnerError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each error ends with its own exit code, and is printed to stderr as a compiler would."""
    monkeypatch.setattr("runner.cli.repository.Repository.open", raising(error))

    ended = run(["plan"])

    assert ended == code
    assert capsys.readouterr() == ("", "error[c]: broken\n")


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C outside of sending: 130, and a sentence about the ledger."""
    monkeypatch.setattr("runner.cli.repository.Repository.open", raising(KeyboardInterrupt()))

    assert run(["plan"]) == 130
    assert capsys.readouterr().err == (
        "\nInterrupted. The ledger is consistent; running the same command again is safe.\n"
    )


def test_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 with the type, no message and no traceback; the log has types and lines, and only its owner may read it."""
    monkeypatch.setattr("runner.cli.repository.Repository.open", raising(ZeroDivisionError("+447700900001")))

    assert run(["plan"]) == 1
    err = capsys.readouterr().err
    log = Path(next(word.rstrip(",") for word in err.split() if "runner-crash-" in word))
    text = log.read_text(encoding="utf-8")
    mode = log.stat().st_mode & 0o777
    log.unlink()
    assert "something that should not happen: ZeroDivisionError" in err
    assert "7700900001" not in err + text
    assert "builtins.ZeroDivisionError" in text
    assert "in raising" in text or "in function" in text
    assert mode == 0o600


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["--help"], 0), ([], 64), (["nothing"], 64)]
)
def test_without_a_command(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Version and help are no mistakes; no arguments print help and are one."""
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert ("runner 0." in captured.out) == (arguments == ["--version"])
    assert "Traceback" not in captured.err


def test_json_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Other scripts stay readable, what could command a terminal or a log is escaped."""
    print_json({"a": "नमस्ते", "b": "\x1b\u202e\x9b##["})

    assert capsys.readouterr().out == ('{\n  "a": "नमस्ते",\n  "b": "\\u001b\\u202e\\u009b##\\u005b"\n}\n')


def test_a_reader_that_has_gone() -> None:
    """The first write after it is lost, and so are all that follow, without an error."""
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        write(stream, "one\n")
        write(stream, "two\n")


def test_lines_end_with_a_line_end(capsys: pytest.CaptureFixture[str]) -> None:
    """So that the next prompt starts a line."""
    print_lines(["a", "b"])

    assert capsys.readouterr().out == "a\nb\n"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def now(self) -> None:
        raise AssertionError

    def elapsed_s(self) -> float:
        return self.at_s

    def sleep(self, seconds: float) -> None:
        self.at_s += seconds


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [False, True])
def test_progress(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing within a second, then a line that moves at a terminal and one every five seconds elsewhere, with an ETA."""
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    clock = Clock()
    progress = StderrProgress(clock)  # type: ignore[arg-type]

    for done in range(0, 101, 10):
        progress.step("rows read", done=done, total=1000)
        clock.sleep(0.9)
    progress.close()

    shown = stream.getvalue()
    if terminal:
        assert shown.startswith("20 of 1,000 rows read, about 1 min 28 s left\r\x1b[K")
        assert shown.endswith("\r\x1b[K")
    else:
        assert shown == "60 of 1,000 rows read, about 1 min 25 s left\n"


def test_progress_of_foreign_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note of something that the vendor said is inert."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    StderrProgress(Clock()).note("\x1b[2J")  # type: ignore[arg-type]

    assert sys.stderr.getvalue() == "⟨U+001B⟩[2J\n"  # type: ignore[union-attr]


def test_the_first_signal_while_sending_is_noted(capfd: pytest.CaptureFixture[str]) -> None:
    """Within `graceful` the first one asks to stop, the second one stops; outside of it the first one does."""
    with Interrupt() as interrupt, interrupt.graceful():
        signal.raise_signal(signal.SIGINT)
        first = interrupt.is_requested()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)

    with Interrupt() as other, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

    assert first
    assert not other.is_requested()
    assert capfd.readouterr().err.count("press Ctrl-C again") == 1


def test_signals_are_given_back() -> None:
    """After the command they do what they did before."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    with Interrupt():
        assert signal.getsignal(signal.SIGINT) != before[0]

    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_switch_in_the_help_exists() -> None:
    """What help gives as an example can be typed."""
    assert Switches().changed_by_text([EXAMPLE]) != Switches()


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """An operator who sees a number finds its meaning in `runner --help`."""
    run(["--help"])

    shown = re.findall(r"\d+", capsys.readouterr().out.partition("Exit codes:")[2])
    assert {int(number) for number in shown} == set(Exit)


def test_help_loses_nothing_in_brackets() -> None:
    """Help is read as Rich's markup, which drops what stands in brackets: wherever a table is named they are escaped."""
    texts = list(_help_of(get_command(app)))

    assert len(texts) > 50
    assert [lost for text in texts for lost in re.findall(r"(?<!\\)\[[a-z_.]+\]", text)] == []


def _help_of(command: Any) -> Iterator[str]:
    """Yield the help of *command*, its options, and all below it."""
    for one in (command, *command.params):
        yield getattr(one, "help", None) or ""
    for below in getattr(command, "commands", {}).values():
        yield from _help_of(below)
