"""Receipts: what an apply leaves outside the ledger, so that a ledger which is older or another one can be told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTask:
    """A task as a receipt names it."""

    name: str
    people: int
    state: str
    job_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptHead:
    """What a receipt says of the ledger and of the apply as a whole: all that can contradict a ledger.

    Attributes:
        sequence: of the ledger's head when the receipt was begun.
        head: hash at that sequence.
        commit: of the repository; None outside git.
        complete: False until the apply that began it, or a later one, finished it.
    """

    environment: str
    campaign: str
    edition: str
    account: str
    key_id: str
    lineage: str
    sequence: int
    head: str
    began_at: datetime
    commit: str | None
    plan_digest: str
    acknowledged: int
    rows: int
    complete: bool

    @property
    def name(self) -> str:
        """Return what tells it from every other receipt of its environment, such as ``overdue/2026-11/12-0123abcd``."""
        return f"{self.campaign}/{self.edition}/{self.sequence}-{self.lineage[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(ReceiptHead):
    """What one apply did for one campaign; no personal data. Written before its first request and completed after.

    Attributes:
        inputs: address → SHA-256 (hex) of each audience and exclusion file that was read.
    """

    inputs: dict[str, str]
    tasks: tuple[ReceiptTask, ...]
