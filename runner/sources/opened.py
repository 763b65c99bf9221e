"""A regular file, opened once: what is hashed, parsed and named in the receipt are the same bytes."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from runner.errors import InvalidError, Problem, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open regular file and what the file system said of it then.

    Attributes:
        path: as it was opened.
        where: the file as messages name it.
        size: bytes.
        modified_ns: time of the last change, nanoseconds since the epoch.
    """

    path: Path
    file: BinaryIO
    where: Where
    size: int
    modified_ns: int

    @classmethod
    def open(cls, path: Path, *, display: str) -> Self:
        """Open *path* for reading; messages call it *display*.

        Raises:
            InvalidError: it does not exist, may not be read, or is no regular file (a directory, device or pipe).
        """
        where = Where(path=display)
        try:
            # Without O_NONBLOCK a named pipe would wait here for somebody to write.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise InvalidError(
                [Problem(code="file-missing", message="the file does not exist", where=where)]
            ) from None
        except OSError:
            raise InvalidError(
                [
                    Problem(
                        code="file-unreadable", message="the file cannot be opened for reading", where=where
                    )
                ]
            ) from None
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise InvalidError(
                [Problem(code="not-a-file", message="this is not a regular file", where=where)]
            )
        return cls(
            path=path,
            file=os.fdopen(descriptor, "rb", buffering=0),
            where=where,
            size=found.st_size,
            modified_ns=found.st_mtime_ns,
        )

    def check_unchanged(self) -> None:
        """Raise `InvalidError` where the file was written to, or another took its place, since it was opened."""
        try:
            now, there = os.fstat(self.file.fileno()), self.path.stat()
        except OSError:
            raise self._changed() from None
        same_file = (now.st_dev, now.st_ino) == (there.st_dev, there.st_ino)
        if not same_file or (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns):
            raise self._changed()

    def _changed(self) -> InvalidError:
        return InvalidError(
            [
                Problem(
                    code="file-changed",
                    message="the file was changed while it was being read",
                    where=self.where,
                    hint="Write to another name and rename it when it is complete.",
                )
            ]
        )
