"""Which schema a ledger has, in plain SQL: opening one does not need the library that migrates."""

from sqlalchemy import Connection, column, inspect, select, table

from runner.errors import LedgerError
from runner.ledger.schema import REVISION, REVISION_TABLE


def revision_of(connection: Connection, *, place: str) -> str:
    """Return the revision that the ledger at *place* is at.

    Raises:
        LedgerError: it has none: it is a database, but not a ledger.
    """
    found: list[str] = []
    if inspect(connection).has_table(REVISION_TABLE):
        found = list(connection.scalars(select(column("version_num")).select_from(table(REVISION_TABLE))))
    if len(found) != 1:
        raise LedgerError(
            f"{place} is a database, but not a ledger", hint="Check RUNNER_LEDGER_URL.", code="ledger-foreign"
        )
    return found[0]


def require_revision(connection: Connection, *, place: str) -> None:
    """Return if the ledger at *place* has the schema of this version.

    Raises:
        LedgerError: it has an older or a newer one.
    """
    found = revision_of(connection, place=place)
    if found != REVISION:
        raise LedgerError(
            f"the ledger {place} has schema {found}, this version of runner needs {REVISION}",
            hint="Where the ledger is the older of the two: `runner ledger migrate`. Else install the newer version.",
            code="ledger-schema",
        )
