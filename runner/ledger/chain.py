"""The chain of hashes over the headers of entries.

The hash of an entry is the SHA-256 of a label and of its columns, each preceded by its length; the digest of its block
is one of them, so headers alone prove the order and whose an entry is, and a block is checked when it is read.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from runner.digest.plain import sha256_of_parts
from runner.errors import LedgerError
from runner.ledger.facts import StoredFact, fact_of, instant_of
from runner.model.entry import EMPTY_HEAD, Entry, Head

_LABEL = b"runner/ledger/entry/1"

RECOVERY = (
    "Restore the newest backup of the ledger. Do not apply with this one: whoever it no longer knows would be called again. "
    "Where there is no backup, `runner ledger rebuild` makes a new ledger (docs/ledger.md)."
)


class Header(NamedTuple):
    """A row of `entries`, its columns in order."""

    sequence: int
    at: str
    kind: str
    campaign: str | None
    edition: str | None
    task: str | None
    fact: str
    payload_sha256: str | None
    previous: str
    hash: str


def header_hash(header: Header) -> str:
    """Return the hash that *header* must have, from all its other columns."""
    text = (
        str(header.sequence),
        header.at,
        header.kind,
        _optional(header.campaign),
        _optional(header.edition),
        _optional(header.task),
        header.fact,
        _optional(header.payload_sha256),
        header.previous,
    )
    return sha256_of_parts((_LABEL, *(part.encode() for part in text)))


def next_header(head: Head, *, at: str, fact: StoredFact, payload_sha256: str | None) -> Header:
    """Return the header of *fact* that follows *head*."""
    draft = Header(head.sequence + 1, at, *fact, payload_sha256, head.hash, "")
    return draft._replace(hash=header_hash(draft))


@lru_cache(maxsize=4096)
def entry_of(header: Header) -> Entry:
    """Return the entry of *header*. Remembered: an apply reads those of its campaign after each of its steps.

    Raises:
        LedgerError: the header does not hash to what it says, or this version cannot read its fact.
    """
    if not _is_intact(header):
        raise tampered(header.sequence, "is not what its hash says")
    row = StoredFact(header.kind, header.campaign, header.edition, header.task, header.fact)
    try:
        fact, at = fact_of(row), instant_of(header.at)
    except ValueError as error:
        raise LedgerError(
            f"entry {header.sequence} of the ledger cannot be read: it is {error}",
            hint="It was written by a newer version: install that one.",
            code="ledger-newer",
        ) from error
    return Entry(
        sequence=header.sequence,
        at=at,
        fact=fact,
        payload_sha256=header.payload_sha256,
        previous=header.previous,
        hash=header.hash,
    )


def followed(headers: Iterable[Header], *, after: Head = EMPTY_HEAD) -> Iterator[Header]:
    """Yield each of *headers*, which come in order, once it is known to follow the one before, the first one *after*.

    Raises:
        LedgerError: one is missing, does not hash to what it says, or follows another.
    """
    for header in headers:
        if header.sequence != after.sequence + 1:
            raise tampered(after.sequence + 1, "is missing")
        if header.previous != after.hash:
            raise tampered(header.sequence, "does not follow the entry before it")
        if not _is_intact(header):
            raise tampered(header.sequence, "is not what its hash says")
        after = Head(sequence=header.sequence, hash=header.hash)
        yield header


def tampered(sequence: int, what: str) -> LedgerError:
    """Return the error for entry *sequence*, of which *what* is wrong."""
    return LedgerError(f"entry {sequence} of the ledger {what}", hint=RECOVERY, code="ledger-tampered")


def _is_intact(header: Header) -> bool:
    try:
        return header_hash(header) == header.hash
    except UnicodeEncodeError:
        return False


def _optional(text: str | None) -> str:
    """Return text in which None differs from every text, the empty one included."""
    return "-" if text is None else f"={text}"
