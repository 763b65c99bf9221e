"""The file `HALT` in the root of a campaign repository: as long as it is there, nothing is sent."""

import os
import stat
from pathlib import Path

from runner.model.halt import Halt

FILE = "HALT"

_MOST_BYTES = 1000
_MOST_CHARACTERS = 200


def halt_file(root: Path) -> Halt | None:
    """Return the stop that the file under *root* says; None where there is no such file.

    Whatever is there by that name stops everything, also what cannot be read. Its first line is the reason, and only of a
    regular file: a link from a pull request must not print what it leads to.
    """
    file = root / FILE
    try:
        is_regular = stat.S_ISREG(file.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        is_regular = False
    reason = _first_line(file) if is_regular else ""
    return Halt(reason=reason, by=None, since=None, lift="remove the file HALT when calls may go on")


def _first_line(file: Path) -> str:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            head = os.read(handle, _MOST_BYTES)
        finally:
            os.close(handle)
    except OSError:
        return ""
    lines = head.decode("utf-8-sig", errors="replace").strip().splitlines()
    return lines[0].strip()[:_MOST_CHARACTERS] if lines else ""
