"""Where pushes lie until they are folded: one suite over a file and over a table."""

import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from runner.errors import LedgerError
from runner.ledger.inbox import inbox_of
from runner.ledger.inbox_sqlite import SqliteInbox
from tests.contract.ledger.test_postgresql import documented, role

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANY_BYTES = bytes(range(256))


@pytest.fixture(name="inbox")
def _inbox(place, ledger):
    inbox = inbox_of(place.url)
    yield inbox
    inbox.close()


@pytest.fixture(name="other")
def _other(place, inbox):
    """The same inbox, as another process sees it."""
    other = inbox_of(place.url)
    yield other
    other.close()


def test_what_is_put_is_taken_as_it_came(inbox, other):
    """Bodies come back in their order, to the byte, with the time at which they came, and stay."""
    inbox.put([b"one", ANY_BYTES], now=NOW)
    inbox.put([b""], now=NOW)

    taken = other.take(10)

    assert [push.body for push in taken] == [b"one", ANY_BYTES, b""]
    assert {push.at for push in taken} == {NOW}
    assert other.depth() == inbox.depth() == 3
    assert other.take(2) == taken[:2]


def test_exactly_what_was_taken_is_removed(inbox, other):
    """What came after the taking stays, and removing twice removes nothing else."""
    inbox.put([b"one", b"two"], now=NOW)
    ids = [push.id for push in other.take(10)]
    inbox.put([b"three"], now=NOW)

    other.remove(ids)
    other.remove(ids)

    assert [push.body for push in other.take(10)] == [b"three"]


def test_ids_never_come_back(inbox):
    """An id that was removed is not given again, so who removes late removes nothing that came since."""
    inbox.put([b"one"], now=NOW)
    first = [push.id for push in inbox.take(1)]
    inbox.remove(first)
    inbox.put([b"two"], now=NOW)

    inbox.remove(first)

    assert [push.body for push in inbox.take(10)] == [b"two"]


def test_no_more_is_taken_than_fits(inbox):
    """What is taken at once is limited by its size too; at least one comes."""
    inbox.put([bytes(40_000_000), bytes(40_000_000), b"three"], now=NOW)

    assert [len(push.body) for push in inbox.take(10)] == [40_000_000, 40_000_000]


def test_empty_inbox_has_nothing(inbox):
    """Where nothing was pushed, nothing is taken, and nothing to remove is no error."""
    assert inbox.take(10) == ()
    inbox.remove([])
    assert inbox.depth() == 0


def test_inbox_can_be_checked(inbox):
    """Where pushes can be put, the check says nothing."""
    inbox.check()


def test_file_is_private(tmp_path):
    """The file of pushes and its folder can be read by their owner alone, and git leaves them alone."""
    path = tmp_path / "ledger" / "inbox.db"
    inbox = SqliteInbox(path)
    inbox.check()
    inbox.put([b"one"], now=NOW)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in path.parent.glob("inbox*"))
    assert (path.parent / ".gitignore").read_text() == "*\n"
    inbox.close()


def test_readable_file_is_refused(tmp_path):
    """A file of pushes that others can read is not written to."""
    path = tmp_path / "inbox.db"
    path.touch(mode=0o644)

    with pytest.raises(LedgerError, match="can be read by others"):
        SqliteInbox(path).check()


def test_looking_makes_no_file(tmp_path):
    """Taking from an inbox that is not there finds nothing and makes nothing."""
    inbox = SqliteInbox(tmp_path / "inbox.db")

    assert (inbox.take(1), inbox.depth()) == ((), 0)
    assert not list(tmp_path.iterdir())


def test_broken_file_is_explained_and_forgotten(tmp_path):
    """A file that is no database is an error in our words; once it is gone the same inbox works."""
    path = tmp_path / "inbox.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    path.chmod(0o600)
    inbox = SqliteInbox(path)
    with pytest.raises(LedgerError, match="SQLITE_NOTADB"):
        inbox.put([b"one"], now=NOW)
    path.unlink()

    inbox.put([b"two"], now=NOW)

    assert [push.body for push in inbox.take(10)] == [b"two"]
    inbox.close()


@pytest.mark.postgres
def test_receiver_may_put_and_nothing_else(postgres_place):
    """Under the documented role pushes can be put; it cannot read them back, nor read or write anything of the ledger."""
    postgres_place.create().close()
    with role(postgres_place, *documented("runner_receive")) as url:
        inbox = inbox_of(url)
        inbox.check()
        inbox.put([b"one", b"two"], now=NOW)
        assert inbox.depth() >= 0
        with pytest.raises(LedgerError, match="does not let this user do that"):
            inbox.take(1)
        with pytest.raises(LedgerError, match="does not let this user do that"):
            inbox.remove([1])
        inbox.close()
        with psycopg.connect(make_url(url).render_as_string(hide_password=False), autocommit=True) as raw:
            for table in ("entries", "blocks", "leases", "heads", "outcomes", "alembic_version", "inbox"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"SELECT * FROM {table}")
            for table in ("entries", "blocks", "leases", "heads", "outcomes"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"DELETE FROM {table}")

    assert postgres_place.run("SELECT count(*) FROM inbox", []) == (2,)


@pytest.mark.postgres
def test_who_reads_the_ledger_cannot_read_pushes(postgres_place):
    """The documented role that reads the ledger does not see the numbers in the inbox."""
    postgres_place.create().close()
    with (
        role(postgres_place, *documented("runner_read")) as url,
        psycopg.connect(make_url(url).render_as_string(hide_password=False)) as raw,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        raw.execute("SELECT * FROM inbox")


@pytest.mark.postgres
def test_role_without_rights_is_told_what_is_missing(postgres_place):
    """A receiver whose role may not put ends at once, and says which grant it lacks."""
    postgres_place.create().close()
    with (
        role(postgres_place, "USAGE ON SCHEMA {}") as url,
        closing(inbox_of(url)) as inbox,
        pytest.raises(LedgerError, match="may not put anything") as refused,
    ):
        inbox.check()
    assert "GRANT INSERT ON inbox" in (refused.value.problems[0].hint or "")


@pytest.mark.postgres
def test_database_without_inbox_is_told(postgres_place):
    """Where there is no ledger yet, the message says how the inbox is made."""
    with (
        closing(inbox_of(postgres_place.url)) as inbox,
        pytest.raises(LedgerError, match="has no inbox") as refused,
    ):
        inbox.check()
    assert "ledger init" in (refused.value.problems[0].hint or "")


def test_documents_name_the_file():
    """The documents say where the pushes of an embedded ledger are."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")

    assert "inbox.db" in text


def test_nothing_is_left_of_what_was_removed(tmp_path):
    """While a receiver has the file open, no file holds a byte of a push that was folded, its log neither."""
    receiver, collect = (SqliteInbox(tmp_path / "inbox.db") for _ in range(2))
    with closing(receiver), closing(collect):
        for _ in range(3):
            receiver.put([b"447700900123"] * 50, now=NOW)
        collect.remove([push.id for push in collect.take(1_000)])

        left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

        assert "inbox.db-wal" in left
        assert not any(b"447700900123" in content for content in left.values())
        receiver.put([b"later"], now=NOW)
        assert [push.body for push in collect.take(10)] == [b"later"]
