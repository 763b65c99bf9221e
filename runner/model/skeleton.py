"""Texts with their per-callee values cut out. Personal data once constants are folded: in no plan, receipt or log."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one of the vendor's per-callee variables, 1-based."""

    number: int


Piece = str | Slot
Skeleton = tuple[Piece, ...]
"""Literals and slots in order; no two literals side by side."""
