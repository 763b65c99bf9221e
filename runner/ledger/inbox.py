"""Which inbox belongs to a ledger: a table of the same PostgreSQL database, or a file of its own beside an embedded one."""

from pathlib import Path

from sqlalchemy import make_url

from runner.ledger.database import database_of
from runner.ledger.sqlite import SqliteDatabase
from runner.ports import Inbox

FILE = "inbox.db"


def inbox_of(url: str) -> Inbox:
    """Return the inbox that belongs to the ledger at *url* (`RUNNER_LEDGER_URL`).

    Nothing is looked at yet. The ledger itself need not exist, and is not opened.

    Raises:
        InvalidError: *url* names no place for a ledger.
    """
    database = database_of(url)
    if isinstance(database, SqliteDatabase):
        from runner.ledger.inbox_sqlite import SqliteInbox  # noqa: PLC0415

        return SqliteInbox(Path(database.path).with_name(FILE))
    from runner.ledger.inbox_postgresql import PostgresqlInbox  # noqa: PLC0415  loads its driver

    return PostgresqlInbox(make_url(url))
