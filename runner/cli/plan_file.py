"""Saved plans on disk."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from runner.errors import MismatchError
from runner.frames import APPROVAL, PERSON
from runner.planning.saved import SavedPlan, decode, encode
from runner.preview.prepared import Prepared, Preview
from runner.views.plan_json import plan_value

_MAX_BYTES = 2_000_000_000


def write_plan(path: Path, preview: Preview, printed: Sequence[str]) -> None:
    """Write *preview*, *printed* as these lines, as a saved plan, readable by its owner only, whole or not at all."""
    pairs = {prepared.plan.name: _pairs(prepared) for prepared in preview.prepared}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(encode(plan_value(preview.plan), printed, pairs))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_plan(path: Path) -> SavedPlan:
    """Return the saved plan at *path*, its digest recomputed.

    Raises:
        MismatchError: there is none, or it was edited or damaged.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            message = f"{path} is too large to be a saved plan"
            raise MismatchError(message, code="plan-damaged")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the saved plan {path} cannot be read"
        raise MismatchError(
            message, hint="write it with `runner plan --out FILE`", code="plan-missing"
        ) from error
    return decode(text)


def _pairs(prepared: Prepared) -> Iterator[pl.DataFrame]:
    return (frame.select(PERSON, APPROVAL) for frame in prepared.ranges())
