"""The ledger as its writers see it: appended to under a lock on its head, one durable commit at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine, insert, select, update

from runner.errors import LedgerError
from runner.ledger import lease as leases_of
from runner.ledger.blocks import Block, block_sha256, packed_block
from runner.ledger.chain import entry_of, next_header
from runner.ledger.database import Database, explained, writing
from runner.ledger.facts import instant_text, stored
from runner.ledger.reader import SqlReader, head_of, identity_of
from runner.ledger.schema import blocks, entries, heads
from runner.model.ledger import Bound, Entry, Fact, Genesis, Head, Lease, Owner, Sending

TERM_S = 60
"""How long a lease lasts without renewal."""

# Built once: building a statement costs as much as running it, and each task runs these.
_INSERT_ENTRY = insert(entries)
_INSERT_BLOCK = insert(blocks)
_MOVE_HEAD = update(heads)


class SqlLedger(SqlReader):
    """A ledger that is written: `runner.ports.Ledger`. Threads of one process may share it.

    Args:
        database: where it is.
        engine: of that database, for writing.
        owner: this process.
        is_gone: whether another owner has certainly ended.
        term_s: of the leases that are taken here, seconds.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        *,
        owner: Owner,
        is_gone: Callable[[Owner], bool],
        term_s: int = TERM_S,
    ) -> None:
        super().__init__(database, engine)
        self._writer = writing(engine)
        self._owner = owner
        self._is_gone = is_gone
        self._term_s = term_s

    def acquire(self, campaign: str, *, now: datetime) -> Lease:
        """Take the lease of *campaign* for this process.

        Raises:
            LedgerError: somebody holds it and is not provably gone; the message says who, since when, and what to do.
        """
        with self._writing() as (connection, head):
            return leases_of.take(
                connection,
                campaign,
                owner=self._owner,
                term_s=self._term_s,
                head=head,
                now=now,
                is_gone=self._is_gone,
            )

    def renew(self, lease: Lease, *, now: datetime) -> Lease:
        """Return the lease, renewed.

        Raises:
            LedgerError: it was taken over (code `runner.ledger.lease.LOST`), or the database failed.
        """
        with self._writing() as (connection, _):
            return leases_of.renew(connection, lease, now=now)

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens where it was lost."""
        with self._writing() as (connection, _):
            leases_of.give_back(connection, lease)

    def intend(self, sending: Sending, block: pl.DataFrame, *, lease: Lease, now: datetime) -> Entry:
        """Append *sending* with its *block* (PERSON, CONTENT, sorted) in one durable commit.

        Raises:
            LedgerError: the lease was lost, or a `Sending` of this campaign was appended after `sending.planned_at` under
                another lease, or the plan was made on entries that this ledger does not have. Nothing was appended.
            ValueError: the block is not what `sending` says, or the lease is of another campaign or epoch.
        """
        if (lease.campaign, lease.epoch) != (sending.task.campaign, sending.epoch):
            raise ValueError("an intent is made under the lease that it names")
        if block.height != sending.people:
            raise ValueError("an intent has as many people as its block")
        packed = packed_block(0, block)
        payload_sha256 = block_sha256(packed)
        with self._writing() as (connection, head):
            taken_at_sequence = leases_of.require(connection, lease)
            _refuse_newer(connection, sending, head=head, taken_at_sequence=taken_at_sequence)
            return append(connection, head, sending, now=now, block=packed, payload_sha256=payload_sha256)

    def record(self, fact: Fact, *, now: datetime) -> Entry:
        """Append evidence, durably, on whatever the head is now.

        Raises:
            ValueError: it is no evidence, but an intent or the beginning of a ledger.
        """
        if isinstance(fact, Sending | Genesis):
            raise ValueError(f"a {type(fact).__name__} is no evidence")  # noqa: TRY004  of the right type, at the wrong door
        with self._writing() as (connection, head):
            return append(connection, head, fact, now=now)

    def bind(self, account: str, *, seen: str | None, now: datetime) -> bool:
        """Append that the ledger belongs to *account*, if it still belongs to *seen*; return whether it did.

        Two first applies may come here at once, each with its own account: one of them must learn of the other.
        """
        with self._writing() as (connection, head):
            if identity_of(connection).account != seen:
                return False
            append(connection, head, Bound(account=account), now=now)
            return True

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Head]]:
        """Open a transaction that nobody appends beside; what it wrote is durable when the block has ended."""
        with explained(self._database), self._writer.begin() as connection:
            yield connection, head_of(connection, lock=True)


def append(
    connection: Connection,
    head: Head,
    fact: Fact,
    *,
    now: datetime,
    block: Block | None = None,
    payload_sha256: str | None = None,
) -> Entry:
    """Write *fact* after *head*, which the caller has locked, with its *block*, and return its entry."""
    header = next_header(head, at=instant_text(now), fact=stored(fact), payload_sha256=payload_sha256)
    connection.execute(_INSERT_ENTRY, header._asdict())
    if block is not None:
        connection.execute(_INSERT_BLOCK, block._replace(sequence=header.sequence)._asdict())
    connection.execute(_MOVE_HEAD, {"sequence": header.sequence, "hash": header.hash})
    return entry_of(header)


def _refuse_newer(connection: Connection, sending: Sending, *, head: Head, taken_at_sequence: int) -> None:
    """Return if nobody else sent anything for the campaign of *sending* since that was planned.

    What was sent since the lease was taken was sent under it, so only what came between plan and lease is looked at.
    """
    if sending.planned_at > head.sequence:
        raise LedgerError(
            f"the plan was made when the ledger had {sending.planned_at} entries, now it has {head.sequence}",
            hint="The ledger was set back, or is another one. Restore it, then plan again.",
            code="ledger-rolled-back",
        )
    if sending.planned_at >= taken_at_sequence:
        return
    newer = select(entries.c.sequence).where(
        entries.c.campaign == sending.task.campaign,
        entries.c.kind == "sending",
        entries.c.sequence > sending.planned_at,
        entries.c.sequence <= taken_at_sequence,
    )
    if connection.execute(newer.limit(1)).first() is not None:
        raise LedgerError(
            f"somebody else sent a task of campaign {sending.task.campaign} after this was planned",
            hint="Repeat the command: it plans again.",
            code="ledger-moved-on",
        )
