"""Intermediate frames, which hold personal data: a few in memory, the rest in a folder that is gone afterwards.

The folder is private and lies outside the repository. It lives as long as the lock beside it is held. The kernel lets go
of the lock of a process that died, however it died, so the next start knows a left-over by a lock that it can take,
whatever became of process numbers since.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self

import polars as pl

from runner.errors import InvalidError, Problem, Where

_PREFIX = "campaign-runner-"
_LOCK = ".lock"
_VIEW_BYTES = 16


class Scratch:
    """Frames by name for as long as the context lasts: in memory while there is room, then in Arrow IPC files.

    Threads may share it, one at a time for each name.
    """

    def __init__(self, base: Path | None = None, *, repository: Path, memory: int = 0) -> None:
        """Prepare for a folder under *base* (default: the system's temporary folder), and to keep *memory* bytes of frames.

        Raises:
            InvalidError: *base* is no folder, or lies inside *repository*, where what is in it could be committed.
        """
        self._base = (base or Path(tempfile.gettempdir())).resolve()
        if self._base.is_relative_to(repository.resolve()):
            raise _invalid(
                "scratch-in-repository",
                "the folder for intermediate files lies inside the repository",
                self._base,
            )
        if not self._base.is_dir():
            raise _invalid("scratch-missing", "the folder for intermediate files does not exist", self._base)
        self._folder: Path | None = None
        self._lock: int | None = None
        self._memory = memory
        self._held = 0
        self._holding = Lock()
        # Of each name, in order: frames in memory, and lengths of those that lie in its file one after the other.
        self._parts: dict[str, list[pl.DataFrame | int]] = {}

    @property
    def folder(self) -> Path:
        """Return the folder, mode 0700."""
        if self._folder is None:
            msg = "a scratch folder exists inside its context only"
            raise RuntimeError(msg)
        return self._folder

    def __enter__(self) -> Self:
        self._remove_left_overs()
        folder = self._base / (_PREFIX + secrets.token_hex(8))
        self._lock = _locked(folder)
        folder.mkdir(mode=0o700)
        self._folder = folder
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None and self._lock is not None:
            _remove(self._folder)
            os.close(self._lock)
        self._folder = self._lock = None
        self._parts.clear()

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Keep *frame* as the next part of *name*, a word of letters, digits and hyphens: one file at most for each name."""
        if not self._hold(name, frame):
            part = frame.write_ipc(None, compression="uncompressed").getbuffer()
            with self._path(name).open("ab") as file:
                file.write(part)
            self._parts.setdefault(name, []).append(len(part))

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Keep *frame* as *name*, in place of what was there."""
        self.remove(name)
        if not self._hold(name, frame):
            frame.write_ipc(self._path(name), compression="uncompressed")
            self._parts[name] = [self._path(name).stat().st_size]

    def read(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the parts of *name*, one after the other, in memory; with *columns* only these.

        Raises:
            KeyError: nothing was written under this name.
        """
        chosen = None if columns is None else list(columns)
        if len(self._parts[name]) == 1 and isinstance(self._parts[name][0], int):
            return pl.read_ipc(self._path(name), columns=chosen)
        return pl.concat(part if chosen is None else part.select(chosen) for part in self._each(name))

    def find(self, name: str, column: str, values: pl.Series) -> pl.DataFrame:
        """Return the rows of *name* whose *column* has one of *values*, part by part, so that the rest is not kept.

        Raises:
            KeyError: nothing was written under this name.
        """
        wanted = values.implode()
        return pl.concat(part.filter(part[column].is_in(wanted)) for part in self._each(name))

    def remove(self, name: str) -> None:
        """Remove the parts of *name*; harmless where there are none."""
        parts = self._parts.pop(name, [])
        if any(isinstance(part, int) for part in parts):
            self._path(name).unlink()
        with self._holding:
            self._held -= sum(_size(part) for part in parts if not isinstance(part, int))

    def _hold(self, name: str, frame: pl.DataFrame) -> bool:
        """Keep *frame* in memory as the next part of *name* if there is room."""
        size = _size(frame)
        with self._holding:
            if self._held + size > self._memory:
                return False
            self._held += size
        self._parts.setdefault(name, []).append(frame)
        return True

    def _each(self, name: str) -> Iterator[pl.DataFrame]:
        with ExitStack() as stack:
            file: BinaryIO | None = None
            for part in self._parts[name]:
                if isinstance(part, pl.DataFrame):
                    yield part
                    continue
                file = file or stack.enter_context(self._path(name).open("rb"))
                yield pl.read_ipc(file.read(part))

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.arrows"

    def _remove_left_overs(self) -> None:
        """Remove folders of processes of this user that died."""
        for lock in self._base.glob(f"{_PREFIX}*{_LOCK}"):
            with contextlib.suppress(OSError):
                descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    found = os.fstat(descriptor)
                    if stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid():
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        _remove(lock.with_suffix(""))
                finally:
                    os.close(descriptor)


def _size(frame: pl.DataFrame) -> int:
    """Return about how many bytes *frame* takes, what it shares with other frames included."""
    # Polars counts the characters of texts, but not where they are.
    views = sum(_VIEW_BYTES for kind in frame.dtypes if kind == pl.String)
    return int(frame.estimated_size()) + views * frame.height


def _locked(folder: Path) -> int:
    """Return a descriptor that holds the lock beside *folder*, which appears under its name with the lock taken."""
    new = folder.with_name(folder.name + ".new")
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    new.rename(folder.with_name(folder.name + _LOCK))
    return descriptor


def _remove(folder: Path) -> None:
    """Remove *folder*, then the lock beside it, which this process holds; the lock stays where the folder would not go."""
    if folder.is_symlink():
        return
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        folder.with_name(folder.name + _LOCK).unlink(missing_ok=True)


def _invalid(code: str, message: str, folder: Path) -> InvalidError:
    return InvalidError(
        [
            Problem(
                code=code,
                message=message,
                where=Where(path=str(folder)),
                hint="Set RUNNER_SCRATCH to an existing folder outside the repository.",
            )
        ]
    )
