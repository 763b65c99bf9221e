"""What a ledger belongs to, as its own entries say."""

from sqlalchemy import Connection, select

from runner.ledger.chain import Header, entry_of, tampered
from runner.ledger.schema import entries
from runner.model.ledger_fact import Bound, Genesis
from runner.model.ledger_identity import LedgerIdentity


def identity_of(connection: Connection) -> LedgerIdentity:
    """Return what the ledger belongs to, from its first entry and the newest one that binds it.

    Raises:
        LedgerError: its first entry is not the one that begins a ledger.
    """
    first = connection.execute(select(entries).where(entries.c.sequence == 1)).one_or_none()
    genesis = entry_of(Header(*first)).fact if first else None
    if not isinstance(genesis, Genesis):
        raise tampered(1, "is not the one that begins a ledger")
    newest = select(entries).where(entries.c.kind == "bound").order_by(entries.c.sequence.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    bound = entry_of(Header(*row)).fact if row else None
    return LedgerIdentity(
        lineage=genesis.lineage,
        environment=genesis.environment,
        key_id=genesis.key_id,
        account=bound.account if isinstance(bound, Bound) else None,
    )
