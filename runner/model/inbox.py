"""What was pushed, as it came."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The body of one push, which nobody has interpreted yet: it may be anything, and it may hold numbers.

    Attributes:
        id: of the inbox; never given twice.
        at: when it was received, aware, UTC.
    """

    id: int
    at: datetime
    body: bytes
