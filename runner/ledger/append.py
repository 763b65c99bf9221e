"""Appending to the chain: an entry after the head, with its block, and the head moved to it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, update

from runner.ledger.blocks import Block, block_sha256
from runner.ledger.chain import entry_of, next_header
from runner.ledger.facts import instant_text, stored
from runner.ledger.frequent import Frequent
from runner.ledger.outcome_blocks import OutcomeBlock, outcomes_sha256
from runner.ledger.schema import blocks, entries, heads, outcomes
from runner.model.entry import Entry, Head
from runner.model.fact import Fact

_INSERT_ENTRY = Frequent(insert(entries))
_INSERT_BLOCK = Frequent(insert(blocks))
_INSERT_OUTCOMES = Frequent(insert(outcomes))
_MOVE_HEAD = Frequent(update(heads), ("sequence", "hash"))


def append(
    connection: Connection,
    head: Head,
    fact: Fact,
    *,
    now: datetime,
    block: Block | OutcomeBlock | None = None,
    payload_sha256: str | None = None,
) -> Entry:
    """Write *fact* after *head*, which the caller has locked, with its *block*, and return its entry.

    Args:
        connection: of a transaction that holds the lock on the head.
        head: the newest entry.
        fact: what is said.
        now: when, aware.
        block: its people or outcomes; the sequence in it does not matter.
        payload_sha256: digest of *block*, where it is known already.
    """
    if block is not None and payload_sha256 is None:
        payload_sha256 = block_sha256(block) if isinstance(block, Block) else outcomes_sha256(block)
    header = next_header(head, at=instant_text(now), fact=stored(fact), payload_sha256=payload_sha256)
    _INSERT_ENTRY.run(connection, header._asdict())
    if block is not None:
        statement = _INSERT_BLOCK if isinstance(block, Block) else _INSERT_OUTCOMES
        statement.run(connection, {**block._asdict(), "sequence": header.sequence})
    _MOVE_HEAD.run(connection, {"sequence": header.sequence, "hash": header.hash})
    return entry_of(header)


def append_all(
    connection: Connection,
    head: Head,
    facts: Iterable[tuple[Fact, Block | OutcomeBlock | None]],
    *,
    now: datetime,
) -> tuple[Entry, ...]:
    """Write *facts* one after the other, each with its block, as `append` does; each is taken when those before it are written."""
    appended: list[Entry] = []
    for fact, block in facts:
        entry = append(connection, head, fact, now=now, block=block)
        head = entry.head
        appended.append(entry)
    return tuple(appended)
