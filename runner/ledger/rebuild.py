"""Making a ledger anew in the place of one that is lost or not to be used: a new lineage, and all that is known.

What can be read of the ledger before it is taken over entry by entry, under the hashes of the new chain. An embedded one
is put aside under another name and never deleted; in PostgreSQL a rebuilt ledger needs a place of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, insert, select

from runner.ledger.append import append
from runner.ledger.blocks import Block, packed_block
from runner.ledger.chain import Header, entry_of, tampered
from runner.ledger.checked import checked_blocks, checked_outcomes
from runner.ledger.database import database_of, explained
from runner.ledger.facts import instant_text
from runner.ledger.imports import released
from runner.ledger.open import open_writer
from runner.ledger.outcome_blocks import OutcomeBlock
from runner.ledger.reader import SqlReader
from runner.ledger.schema import entries, heads, leases
from runner.ledger.sqlite import SqliteDatabase
from runner.ledger.store import SqlLedger
from runner.model.entry import EMPTY_HEAD, Entry, Head
from runner.model.fact import Fact
from runner.model.ledger_fact import Genesis
from runner.model.outcome_fact import OutcomesErased, TaskOutcomes
from runner.model.task_fact import Sending

Written = tuple[Fact, pl.DataFrame | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """What the new ledger will hold, in this order.

    Attributes:
        first: facts that say what it replaces.
        old: all of its entries but the first follow; None where there is nothing to take over.
        more: facts, a `Sending` with its block.
    """

    genesis: Genesis
    first: tuple[Fact, ...]
    old: SqlReader | None
    more: tuple[Written, ...]


def rebuild(url: str, what: Rebuilding, *, aside: str, now: datetime) -> tuple[SqlLedger, Path | None]:
    """Make the ledger at *url* of *what*, all of it or nothing; return it for writing, and where the old file is now.

    Args:
        url: `RUNNER_LEDGER_URL`.
        what: its content.
        aside: ends the name that an embedded ledger at *url* gets, or what is left of one.
        now: aware.

    Raises:
        LedgerError: there is a ledger already, or none can be made there.
        InvalidError: *url* names no place for a ledger.
    """
    from runner.ledger.migration import build_schema  # noqa: PLC0415  loads Alembic

    database = database_of(url)

    def fill(connection: Connection) -> None:
        build_schema(connection)
        connection.execute(insert(heads), {"one": 1, "sequence": 0, "hash": EMPTY_HEAD.hash})
        head = append(connection, EMPTY_HEAD, what.genesis, now=now).head
        for fact in what.first:
            head = append(connection, head, fact, now=now).head
        epochs: dict[str, int] = {}
        if what.old is not None:
            head, epochs = _take_over(connection, head, what.old)
        for fact, frame in what.more:
            block = None if frame is None else packed_block(0, frame)
            head = append(connection, head, fact, now=now, block=block).head
        if epochs:
            connection.execute(insert(leases), released(epochs, head, now=now))

    instant_text(now)
    kept = None
    with explained(database):
        if isinstance(database, SqliteDatabase) and database.has_remains():
            kept = database.build_instead(fill, aside=aside)
        else:
            database.build(fill)
    ledger = open_writer(url, environment=what.genesis.environment, key_id=what.genesis.key_id)
    ledger.verify()
    return ledger, kept


def _take_over(connection: Connection, head: Head, old: SqlReader) -> tuple[Head, dict[str, int]]:
    """Append the entries of *old*, checked, each at its own time; return the head and each campaign's greatest epoch."""
    epochs: dict[str, int] = {}
    with old.reading() as source:
        for row in source.execute(select(entries).where(entries.c.sequence > 1).order_by(entries.c.sequence)):
            entry = entry_of(Header(*row))
            block = _block_of(source, entry)
            if isinstance(entry.fact, OutcomesErased) or (isinstance(entry.fact, TaskOutcomes) and not block):
                continue  # entries have other numbers here, and what was erased need not be told of
            payload_sha256 = entry.payload_sha256
            head = append(
                connection, head, entry.fact, now=entry.at, block=block, payload_sha256=payload_sha256
            ).head
            if isinstance(entry.fact, Sending):
                campaign = entry.fact.task.campaign
                epochs[campaign] = max(entry.fact.epoch, epochs.get(campaign, 0))
    return head, epochs


def _block_of(source: Connection, entry: Entry) -> Block | OutcomeBlock | None:
    if entry.payload_sha256 is None:
        return None
    if isinstance(entry.fact, TaskOutcomes):
        return next(checked_outcomes(source, [entry.sequence]), None)
    found = list(islice(checked_blocks(source, [entry.sequence]), 1))
    if not found:
        raise tampered(entry.sequence, "has lost its people")
    return found[0]
