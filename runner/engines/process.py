"""One worker process, as its parent sees it."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import runner
from runner.engines.wire import HEADER, GarbledError, decoded, encoded, length_of
from runner.ports import Lost, LostReason

DEADLINE_S = 5.0
"""Longest silence of a worker; it says what it is about to do before anything that may take long."""
MAX_NOTES = 200_000
"""Most notes before one answer, so that a worker that never ends cannot keep its parent by talking."""

START = "import sys; sys.path.append(sys.argv[1]); from runner.engines.worker import main; main()"
_CHUNK = 1 << 20


class Worker:
    """A process that is started when it is first asked, ended when it fails, and then started again."""

    def __init__(self, *, deadline_s: float = DEADLINE_S, script: str = START) -> None:
        """Take how long the worker may be silent, and the Python that it runs."""
        self._deadline_s = deadline_s
        self._script = script
        self._process: subprocess.Popen[bytes] | None = None
        self._loaded: bytes | None = None
        self._received = bytearray()
        self._note: object = None

    def ask(self, program: bytes, request: Mapping[str, object]) -> Mapping[str, object] | Lost:
        """Return the answer to *request* on *program* (an encoded ``load`` message)."""
        self._note = None
        try:
            process = self._process or self._start()
            message = encoded(request)
            if self._loaded != program:
                self._loaded = None
                message = program + message
            answer = self._exchange(process, message)
        except _SilentError:
            return self._lost(LostReason.TIME)
        except GarbledError:
            return self._lost(LostReason.GARBLED)
        except _EndedError:
            return self._lost(LostReason.DIED)
        if answer is None:
            return self._lost(LostReason.MEMORY)
        self._loaded = program
        return answer

    def start(self) -> None:
        """Start the process ahead of the first question, if it is not there."""
        if self._process is None:
            self._start()

    @property
    def pid(self) -> int | None:
        """Return the number of the process, None where none is running."""
        return None if self._process is None else self._process.pid

    def interrupt(self) -> None:
        """End the process while another thread may be waiting for it; that thread sees it die."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process, self._loaded = self._process, None, None
        self._received.clear()
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                _opened(pipe).close()

    def _lost(self, reason: LostReason) -> Lost:
        self.end()
        return Lost(reason=reason, note=self._note)

    def _start(self) -> subprocess.Popen[bytes]:
        root = Path(runner.__file__).parent.parent
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-I", "-c", self._script, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            bufsize=0,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(_opened(pipe).fileno(), False)
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], message: bytes) -> Mapping[str, object] | None:
        """Send *message* and return the answer; None where the worker says that its memory is used up."""
        rest, notes = memoryview(message), 0
        deadline = time.monotonic() + self._deadline_s
        with selectors.DefaultSelector() as selector:
            source, sink = _opened(process.stdout), _opened(process.stdin)
            selector.register(source, selectors.EVENT_READ)
            selector.register(sink, selectors.EVENT_WRITE)
            while True:
                left = deadline - time.monotonic()
                ready = selector.select(max(left, 0))
                # A worker that trickles bytes of a message that never ends is as good as silent.
                if not ready or left <= 0:
                    raise _SilentError
                for key, _ in ready:
                    if key.fileobj is sink:
                        rest = rest[_written(sink, rest) :]
                        if not rest:
                            selector.unregister(sink)
                    else:
                        self._receive(source)
                while (frame := self._frame()) is not None:
                    if "note" not in frame:
                        return _answer(frame)
                    self._note, notes = frame["note"], notes + 1
                    deadline = time.monotonic() + self._deadline_s
                    if notes > MAX_NOTES:
                        raise _SilentError

    def _receive(self, source: IO[bytes]) -> None:
        part = source.read(_CHUNK)
        if not part:
            raise _EndedError
        self._received += part

    def _frame(self) -> dict[str, object] | None:
        if len(self._received) < HEADER:
            return None
        end = HEADER + length_of(bytes(self._received[:HEADER]))
        if len(self._received) < end:
            return None
        body = bytes(self._received[HEADER:end])
        del self._received[:end]
        return decoded(body)


class _SilentError(Exception):
    """The worker said nothing for too long."""


class _EndedError(Exception):
    """The worker is gone."""


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _written(sink: IO[bytes], rest: memoryview) -> int:
    try:
        return os.write(sink.fileno(), rest[:_CHUNK])
    except BrokenPipeError as error:
        raise _EndedError from error


def _answer(frame: dict[str, object]) -> Mapping[str, object] | None:
    if frame.get("lost") == "memory":
        return None
    answer = frame.get("answer")
    if not isinstance(answer, dict):
        raise GarbledError
    return answer
