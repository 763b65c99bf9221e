"""Who this process is, and whether another one is provably gone.

Gone is a proof, not a guess: a process that merely cannot be seen from here (another machine, another container) is not
gone. Facts about ``/proc`` are from proc(5), pid_namespaces(7) and kill(2), and were tried on Linux 5 and 6.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from runner.model.lease import Owner

PROC = Path("/proc")
COMMAND_LENGTH = 200
UNKNOWN = ""
"""Boot id or namespace where the system has none to tell (macOS)."""

_STATE, _THREADS, _STARTED = 0, 17, 19  # fields 3, 20 and 22 of proc(5), counted after the command's bracket
_DEAD = frozenset("ZXx")
_STOPPED = frozenset("Tt")


@dataclass(frozen=True, slots=True)
class _Process:
    state: str
    threads: int
    started: int


def this_process() -> Owner:
    """Return this process as an owner."""
    pid = os.getpid()
    process = _process(pid)
    return Owner(
        host=os.uname().nodename,
        boot=_text(PROC / "sys/kernel/random/boot_id"),
        namespace=_namespace(),
        pid=pid,
        started=process.started if process else 0,
        user=_user(),
        command=_text(PROC / "self/cmdline")[:COMMAND_LENGTH].strip(),
    )


def is_gone(owner: Owner, *, on_one_machine: bool, here: Owner | None = None) -> bool:
    """Return whether the process of *owner* has certainly ended.

    Args:
        owner: as it described itself when it took its lease.
        on_one_machine: whether the ledger can only be used by the running kernel of one machine: then another boot of
            this host ended all that ran before. Elsewhere two machines may bear one name.
        here: this process; found out where it is not given.
    """
    here = here or this_process()
    if owner.boot != here.boot:
        return on_one_machine and owner.host == here.host and UNKNOWN not in {owner.boot, here.boot}
    if owner.namespace != here.namespace or (owner.boot == UNKNOWN and not on_one_machine):
        return False
    if not _exists(owner.pid):
        return True
    process = _process(owner.pid)
    if process is None:
        return False
    if process.started != owner.started:
        return True
    # A zombie has closed its sockets; but a leader that ended before its threads looks like one.
    return process.state in _DEAD and process.threads <= 1


def is_running(owner: Owner, *, here: Owner | None = None) -> bool:
    """Return whether the process of *owner* certainly runs: it can be seen from here, and is neither dead nor stopped."""
    here = here or this_process()
    if UNKNOWN in {owner.boot, owner.namespace} or (owner.boot, owner.namespace) != (
        here.boot,
        here.namespace,
    ):
        return False
    process = _process(owner.pid)
    return process is not None and process.started == owner.started and process.state not in _DEAD | _STOPPED


def described(owner: Owner) -> str:
    """Return *owner* for a message: user, host, process and command."""
    return f"{owner.person}, process {owner.pid}: {owner.command or 'unknown command'}"


def _exists(pid: int) -> bool:
    """Return whether there is a process *pid*, asking the kernel: /proc may hide those of other users."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _process(pid: int) -> _Process | None:
    """Return what /proc says of *pid*; None where there is none, or it shows another namespace than ours."""
    try:
        if int((PROC / "self").readlink().name) != os.getpid():
            return None
        fields = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return None
    return _Process(fields[_STATE].decode(), int(fields[_THREADS]), int(fields[_STARTED]))


def _namespace() -> str:
    """Return the namespaces that a process id and a start time belong to."""
    try:
        return " ".join(str((PROC / "self/ns" / kind).readlink()) for kind in ("pid", "time"))
    except OSError:
        return UNKNOWN


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _text(path: Path) -> str:
    """Return the text of a file under /proc; empty where there is none. NUL separates words there."""
    try:
        return path.read_bytes().decode("utf-8", "replace").replace("\0", " ").strip()
    except OSError:
        return UNKNOWN
