"""Names of tasks: the fence outside our own disk, since the vendor takes a name only once."""

import base64
import hashlib
import re

import polars as pl

from runner.digest.packed import pack
from runner.model.task_id import TaskId

_DIGITS = 14
_PATTERN = "[a-z2-7]{14}"
_FORM = re.compile(rf"([a-z0-9-]{{2,32}})\.([A-Za-z0-9][A-Za-z0-9._-]{{0,15}})\.{_PATTERN}")


def task_name(campaign: str, edition: str, approvals: pl.Series, *, generation: int) -> str:
    """Return ``{campaign}.{edition}.{14 base32 digits}``, at most 64 characters.

    The digits are 70 bits of SHA-256 over the *approvals* (UInt128), sorted here, and the *generation*: how many tasks
    of this campaign and edition ended rejected, failed or cancelled, so that no name ever comes back.
    """
    digest = hashlib.sha256(f"task/1\n{generation}\n".encode() + pack(approvals.sort())).digest()
    return f"{campaign}.{edition}.{base64.b32encode(digest).decode().lower()[:_DIGITS]}"


def task_id_of(name: str) -> TaskId | None:
    """Return whose task *name* is, by its form alone; None where it has not the form of a task name."""
    found = _FORM.fullmatch(name)
    return None if found is None else TaskId(campaign=found[1], edition=found[2], name=name)


def name_prefix(campaign: str, edition: str) -> str:
    """Return what every task name of this campaign and edition begins with."""
    return f"{campaign}.{edition}."


def is_ours(name: str, campaign: str, edition: str) -> bool:
    """Tell whether *name* has exactly the form of a task name of this campaign and edition."""
    return re.fullmatch(re.escape(name_prefix(campaign, edition)) + _PATTERN, name) is not None
