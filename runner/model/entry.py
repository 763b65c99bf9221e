"""Facts, chained: an entry of the ledger, and the head of the chain."""

from dataclasses import dataclass
from datetime import datetime

from runner.model.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact in the chain.

    Attributes:
        sequence: 1, 2, 3 … without gaps.
        at: when it was appended, aware, UTC, by the clock of whoever appended it: for people, never compared.
        payload_sha256: digest of the block that belongs to it; None where there is none.
        previous: hash of the entry before; 64 zeros before the first.
        hash: SHA-256 over all of the above and the fact.
    """

    sequence: int
    at: datetime
    fact: Fact
    payload_sha256: str | None
    previous: str
    hash: str

    @property
    def head(self) -> "Head":
        """Return the head of a ledger whose newest entry this is."""
        return Head(sequence=self.sequence, hash=self.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a ledger; sequence 0 and 64 zeros where there is none."""

    sequence: int
    hash: str


EMPTY_HEAD = Head(sequence=0, hash="0" * 64)
