"""Saved plans on disk."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from runner.digest.keys import LedgerKey
from runner.errors import InvalidError, MismatchError, Problem
from runner.frames import APPROVAL, PERSON
from runner.planning.saved import SavedPlan, decode, encode, seal_of
from runner.preview.prepared import Prepared, Preview
from runner.views.plan_json import plan_value

_MAX_BYTES = 2_000_000_000


def write_plan(path: Path, preview: Preview, printed: Sequence[str], *, key: LedgerKey) -> None:
    """Write *preview*, *printed* as these lines, as a saved plan, readable by its owner only, whole or not at all.

    Raises:
        InvalidError: it cannot be written there.
    """
    plan = preview.plan
    pairs = {prepared.plan.name: _pairs(prepared) for prepared in preview.prepared}
    seal = seal_of(key, digest=plan.digest, created_at=plan.created_at)
    try:
        if path.is_dir():
            raise IsADirectoryError
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
        ) as file:
            try:
                file.writelines(encode(plan_value(plan), printed, pairs, seal=seal))
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        message = f"the plan cannot be saved as {path}: {error.strerror or 'it is a folder'}"
        raise InvalidError([Problem(code="plan-unwritable", message=message)]) from error


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
