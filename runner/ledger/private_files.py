"""Files that only their owner may read, written so that a reader sees all of one or none."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from runner.errors import LedgerError

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(folder: Path) -> None:
    """Make *folder* and what is missing above it, durably, each readable by its owner alone.

    The topmost of them tells git to leave it alone, since a ledger and its key must not be committed with the campaigns.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(place.parent)
    if missing:
        (missing[-1] / ".gitignore").write_text("*\n", encoding="utf-8")


def refuse_public(path: Path) -> None:
    """Return if only its owner can read *path*, and nobody else can replace it.

    Raises:
        LedgerError: others can.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise LedgerError(
            f"{path} can be read by others than its owner", hint=f"chmod 600 {path}", code="ledger-public"
        )
    mode = path.parent.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        raise LedgerError(
            f"{path.parent} can be written by others than its owner, who could replace {path.name}",
            hint=f"chmod 700 {path.parent}",
            code="ledger-public",
        )


def write_new(path: Path, content: bytes) -> bool:
    """Write *content* to *path*, mode 0600, durably, where there is no such file; return whether it was written."""
    draft = draft_of(path)
    try:
        _write(draft, content, mode=FILE_MODE)
        return put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file, mode 0600, that gets the name *path*, durably, when the block ends; nothing is left if it fails.

    Raises:
        LedgerError: there is something at *path*, or it cannot be written.
    """
    with _made_at(path):
        draft = draft_of(path)
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(handle)
            if not put_in_place(draft, path):
                raise _taken(path)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder, mode 0700, that gets the name *path* when the block ends; nothing is left if it fails.

    Raises:
        LedgerError: there is something at *path*, or it cannot be written.
    """
    with _made_at(path):
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            draft.mkdir(mode=FOLDER_MODE)
            yield draft
            if path.exists():
                raise _taken(path)
            draft.rename(path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        sync_folder(path.parent)


@contextmanager
def _made_at(path: Path) -> Iterator[None]:
    try:
        if path.exists():
            raise _taken(path)
        yield
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}", code="export-unwritable") from error


def _taken(path: Path) -> LedgerError:
    return LedgerError(f"there is a {path} already", hint="Choose another name.", code="export-unwritable")


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write or replace *path* durably: after a crash there is the old file or the new one."""
    draft = draft_of(path)
    try:
        _write(draft, content, mode=mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def draft_of(path: Path) -> Path:
    """Return where this process writes what becomes *path*; a left-over of an earlier process of this id is removed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    return draft


def put_in_place(draft: Path, path: Path) -> bool:
    """Give the finished file *draft* the name *path* durably, and take its own away; return False where *path* is taken.

    A link, since a rename would replace what another process has put there meanwhile.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Return when the names in *folder* are durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(draft: Path, content: bytes, *, mode: int) -> None:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
