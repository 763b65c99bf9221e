"""What `runner doctor` finds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.errors import Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: ``ok``, ``note`` or ``FAIL``, and the exit code of a failure."""

    check: str
    state: str
    text: str
    exit: "Exit | None" = None
