"""The schema, as it is declared and as it is migrated to."""

import shutil
import threading
import time
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from runner.errors import LedgerError
from runner.ledger import migration, revision
from runner.ledger.append import append
from runner.ledger.database import writing
from runner.ledger.head import head_of
from runner.ledger.inbox import inbox_of
from runner.ledger.migration import build_schema, known_revisions, migrate
from runner.ledger.schema import REVISION, inbox_metadata, metadata
from runner.model.ledger_fact import Bound

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


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
        in_files = connection.dialect.name == "sqlite"
        declared = (metadata,) if in_files else (metadata, inbox_metadata)
        assert compare_metadata(MigrationContext.configure(connection), declared) == []  # type: ignore[arg-type]


def test_migrations_and_declaration_make_the_same_tables():
    """In SQLite, migrating from nothing and creating what is declared give the same tables, to the last constraint."""
    declared, migrated = create_engine("sqlite://"), create_engine("sqlite://")
    metadata.create_all(declared)
    with migrated.begin() as connection:
        build_schema(connection)

    assert described(migrated) == described(declared)
    assert set(described(declared)) == {
        "entries",
        "blocks",
        "leases",
        "heads",
        "outcomes",
        "prefix_runs",
        "prefixes",
    }


def test_code_needs_the_newest_revision():
    """The revision that opening demands is the last one that there is."""
    assert known_revisions()[-1] == REVISION == "0004"


def test_migrating_the_newest_changes_nothing(place, ledger):
    """A ledger at the newest schema is left as it is."""
    head = ledger.head()

    assert migrate(place.url) == (REVISION, REVISION)
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


@pytest.fixture(name="released_first")
def _released_first(monkeypatch):
    """The version that made the first schema."""
    monkeypatch.setattr(migration, "REVISION", "0001")
    monkeypatch.setattr(revision, "REVISION", "0001")


@pytest.fixture(name="first_ledger")
def _first_ledger(place, released_first):
    """A ledger as the first schema had it."""
    with place.create() as ledger:
        lease = ledger.acquire("overdue", now=NOW)
        place.intend(ledger, lease, 1, 2, 3)
        ledger.release(lease)
        yield ledger


def test_ledger_of_the_first_schema_is_not_opened_but_migrated(place, first_ledger, monkeypatch):
    """A ledger of the first version is refused with what to do, and reads on after that was done."""
    monkeypatch.setattr(migration, "REVISION", REVISION)
    monkeypatch.setattr(revision, "REVISION", REVISION)
    with pytest.raises(LedgerError) as refused:
        place.reader()
    assert "runner ledger migrate" in (refused.value.problems[0].hint or "")

    assert migrate(place.url) == ("0001", REVISION)

    assert place.reader().verify() == 2
    inbox = inbox_of(place.url)
    inbox.put([b"{}"], now=NOW)
    assert inbox.depth() == 1
    inbox.close()


@pytest.fixture(name="next_revision")
def _next_revision(tmp_path_factory, monkeypatch):
    """A version of runner that is one migration ahead: the revision after the newest adds a column."""
    scripts = tmp_path_factory.mktemp("newer") / "migrations"
    shutil.copytree(migration._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "rnext_note.py").write_text(NEXT)
    monkeypatch.setattr(migration, "_SCRIPTS", scripts)
    monkeypatch.setattr(migration, "REVISION", FOLLOWING)


FOLLOWING = f"{int(REVISION) + 1:04}"

NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "{FOLLOWING}"
down_revision = "{REVISION}"


def upgrade():
    op.add_column("heads", sa.Column("note", sa.Text()))
"""


def test_older_ledger_is_moved_forward(place, ledger, next_revision):
    """A ledger at an older schema gets the tables of the newer one, and keeps its entries."""
    assert migrate(place.url) == (REVISION, FOLLOWING)

    assert place.run("SELECT note FROM heads", []) == (None,)
    assert place.run("SELECT version_num FROM alembic_version", []) == (FOLLOWING,)
    assert place.run("SELECT count(*) FROM entries", []) == (1,)
    assert migrate(place.url) == (FOLLOWING, FOLLOWING)


def test_older_ledger_is_not_moved_under_an_apply(place, ledger, next_revision, now):
    """While a campaign is applied the schema stays: the process that applies it knows only the old one."""
    lease = ledger.acquire("overdue", now=now)

    with pytest.raises(
        LedgerError, match=r"campaign overdue is held by .*, which would go on in the old schema"
    ):
        migrate(place.url)
    ledger.release(lease)

    assert migrate(place.url) == (REVISION, FOLLOWING)


def test_migration_that_fails_changes_nothing(place, ledger, next_revision, monkeypatch):
    """A migration is done as a whole or not at all."""
    script = migration._SCRIPTS / "versions" / "rnext_note.py"
    script.write_text(f"{NEXT}    op.execute('SELECT * FROM nowhere')\n")

    with pytest.raises(LedgerError):
        migrate(place.url)

    assert place.run("SELECT version_num FROM alembic_version", []) == (REVISION,)
    assert ledger.verify() == 1
    assert len(place.run("SELECT * FROM heads", []) or ()) == 3


def test_migration_waits_for_an_append(place, ledger, next_revision, now):
    """An append under way and a migration take the same lock first: neither is in the other's way for ever."""
    done: list[object] = []
    with writing(ledger._engine).connect() as connection, connection.begin():
        head_of(connection, lock=True)
        thread = threading.Thread(target=lambda: done.append(migrate(place.url)))
        thread.start()
        time.sleep(0.5)
        still_waiting = not done
        append(connection, head_of(connection), Bound(account="a"), now=now)
    thread.join(timeout=20)

    assert still_waiting
    assert done == [(REVISION, FOLLOWING)]
    assert place.run("SELECT count(*) FROM entries", []) == (2,)
