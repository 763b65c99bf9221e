"""How much one request of the vendor carries. Imported while planning, so it costs nothing and needs no credentials."""

from runner.model.capacity import Capacity

SLOTS = 10
MAX_CALLEES = 100_000
"""Two of the four known versions of the send page say 100,000, the newest 200,000: the smaller one is safe."""


def placeholder(number: int) -> str:
    """Return what the vendor replaces by the callee's value number *number* (1-10)."""
    return f"${{text{number}}}"


CAPACITY = Capacity(
    slots=SLOTS,
    slot_units=30,
    text_units=1000,
    opening="${",
    escape="$",
    placeholder_units=tuple(len(placeholder(number)) for number in range(1, SLOTS + 1)),
)
"""Ten variables of 30 characters, longer ones being cut silently; texts of up to 1000 characters.

Whether the vendor counts code points or UTF-16 units is not documented: units are never fewer.

Source: laaffic.com, IVR group call, send page, read 2026-11-23.
"""
