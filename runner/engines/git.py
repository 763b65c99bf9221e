"""What git says of files of a campaign repository."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

_TIMEOUT_S = 20
_COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks *path*, a real path. Outside of git nothing is tracked."""
    return bool(_run(path.parent, "--literal-pathspecs", "ls-files", "-z", "--", path.name))


def is_ignored(path: Path) -> bool:
    """Tell whether git ignores *path*."""
    # Git knows no literal paths here; with a folder before it, a name is no pattern.
    return _run(path.parent, "check-ignore", "--quiet", "--", f"./{path.name}") is not None


def is_repository(root: Path) -> bool:
    """Tell whether *root* lies in the work tree of a git repository."""
    return _run(root, "rev-parse", "--is-inside-work-tree") == "true\n"


def commit_of(root: Path) -> str | None:
    """Return the commit that is checked out at *root*, 40 hex digits; None outside git or before the first commit."""
    said = _run(root, "rev-parse", "--verify", "HEAD")
    return said.strip() if said else None


def changed_files(root: Path, folders: Sequence[str]) -> tuple[str, ...] | None:
    """Return the files below *folders* of *root* that are not as in the commit: changed, new or ignored.

    Returns:
        Paths relative to *root*, sorted; None where git does not answer, which is not the same as none.
    """
    prefix = _run(root, "rev-parse", "--show-prefix")
    said = _run(
        root,
        "--literal-pathspecs",
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignored",
        "--",
        *folders,
    )
    if prefix is None or said is None:
        return None
    # Git counts from the top of its work tree, of which the root may be a folder.
    return tuple(sorted(one[3:].removeprefix(prefix.rstrip("\n")) for one in said.split("\0") if one))


def archive(root: Path, commit: str, folders: Sequence[str], *, but: str) -> bytes | None:
    """Return a tar archive of the files of *commit* below *folders* of *root*, without those below *but*.

    The work tree is neither read nor changed.

    Returns:
        None where *commit* is no whole commit id, git does not have it, or it has no such folder.
    """
    if not _COMMIT.fullmatch(commit):
        return None
    return _printed(root, "archive", "--format=tar", commit, "--", *folders, f":(exclude){but}")


def _run(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, as text; None where it fails."""
    printed = _printed(folder, *arguments)
    return None if printed is None else printed.decode("utf-8", "surrogateescape")


def _printed(folder: Path, *arguments: str) -> bytes | None:
    """Return what git prints; None where it fails. Its environment is bare but for PATH and HOME."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
