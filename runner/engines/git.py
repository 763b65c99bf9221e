"""What git says of files of a campaign repository. Outside of git, or without the command, nothing is tracked."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_TIMEOUT_S = 20


def is_tracked(path: Path) -> bool:
    """Tell whether git tracks *path*, a real path."""
    return bool(_lines(path.parent, "ls-files", "--error-unmatch", "--", path.name))


def is_ignored(path: Path) -> bool:
    """Tell whether git ignores *path*."""
    return bool(_lines(path.parent, "check-ignore", "--", path.name))


def is_repository(root: Path) -> bool:
    """Tell whether *root* lies in the work tree of a git repository."""
    return _lines(root, "rev-parse", "--is-inside-work-tree") == ["true"]


def commit_of(root: Path) -> str | None:
    """Return the commit that is checked out at *root*, 40 hex digits; None outside git or before the first commit."""
    lines = _lines(root, "rev-parse", "--verify", "HEAD")
    return lines[0] if lines else None


def changed_files(root: Path, folders: Sequence[str]) -> tuple[str, ...]:
    """Return the files below *folders* of *root* that differ from the commit, or are new to it, relative to *root*."""
    lines = _lines(root, "status", "--porcelain=v1", "--untracked-files=all", "--", *folders)
    return tuple(sorted(line[3:] for line in lines))


def _lines(folder: Path, *arguments: str) -> list[str]:
    """Return what git prints, by line; nothing where it fails. Its environment is bare but for PATH and HOME."""
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments],  # noqa: S607
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    if done.returncode != 0:
        return []
    return done.stdout.decode("utf-8", "replace").splitlines()
