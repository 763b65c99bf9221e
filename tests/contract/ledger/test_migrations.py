"""The schema, as it is declared and as it is migrated to."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from runner.errors import LedgerError
from runner.ledger.migration import build_schema, known_revisions, migrate
from runner.ledger.schema import REVISION, metadata


def described(database: Engine) -> dict[str, object]:
    """Return all that the database says of its tables."""
    inspector = inspect(database)
    return {
        name: (
            [{**column, "type": str(column["type"])} for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name),
            inspector.get_foreign_keys(name),
            sorted(inspector.get_indexes(name), key=str),
            sorted(inspector.get_check_constraints(name), key=str),
        )
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def test_migrations_lead_to_the_declared_tables(ledger):
    """Where the migrations lead there is nothing left to generate from the declared tables."""
    with ledger.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_and_declaration_make_the_same_tables():
    """In SQLite, migrating from nothing and creating what is declared give the same tables, to the last constraint."""
    declared, migrated = create_engine("sqlite://"), create_engine("sqlite://")
    metadata.create_all(declared)
    with migrated.begin() as connection:
        build_schema(connection)

    assert described(migrated) == described(declared)
    assert set(described(declared)) == {"entries", "blocks", "leases", "heads"}


def test_code_needs_the_newest_revision():
    """The revision that opening demands is the last one that there is."""
    assert known_revisions()[-1] == REVISION == "0001"


def test_migrating_the_newest_changes_nothing(place, ledger):
    """A ledger at the newest schema is left as it is."""
    head = ledger.head()

    assert migrate(place.url) == ("0001", "0001")
    assert ledger.head() == head


def test_newer_ledger_is_not_migrated_back(place, ledger):
    """A schema that this version does not know is refused, with what to do."""
    place.run("UPDATE alembic_version SET version_num = ?", ["9999"])

    with pytest.raises(LedgerError, match="written by a newer version"):
        migrate(place.url)


def test_nothing_is_made_by_migrating(place, tmp_path):
    """Migrating makes no ledger where there is none."""
    with pytest.raises(LedgerError, match="there is no ledger"):
        migrate(place.url)

    assert list(tmp_path.iterdir()) == []
