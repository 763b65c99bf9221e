"""The proof that slots say what was rendered: every slot is what the vendor passes on whole, every text comes out again."""

from collections.abc import Sequence

import polars as pl

from runner.compile.slots.characters import all_show, units_of
from runner.compile.slots.layout import Cohort
from runner.frames import slot, text
from runner.model.capacity import Capacity
from runner.model.skeleton import Skeleton, Slot

PROOF_ROWS = 100_000
"""Rows that are substituted back at once; all at once would take more memory than everything else together."""


class ProofError(RuntimeError):
    """Slots do not give back the text that was rendered: a fault of the compiler, never of its input."""


def prove(rows: pl.DataFrame, cohort: Cohort, texts: Sequence[str], capacity: Capacity) -> None:
    """Check *rows*, all of *cohort*, with their slots and their expanded *texts*.

    Raises:
        ProofError: a slot is too long, null or blank, or a text is not what its skeleton and the slots give.
    """
    for start in range(0, rows.height, PROOF_ROWS):
        batch = rows.slice(start, PROOF_ROWS)
        for source in cohort.sources:
            for number in source.slots:
                _prove_slot(batch[slot(number)], number, capacity)
        wanted = {text(number): skeleton for number, skeleton in cohort.skeletons.items()}
        for name in texts:
            expected = _substituted(wanted[name]) if name in wanted else pl.lit(None, dtype=pl.String)
            if batch.select(pl.col(name).ne_missing(expected).any()).item():
                raise ProofError(f"{name} is not what its slots give")
        if missing := wanted.keys() - set(texts):
            raise ProofError(f"nothing to compare with: {sorted(missing)}")


def _prove_slot(values: pl.Series, number: int, capacity: Capacity) -> None:
    if values.null_count() or not all_show(values) or int(units_of(values).max()) > capacity.slot_units:  # type: ignore[arg-type]
        raise ProofError(f"slot {number} holds what the vendor would not pass on whole")


def _substituted(skeleton: Skeleton) -> pl.Expr:
    pieces = [pl.col(slot(piece.number)) if isinstance(piece, Slot) else pl.lit(piece) for piece in skeleton]
    return pl.concat_str(pieces) if pieces else pl.lit("")
