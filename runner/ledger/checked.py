"""Blocks and outcomes, read only together with the entry that says what they must be."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, and_, select

from runner.digest.keyed import KEY_BYTES
from runner.ledger.blocks import Block, check_block
from runner.ledger.chain import Header, entry_of, tampered
from runner.ledger.outcome_blocks import OutcomeBlock, check_outcomes
from runner.ledger.schema import blocks, entries, outcomes

BLOCKS_AT_ONCE = 200  # of 10,000 people: 64 MB


def near(within: tuple[int, int]) -> ColumnElement[bool]:
    """Return, for a query of blocks, that a block may hold somebody *within* the two person keys, both included."""
    first, last = (key.to_bytes(KEY_BYTES, "big") for key in within)
    return and_(blocks.c.first <= last, blocks.c.last >= first)


def batches(sequences: Sequence[int], size: int = BLOCKS_AT_ONCE) -> Iterator[Sequence[int]]:
    """Return *sequences* in parts of at most *size*, in their order: of blocks that fit into memory together."""
    return (sequences[start : start + size] for start in range(0, len(sequences), size))


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


def blocks_of_kinds(
    connection: Connection, kinds: Collection[str], *, after: int = 0, within: tuple[int, int] | None = None
) -> tuple[list[Block], dict[int, str]]:
    """Return the blocks of all entries of these *kinds* after the entry *after*, ascending, and the kind of each entry.

    There may be as many as there are people, so their facts are not read: the chain tells that headers are true.

    Args:
        connection: of a transaction.
        kinds: of entries that all have a block.
        after: sequence of an entry.
        within: leave out blocks that hold nobody from the first person key to the last one of it.

    Raises:
        LedgerError: a block is not what its entry says, or is missing.
    """
    query = (
        select(entries.c.sequence, entries.c.kind, entries.c.payload_sha256, *blocks.c)
        .outerjoin_from(entries, blocks, entries.c.sequence == blocks.c.sequence)
        .where(entries.c.kind.in_(kinds), entries.c.sequence > after)
        .order_by(entries.c.sequence)
        .execution_options(ledger_blocks=True)
    )
    if within is not None:
        query = query.where(near(within))
    found, kind_of = list[Block](), dict[int, str]()
    for sequence, kind, payload_sha256, *columns in connection.execute(query):
        if columns[0] is None:
            raise tampered(sequence, "has lost its people")
        block = Block(*columns)
        check_block(block, payload_sha256)
        found.append(block)
        kind_of[sequence] = kind
    return found, kind_of


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
