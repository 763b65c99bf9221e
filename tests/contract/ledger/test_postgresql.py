"""What is true of a ledger in PostgreSQL only, asked of a real server."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from runner.errors import LedgerError
from runner.ledger.database import writing
from runner.ledger.open import create, open_reader, open_writer
from runner.model.ledger_fact import Bound
from runner.model.task_fact import TaskAccepted
from tests.postgres_server import database

pytestmark = pytest.mark.postgres

KEY_ID = "feedfacecafebeef"


@pytest.fixture(name="place")
def _place(postgres_place):
    return postgres_place


def changed(url: str, **parts: object) -> str:
    """Return *url* with other parts."""
    return make_url(url)._replace(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


@contextmanager
def role(place, *grants: str) -> Iterator[str]:
    """Make a user who may do no more than *grants*, with the schema's name for {}, and yield the URL that it uses."""
    schema = place.url.rpartition("%3D")[2]
    name = f"role_of_{schema}"
    with psycopg.connect(place.url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim'")
        for grant in grants:
            admin.execute(f"GRANT {grant.format(schema)} TO {name}")
        yield changed(place.url, username=name, password="geheim")
        admin.execute(f"DROP OWNED BY {name}")
        admin.execute(f"DROP ROLE {name}")


def documented(role_name: str) -> tuple[str, ...]:
    """Return what `docs/ledger.md` grants to *role_name*, with {} for the schema."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
    grants = re.findall(rf"^GRANT (.*) TO {role_name};$", text, flags=re.MULTILINE)
    return tuple(re.sub(r"\bpublic\b", "{0}", grant) for grant in grants)


READS = documented("runner_read")
APPENDS = documented("runner_apply")


def test_who_may_only_select_reads_everything(place, ledger, now):
    """Reading commands work under a user who can do nothing but SELECT."""
    lease = ledger.acquire("overdue", now=now)
    intent = place.intend(ledger, lease, 1, 2, 3)

    with role(place, *READS) as url:
        reader = open_reader(url, environment="sandbox", key_id=KEY_ID)
        assert reader is not None
        with reader:
            assert reader.verify() == 2
            assert reader.entries(campaigns=["overdue"], edition="2026-11") == (intent,)
            assert reader.blocks([2]).height == 3
            assert reader.head().hash == reader.hash_at(2) == intent.hash
            assert reader.holder("overdue") == lease
            assert reader.identity == ledger.identity


def test_who_may_only_select_appends_nothing(place, ledger, now):
    """The database refuses what a reading user tries to write, and the message says what is missing."""
    with (
        role(place, *READS) as url,
        open_writer(url, environment="sandbox", key_id=KEY_ID) as writer,
        pytest.raises(LedgerError, match="does not let this user do that: reading needs SELECT"),
    ):
        writer.record(Bound(account="a"), now=now)

    assert ledger.head().sequence == 1


def test_reader_cannot_write(place, ledger):
    """What a reading command opens refuses every write, whoever uses it."""
    with (
        place.reader() as reader,
        pytest.raises(LedgerError, match="cannot be written"),
        reader.reading() as connection,
    ):
        connection.exec_driver_sql("UPDATE heads SET sequence = 9")


def test_who_applies_need_not_be_able_to_change_an_entry(place, ledger, now):
    """An apply needs INSERT on entries and blocks; the database can then refuse any change of the past."""
    with role(place, *APPENDS) as url, open_writer(url, environment="sandbox", key_id=KEY_ID) as writer:
        lease = writer.acquire("overdue", now=now)
        intent = place.intend(writer, lease, 1, 2, 3)
        writer.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=now)
        writer.release(writer.renew(lease, now=now))
        assert writer.bind("acc1", seen=None, now=now)
        assert writer.verify() == 4
        for statement in ("UPDATE entries SET at = ''", "DELETE FROM blocks"):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                psycopg.connect(url) as raw,
            ):
                raw.execute(statement)


def test_ledger_that_cannot_be_seen_is_not_absent(place, ledger):
    """A user without rights on the ledger's schema is told so: an absent ledger would make everybody look new."""
    with role(place) as url, pytest.raises(LedgerError, match="in a schema that this user may not use"):
        open_reader(url, environment="sandbox", key_id=KEY_ID)


def test_commits_are_durable_whatever_the_default(place, ledger, postgres_database):
    """A transaction that writes waits for the disk, also where server and user have said otherwise."""
    url = place.url + "%20-csynchronous_commit%3Doff"
    with open_writer(url, environment="sandbox", key_id=KEY_ID) as writer:
        with writer.reading() as connection:
            outside = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        with writing(writer._engine).begin() as connection:
            inside = {
                name: connection.exec_driver_sql(f"SHOW {name}").scalar()
                for name in (
                    "synchronous_commit",
                    "transaction_isolation",
                    "lock_timeout",
                    "idle_in_transaction_session_timeout",
                )
            }
        with writer.reading() as connection:
            left = connection.exec_driver_sql("SHOW lock_timeout").scalar()

    assert outside == "off"
    assert inside == {
        "synchronous_commit": "on",
        "transaction_isolation": "read committed",
        "lock_timeout": "20s",
        "idle_in_transaction_session_timeout": "10s",
    }
    assert left == "0"


def test_reading_sees_one_state(place, ledger, now):
    """What is appended while one reads is not seen: a head without its entry would look like tampering."""
    with place.reader() as reader, reader.reading() as connection:
        before = connection.exec_driver_sql("SELECT sequence FROM heads").scalar()
        ledger.record(Bound(account="a"), now=now)
        after = connection.exec_driver_sql("SELECT sequence FROM heads").scalar()

    assert (before, after) == (1, 1)


def test_keys_are_stored_as_they_are(place, ledger):
    """Blocks are kept out of line and not compressed: keys are noise."""
    with ledger.reading() as connection:
        storage = dict(
            connection.exec_driver_sql(
                "SELECT attname, attstorage::text FROM pg_attribute WHERE attrelid = 'blocks'::regclass AND attnum > 0"
            ).all()
        )

    assert (storage["people"], storage["contents"]) == ("e", "e")


def test_nothing_is_left_in_a_session(place, ledger, now):
    """No prepared statement stays behind, so that a proxy may give each transaction another connection."""
    for _ in range(12):
        ledger.record(Bound(account="a"), now=now)

    with ledger.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0


def test_one_of_many_makes_the_ledger(place, now):
    """Of five that make a ledger at once, one does and four are told that there is one."""
    told: list[object] = []
    ready = threading.Barrier(5)

    def make() -> None:
        ready.wait()
        try:
            create(place.url, environment="sandbox", key_id=KEY_ID, lineage="b" * 32, now=now).close()
            told.append("made")
        except LedgerError as error:
            told.append(error.problems[0].code)

    threads = [threading.Thread(target=make) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told, key=str) == ["ledger-exists"] * 4 + ["made"]
    with place.reader() as reader:
        assert reader.verify() == 1


def test_ledger_is_not_made_among_other_tables(place, now):
    """Tables of another program under our names are left alone."""
    with psycopg.connect(place.url) as raw:
        raw.execute("CREATE TABLE entries (x int)")

    with pytest.raises(LedgerError, match="or there are tables of another program"):
        place.create()
    with pytest.raises(LedgerError, match="is a database, but not a ledger"):
        place.reader()


def test_other_encoding_is_refused(postgres, now):
    """A database that does not store UTF-8 could not give names back as they were."""
    with database(postgres, "latin", "ENCODING 'SQL_ASCII' TEMPLATE template0") as url:
        with pytest.raises(LedgerError, match="does not store UTF-8"):
            create(url, environment="sandbox", key_id=KEY_ID, lineage="b" * 32, now=now)

        assert open_reader(url, environment="sandbox", key_id=KEY_ID) is None


@pytest.mark.slow
def test_server_that_does_not_sync_is_refused(postgres_server, now):
    """No ledger is made where a confirmed commit may be lost with the power."""
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET fsync = off")
    postgres_server.crash()
    postgres_server.start()

    with pytest.raises(LedgerError, match="runs with fsync = off"):
        create(postgres_server.url, environment="sandbox", key_id=KEY_ID, lineage="b" * 32, now=now)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"password": "geheim"}, "refused the user, the password or the database"),
        ({"password": None}, "asks for a password, and RUNNER_LEDGER_URL has none"),
        ({"username": "geheim"}, "refused the user, the password or the database"),
        ({"database": "geheim_not_there"}, "refused the user, the password or the database"),
        ({"port": 1}, "cannot be reached"),
    ],
    ids=["password", "no-password", "user", "database", "port"],
)
def test_connection_that_fails_says_why(place, parts, message):
    """Who cannot connect is told what to look at, at once; no password is shown."""
    url = changed(place.url, **parts)

    with pytest.raises(LedgerError, match=message) as caught:
        open_reader(url, environment="sandbox", key_id=KEY_ID)

    problem = caught.value.problems[0]
    assert str(make_url(place.url).password) not in f"{problem.message} {problem.hint}"
    assert "geheim" not in f"{problem.message} {problem.hint}".replace("geheim_not_there", "")
