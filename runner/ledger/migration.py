"""Making the schema and moving it forward, by Alembic. Importing this takes half a second: only those who need it do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from runner.errors import LedgerError
from runner.ledger.database import database_of, explained, writing
from runner.ledger.revision import revision_of
from runner.ledger.schema import REVISION

_SCRIPTS = Path(__file__).parent / "migrations"


def build_schema(connection: Connection) -> None:
    """Make or move forward the tables, inside the transaction of *connection*."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def known_revisions() -> tuple[str, ...]:
    """Return the revisions that this version has, oldest first."""
    script = ScriptDirectory(str(_SCRIPTS))
    return tuple(revision.revision for revision in script.walk_revisions())[::-1]


def migrate(url: str) -> tuple[str, str]:
    """Move the ledger at *url* forward to the schema of this version; return the revisions before and after.

    All or nothing: it happens in one transaction, which waits for and holds off every other writer.

    Raises:
        LedgerError: there is no ledger, or it is of a newer version than this, or the database failed.
        InvalidError: *url* names no place for a ledger.
    """
    database = database_of(url)
    if not database.exists():
        raise LedgerError(f"there is no ledger at {database.place}", code="ledger-missing")
    engine = writing(database.writer())
    try:
        with explained(database), engine.begin() as connection:
            before = revision_of(connection, place=database.place)
            if before not in known_revisions():
                raise LedgerError(
                    f"the ledger {database.place} was written by a newer version of runner",
                    hint="Install that version or a later one.",
                    code="ledger-newer",
                )
            build_schema(connection)
    finally:
        engine.dispose()
    return before, REVISION
