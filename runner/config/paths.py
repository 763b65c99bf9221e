"""Paths that campaign files name: each resolves, through links, to a regular file inside a folder that is allowed.

Campaign files come from pull requests and are hostile until merged: no path may read the machine it is planned on.
"""

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runner.config.document import as_written
from runner.config.findings import Findings, quoted
from runner.config.positions import KeyPath
from runner.errors import Problem, Where

NOT_THERE_YET = ("s3://", "gs://", "az://")
AUDIENCE_ENDINGS = (".csv", ".parquet")

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GLOB = re.compile(r"[*?\[\]{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file may lie.

    Attributes:
        base: the folder that relative paths start from.
        folders: real paths of the folders that it must be in.
        endings: the endings that it may have, lower case.
        described: completes "must lie in …".
    """

    base: Path
    folders: tuple[Path, ...]
    endings: tuple[str, ...]
    described: str


def resolve_file(
    findings: Findings, path: KeyPath, written: str, place: Place, *, may_be_absent: bool = False
) -> Path | None:
    """Return the absolute real path of the file that *written*, the value at *path*, names.

    None where there is no such file and it *may_be_absent*, or where something is wrong, which is added to *findings*.
    """
    wrong = _wrong_text(written)
    if wrong is not None:
        findings.at_value(path, *wrong)
        return None
    try:
        real = (place.base / written).resolve()
        mode = real.stat().st_mode if _is_inside(real, place.folders) else None
    except FileNotFoundError:
        if not may_be_absent:
            findings.at_value(
                path, "file-missing", f"`{as_written(path)}`: there is no file {quoted(written)}"
            )
        return None
    except (OSError, RuntimeError, ValueError):
        # Unreadable folders, names that are too long, links in a circle.
        findings.at_value(
            path, "file-unreadable", f"`{as_written(path)}`: {quoted(written)} cannot be reached"
        )
        return None
    if mode is None:
        message = f"`{as_written(path)}`: {quoted(written)} must lie in {place.described}"
        findings.at_value(path, "path-outside", message)
        return None
    if not stat.S_ISREG(mode):
        message = f"`{as_written(path)}`: {quoted(written)} is not a regular file"
        findings.at_value(path, "not-a-file", message)
        return None
    if not all(name.lower().endswith(place.endings) for name in (written, real.name)):
        message = f"`{as_written(path)}`: {quoted(written)} must be a {' or '.join(place.endings)} file"
        findings.at_value(path, "file-ending", message)
        return None
    return real


def _wrong_text(written: str) -> tuple[str, str] | None:
    """Return code and message of what is wrong with a path as text."""
    if written.startswith(NOT_THERE_YET):
        return "path-scheme", "object storage is not there yet: name a file on disk"
    if _SCHEME.match(written):
        return "path-scheme", "addresses are not read: name a file on disk"
    if _CONTROL.search(written):
        return "path-characters", "a path holds no control characters"
    if _GLOB.search(written):
        return "path-glob", f"{quoted(written)} is a pattern; a path names one file"
    return None


def audience_folders(root: Path, sources: Iterable[str]) -> tuple[Path, ...]:
    """Return the real paths of the folders that audiences may lie in: *root*, and the *sources* that are folders."""
    return (root, *(Path(source).resolve() for source in sources if not _SCHEME.match(source)))


def links_outside(folder: Path, *, inside: Path, root: Path) -> list[Problem]:
    """Return a problem for each symbolic link in *folder*, itself included, that leaves the real path *inside*."""
    links = [link for link in _links(folder) if not stays_inside(link, inside)]
    return [outside_problem(link, inside=inside, root=root) for link in links]


def stays_inside(file: Path, folder: Path) -> bool:
    """Tell whether the real path of *file* lies in the real path *folder*; links in a circle lie nowhere."""
    try:
        return file.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def outside_problem(link: Path, *, inside: Path, root: Path) -> Problem:
    """Return the problem of a *link* that leaves *inside*."""
    where = Where(path=link.relative_to(root).as_posix())
    message = f"this symbolic link leads out of {inside.name if inside != root else 'the root'}"
    return Problem(code="link-outside", message=message, where=where, hint="commit the file itself")


def _links(folder: Path) -> Iterable[Path]:
    if folder.is_symlink():
        yield folder
    for at, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            found = Path(at) / name
            if found.is_symlink():
                yield found


def _is_inside(real: Path, folders: Iterable[Path]) -> bool:
    return any(real.is_relative_to(folder) for folder in folders)
