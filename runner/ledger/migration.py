"""Making the schema and moving it forward, by Alembic. Importing this takes half a second: only those who need it do."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from runner.errors import LedgerError
from runner.ledger import lease as leases_of
from runner.ledger.database import Database, database_of, explained, writing
from runner.ledger.head import head_of
from runner.ledger.owner import described, is_gone
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
        LedgerError: there is no ledger, or it is of a newer version than this, or a campaign is being applied by a process
            that would go on in the old schema, or the database failed.
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
            if before != REVISION:
                head_of(connection, lock=True)  # whoever appends takes it first: two locks in one order
                _refuse_held(connection, database)
                build_schema(connection)
    finally:
        engine.dispose()
    return before, REVISION


def _refuse_held(connection: Connection, database: Database) -> None:
    now = database.now(connection)
    for lease in leases_of.all_held(connection):
        is_silent = now is not None and leases_of.is_over(lease, now)
        if not is_silent and not is_gone(lease.owner, on_one_machine=database.on_one_machine):
            raise LedgerError(
                f"campaign {lease.campaign} is held by {described(lease.owner)}, which would go on in the old schema",
                hint="Wait until it ends, or end it; then repeat the command.",
                code=leases_of.HELD,
            )
