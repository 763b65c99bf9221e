"""Which campaigns a command is about: the root of the repository, and the campaign files in it."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from runner.errors import ExpectationError, InvalidError, Problem

CAMPAIGNS = "campaigns"
TEMPLATES = "templates"
NOT_CAMPAIGNS = ("policy.toml", "environments.toml", "receipts")
"""Directly below `campaigns/`."""


def find_root(start: Path) -> Path:
    """Return the real path of the nearest folder at or above *start*, a file or folder, with `campaigns/` and `templates/`.

    Raises:
        InvalidError: there is none.
    """
    at = start.absolute()
    folders = [at, *at.parents]
    for folder in folders:
        if (folder / CAMPAIGNS).is_dir() and (folder / TEMPLATES).is_dir():
            return folder.resolve()
    half = next((folder for folder in folders if (folder / CAMPAIGNS).is_dir()), None)
    hint = "a campaign repository has the folders campaigns/ and templates/: make them where there are none"
    if half is not None:
        hint = f"{half} has campaigns/; make a folder templates/ beside it"
    problem = Problem(code="no-root", message="this is no campaign repository", hint=hint)
    raise InvalidError([problem])


def find_campaigns(root: Path, paths: Sequence[Path] | None) -> list[Path]:
    """Return the campaign files of *root* that *paths*, files or folders, name; all without *paths*. Absolute, sorted.

    Raises:
        ExpectationError: no campaign was found, or one of *paths* holds none.
    """
    everything = sorted(_walk(root / CAMPAIGNS))
    if not paths:
        if not everything:
            raise ExpectationError(f"there is no campaign in {root / CAMPAIGNS}", code="empty-selection")
        return everything
    found: set[Path] = set()
    for path in paths:
        wanted = Path(os.path.normpath(path.absolute()))
        # `root` is real, what was typed need not be.
        beginnings = {wanted, wanted.parent.resolve() / wanted.name}
        here = [file for file in everything if any(file.is_relative_to(start) for start in beginnings)]
        if not here:
            message = f"{path} is no campaign and holds none"
            hint = "campaigns are the .toml files below campaigns/, but for policy.toml, environments.toml and receipts/"
            raise ExpectationError(message, hint=hint, code="empty-selection")
        found.update(here)
    return sorted(found)


def _walk(folder: Path) -> Iterable[Path]:
    for at, folders, files in os.walk(folder):
        is_top = Path(at) == folder
        folders[:] = [n for n in folders if not n.startswith(".") and not (is_top and n in NOT_CAMPAIGNS)]
        for name in files:
            is_campaign = name.endswith(".toml") and not name.startswith(".")
            if is_campaign and not (is_top and name in NOT_CAMPAIGNS):
                yield Path(at) / name
