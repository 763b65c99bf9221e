"""Blocks and outcomes, read only together with the entry that says what they must be."""

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Connection, and_, select

from runner.digest.keyed import KEY_BYTES
from runner.ledger.blocks import Block, check_block
from runner.ledger.chain import Header, entry_of, tampered
from runner.ledger.outcome_blocks import OutcomeBlock, check_outcomes
from runner.ledger.schema import blocks, entries, outcomes


def near(within: tuple[int, int]) -> ColumnElement[bool]:
    """Return, for a query of blocks, that a block may hold somebody *within* the two person keys, both included."""
    first, last = (key.to_bytes(KEY_BYTES, "big") for key in within)
    return and_(blocks.c.first <= last, blocks.c.last >= first)


def checked_blocks(connection: Connection, sequences: Collection[int]) -> Iterator[Block]:
    """Yield the blocks of *sequences*, ascending, each after it was found to be what its entry says."""
    query = (
        select(*entries.c, *blocks.c)
        .join_from(entries, blocks, entries.c.sequence == blocks.c.sequence)
        .where(blocks.c.sequence.in_(sequences))
        .order_by(blocks.c.sequence)
        .execution_options(ledger_blocks=True)
    )
    missing = set(sequences)
    width = len(Header._fields)
    for row in connection.execute(query):
        entry, block = entry_of(Header(*row[:width])), Block(*row[width:])
        check_block(block, entry.payload_sha256)
        missing.discard(block.sequence)
        yield block
    for sequence in sorted(missing):
        raise tampered(sequence, "has lost its people")


def checked_outcomes(connection: Connection, sequences: Collection[int]) -> Iterator[OutcomeBlock]:
    """Yield the outcomes of *sequences* that were not erased, ascending, each after it was found to be what its entry says."""
    query = (
        select(*entries.c, *outcomes.c)
        .join_from(entries, outcomes, entries.c.sequence == outcomes.c.sequence)
        .where(outcomes.c.sequence.in_(sequences))
        .order_by(outcomes.c.sequence)
        .execution_options(ledger_blocks=True)
    )
    width = len(Header._fields)
    for row in connection.execute(query):
        entry, block = entry_of(Header(*row[:width])), OutcomeBlock(*row[width:])
        check_outcomes(block, entry.payload_sha256)
        yield block
