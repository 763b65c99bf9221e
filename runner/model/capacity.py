"""What one request of the vendor can carry, as the compiler needs to know it; the adapter supplies the numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Limits of a task's texts. Lengths are in UTF-16 units.

    Attributes:
        slots: how many values per callee all texts of a task share.
        slot_units: longest value of a slot; longer ones would be cut silently.
        text_units: longest expanded text and longest skeleton, placeholders included.
        opening: text that begins a placeholder; it may stand in no expanded text and in no skeleton.
        escape: character that may not stand before a placeholder.
        placeholder_units: length of the placeholder of slot n, for n = 1 … `slots`.
    """

    slots: int
    slot_units: int
    text_units: int
    opening: str
    escape: str
    placeholder_units: tuple[int, ...]
