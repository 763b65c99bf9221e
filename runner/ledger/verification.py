"""Verifying a ledger: its chain is followed from where it was verified before, and on demand everything is checked anew."""

from sqlalchemy import Connection, bindparam, select

from runner.ledger.chain import Header, entry_of, followed, tampered
from runner.ledger.checked import batches, checked_blocks, checked_outcomes
from runner.ledger.frequent import Frequent
from runner.ledger.head import head_of
from runner.ledger.schema import blocks, entries, outcomes
from runner.model.entry import EMPTY_HEAD, Head
from runner.model.outcome_fact import OutcomesErased

_NEWER = Frequent(select(entries).where(entries.c.sequence > bindparam("after")).order_by(entries.c.sequence))


class Verification:
    """Knows up to which entry the chain was found whole."""

    __slots__ = ("_verified",)

    def __init__(self) -> None:
        self._verified = EMPTY_HEAD

    def follow(self, connection: Connection) -> list[int]:
        """Follow the chain from where it was verified to its head; return the new entries that have a block.

        Raises:
            LedgerError: a header does not hash to what it says, or does not follow the one before it, or one is missing.
        """
        head, last = head_of(connection), self._verified
        with_block = []
        newer = (Header(*row) for row in _NEWER.run(connection, {"after": last.sequence}))
        for header in followed(newer, after=last):
            if (header.sequence == 1) != (header.kind == "genesis"):
                raise tampered(header.sequence, "is not the kind of entry that stands there")
            if header.payload_sha256 is not None:
                with_block.append(header.sequence)
            last = Head(sequence=header.sequence, hash=header.hash)
        if last != head:
            raise tampered(head.sequence, "is not the newest, as the ledger says")
        self._verified = last
        return with_block

    def verify(self, connection: Connection) -> int:
        """Check every header and every payload, from the first on, and return the number of entries.

        Raises:
            LedgerError: at the first entry that is not what it says.
        """
        self._verified = EMPTY_HEAD
        with_payload = self.follow(connection)
        with_outcomes, erased = _outcomes_said(connection)
        found = list(connection.scalars(select(blocks.c.sequence).order_by(blocks.c.sequence)))
        for sequence in sorted(set(found) ^ (set(with_payload) - with_outcomes)):
            raise tampered(sequence, "has people that do not belong to it, or lacks its own")
        kept = list(connection.scalars(select(outcomes.c.sequence).order_by(outcomes.c.sequence)))
        for sequence in sorted(set(kept) ^ (with_outcomes - erased)):
            raise tampered(sequence, "has outcomes that do not belong to it, or lacks its own")
        for row in connection.execute(select(entries).order_by(entries.c.sequence)):
            entry_of(Header(*row))
        for some in batches(kept):
            for _ in checked_outcomes(connection, some):
                pass
        for some in batches(found):
            for _ in checked_blocks(connection, some):
                pass
        return self._verified.sequence


def _outcomes_said(connection: Connection) -> tuple[set[int], set[int]]:
    """Return the entries that say what became of calls, and those of them whose outcomes an entry says to be erased."""
    said = set(connection.scalars(select(entries.c.sequence).where(entries.c.kind == "outcomes")))
    query = select(entries).where(entries.c.kind == "erased")
    facts = [entry_of(Header(*row)).fact for row in connection.execute(query)]
    return said, {fact.entry for fact in facts if isinstance(fact, OutcomesErased)}
