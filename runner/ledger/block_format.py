"""What the rows of `blocks` and `outcomes` are, and whether they are what their entries say: without the library of columns."""

from typing import NamedTuple

from runner.digest.framed import KEY_BYTES
from runner.digest.plain import sha256_of_parts
from runner.ledger.chain import tampered

FORMAT = 1
"""Of blocks."""

OUTCOMES_FORMAT = 1

_LABEL = b"runner/ledger/block/1"
_OUTCOMES_LABEL = b"runner/ledger/outcomes/1"


class Block(NamedTuple):
    """A row of `blocks`, its columns in order."""

    sequence: int
    format: int
    n: int
    first: bytes
    last: bytes
    people: bytes
    contents: bytes


class OutcomeBlock(NamedTuple):
    """A row of `outcomes`, its columns in order."""

    sequence: int
    format: int
    n: int
    people: bytes
    details: bytes


def block_sha256(block: Block) -> str:
    """Return the digest of *block* that its entry holds: over its format, its number of people and both columns."""
    return sha256_of_parts(
        (_LABEL, str(block.format).encode(), str(block.n).encode(), block.people, block.contents)
    )


def check_block(block: Block, payload_sha256: str | None) -> None:
    """Return if *block* is what its entry says and its derived columns are true of it.

    Raises:
        LedgerError: it is not.
    """
    people = block.people
    as_said = (
        block_sha256(block) == payload_sha256
        and len(people) == len(block.contents) == block.n * KEY_BYTES > 0
        and people[:KEY_BYTES] == block.first
        and people[-KEY_BYTES:] == block.last
    )
    if not as_said:
        raise tampered(block.sequence, "has other people than its hash says")
    if block.format != FORMAT:
        raise tampered(block.sequence, "has people in a format that this version does not know")


def outcomes_sha256(block: OutcomeBlock) -> str:
    """Return the digest of *block* that its entry holds."""
    return sha256_of_parts(
        (_OUTCOMES_LABEL, str(block.format).encode(), str(block.n).encode(), block.people, block.details)
    )


def check_outcomes(block: OutcomeBlock, payload_sha256: str | None) -> None:
    """Return if *block* is what its entry says.

    Raises:
        LedgerError: it is not.
    """
    if outcomes_sha256(block) != payload_sha256 or len(block.people) != block.n * KEY_BYTES:
        raise tampered(block.sequence, "has other outcomes than its hash says")
    if block.format != OUTCOMES_FORMAT:
        raise tampered(block.sequence, "has outcomes in a format that this version does not know")
