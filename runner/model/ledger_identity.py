"""Whose a ledger is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerIdentity:
    """What a ledger belongs to. `account` is None until its first apply."""

    lineage: str
    environment: str
    key_id: str
    account: str | None
