"""Finding, opening, making and binding a ledger, each with the checks that keep it the right one.

Opening makes nothing and migrates nothing. A ledger belongs to one environment, one key and, from its first apply on,
one vendor account.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, insert

from runner.errors import LedgerError
from runner.ledger.append import append
from runner.ledger.database import Database, database_of, explained
from runner.ledger.facts import instant_text
from runner.ledger.lease import TERM_S
from runner.ledger.owner import is_gone, this_process
from runner.ledger.ownership import require_owner
from runner.ledger.reader import SqlReader
from runner.ledger.revision import require_revision
from runner.ledger.schema import heads
from runner.ledger.store import SqlLedger
from runner.model.entry import EMPTY_HEAD
from runner.model.lease import Owner
from runner.model.ledger_fact import Genesis

L = TypeVar("L", bound=SqlReader)


def open_reader(url: str, *, environment: str, key_id: str | None) -> SqlReader | None:
    """Return the ledger at *url* for reading; None where there is none yet. Needs read access only.

    Args:
        url: `RUNNER_LEDGER_URL`.
        environment: that the ledger must belong to.
        key_id: of the key that it must be under; None checks none, for those who hash nobody.

    Raises:
        CredentialsError: the ledger is of another environment.
        LedgerError: it is under another key, of another schema, no ledger, or cannot be read.
        InvalidError: *url* names no place for a ledger.
    """
    database = database_of(url)
    with explained(database):
        if not database.exists():
            return None
        reader = SqlReader(database, database.reader())
    return _checked(reader, database, environment=environment, key_id=key_id)


def open_writer(
    url: str,
    *,
    environment: str,
    key_id: str | None,
    owner: Owner | None = None,
    is_gone_by: Callable[[Owner], bool] | None = None,
    term_s: int = TERM_S,
) -> SqlLedger:
    """Return the ledger at *url* for writing.

    Args:
        url: `RUNNER_LEDGER_URL`.
        environment: that the ledger must belong to.
        key_id: of the key that it must be under; None checks none, for those who hash nobody.
        owner: who takes leases; this process by default.
        is_gone_by: whether another owner has certainly ended; found out from the system by default.
        term_s: of the leases taken, seconds.

    Raises:
        CredentialsError: the ledger is of another environment.
        LedgerError: there is none, or it is under another key, of another schema, no ledger, or cannot be written.
        InvalidError: *url* names no place for a ledger.
    """
    database = database_of(url)
    with explained(database):
        if not database.exists():
            raise LedgerError(f"there is no ledger at {database.place}", code="ledger-missing")
        ledger = SqlLedger(
            database,
            database.writer(),
            owner=owner or this_process(),
            is_gone=is_gone_by or partial(is_gone, on_one_machine=database.on_one_machine),
            term_s=term_s,
        )
    return _checked(ledger, database, environment=environment, key_id=key_id)


def create(url: str, *, environment: str, key_id: str, lineage: str, now: datetime) -> SqlLedger:
    """Make the ledger at *url* with its first entry, all of it or nothing, and return it for writing.

    Args:
        url: `RUNNER_LEDGER_URL`.
        environment: that it will belong to.
        key_id: of the key that it will be under.
        lineage: 32 hex digits, random.
        now: aware.

    Raises:
        LedgerError: there is one already, or none can be made there.
        InvalidError: *url* names no place for a ledger.
    """
    from runner.ledger.migration import build_schema  # noqa: PLC0415  loads Alembic

    database = database_of(url)

    def fill(connection: Connection) -> None:
        build_schema(connection)
        connection.execute(insert(heads), {"one": 1, "sequence": 0, "hash": EMPTY_HEAD.hash})
        genesis = Genesis(lineage=lineage, environment=environment, key_id=key_id)
        append(connection, EMPTY_HEAD, genesis, now=now)

    instant_text(now)
    with explained(database):
        database.build(fill)
    return open_writer(url, environment=environment, key_id=key_id)


def _checked(ledger: L, database: Database, *, environment: str, key_id: str | None) -> L:
    """Return *ledger* if it is the one that is meant; else close it and raise."""
    try:
        with explained(database):
            _require(ledger, environment=environment, key_id=key_id)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _require(ledger: SqlReader, *, environment: str, key_id: str | None) -> None:
    with ledger.reading() as connection:
        require_revision(connection, place=ledger.place)
    require_owner(ledger.identity, place=ledger.place, environment=environment, key_id=key_id)
