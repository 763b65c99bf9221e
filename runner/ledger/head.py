"""The head of the chain, which whoever appends locks first, and the hashes that lead to it."""

from sqlalchemy import Connection, select

from runner.errors import LedgerError
from runner.ledger.chain import RECOVERY
from runner.ledger.frequent import Frequent
from runner.ledger.schema import entries, heads
from runner.model.entry import Head

_HEAD = Frequent(select(heads.c.sequence, heads.c.hash))
_LOCKED_HEAD = Frequent(select(heads.c.sequence, heads.c.hash).with_for_update())


def head_of(connection: Connection, *, lock: bool = False) -> Head:
    """Return the head; with *lock*, nobody else appends until the transaction ends."""
    rows = (_LOCKED_HEAD if lock else _HEAD).run(connection)
    if not rows:
        raise LedgerError("the ledger has lost its head", hint=RECOVERY, code="ledger-tampered")
    ((sequence, hash_),) = rows
    return Head(sequence=sequence, hash=hash_)


def hash_of(connection: Connection, sequence: int) -> str | None:
    """Return the hash of the entry *sequence*; None where there is none."""
    return connection.scalar(select(entries.c.hash).where(entries.c.sequence == sequence))
