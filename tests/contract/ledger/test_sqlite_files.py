"""What is true of a ledger in a file only."""

import os
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from runner.errors import LedgerError
from runner.ledger.database import database_of
from runner.ledger.filesystem import Kind, kind_of
from runner.ledger.open import create, open_reader, open_writer
from runner.ledger.store import SqlLedger
from runner.model.ledger_fact import Bound

READ_AS_NOBODY = """
import os, sys
from runner.ledger.open import open_reader
from runner.errors import LedgerError
import runner.ledger.reader, sqlalchemy.dialects.sqlite
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    with open_reader(sys.argv[1], environment="sandbox", key_id=None) as reader:
        print(reader.verify(), sorted(os.listdir(sys.argv[2])))
except LedgerError as error:
    print(error)
"""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "sandbox" / "ledger.db"


def make(path: Path, now) -> None:
    """Make a ledger in the file *path*."""
    create(f"sqlite:///{path}", environment="sandbox", key_id="k", lineage="a" * 32, now=now).close()


def opened(path: Path):
    """Return the ledger in *path*, for writing."""
    return open_writer(f"sqlite:///{path}", environment="sandbox", key_id="k")


def test_only_the_owner_can_read_what_is_made(path, now):
    """Folders are 0700, the file and what SQLite puts beside it 0600, whatever the umask; nothing else is left behind."""
    before = os.umask(0)
    try:
        make(path, now)
        with opened(path) as ledger:
            ledger.acquire("overdue", now=now)
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert [stat.S_IMODE(p.stat().st_mode) for p in (path.parent, path.parent.parent)] == [0o700, 0o700]
    assert [p.name for p in path.parent.iterdir()] == ["ledger.db"]


def record_for_ever(ledger: SqlLedger, now) -> None:
    """Append until something is in the way."""
    while True:
        ledger.record(Bound(account="a" * 500), now=now)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_file_that_others_can_read_is_refused(path, now, mode):
    """A ledger that others can read is not used, and the message says how to mend it."""
    make(path, now)
    path.chmod(mode)

    with pytest.raises(LedgerError, match="can be read by others") as caught:
        opened(path)

    assert caught.value.problems[0].hint == f"chmod 600 {path}"


def test_folder_that_others_can_write_is_refused(path, now):
    """Who can write the folder can exchange the ledger."""
    make(path, now)
    path.parent.chmod(0o777)

    with pytest.raises(LedgerError, match="can be written by others"):
        opened(path)


def test_commits_are_durable(path, now):
    """Every connection has WAL with full synchronisation, also where a restored backup came without."""
    make(path, now)
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    raw.close()

    with opened(path) as ledger, ledger.reading() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 1]


def test_reader_cannot_write(path, now):
    """What a reading command opens refuses every write."""
    make(path, now)
    reader = open_reader(f"sqlite:///{path}", environment="sandbox", key_id="k")
    assert reader is not None

    with pytest.raises(LedgerError, match="cannot be written"), reader.reading() as connection:
        connection.exec_driver_sql("UPDATE heads SET sequence = 9")


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to have a header" * 40])
def test_file_that_is_no_ledger_is_refused(path, content):
    """Another file under that name is neither read nor touched."""
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(LedgerError, match=r"not a ledger|not an SQLite database"):
        open_reader(f"sqlite:///{path}", environment="sandbox", key_id="k")

    assert path.read_bytes() == content


def test_damaged_file_is_said_to_be_damaged(path, now):
    """Overwritten pages are an error of ours, without a word of SQLite's own."""
    make(path, now)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 8)

    with pytest.raises(LedgerError, match=r"is damaged|is not a ledger|entry 1"), opened(path) as ledger:
        ledger.verify()


def test_full_disk_appends_nothing(path, now):
    """When the file cannot grow, the append fails as a whole and the ledger verifies."""
    make(path, now)
    with opened(path) as ledger:
        with ledger.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(LedgerError, match="has a full disk"):
            record_for_ever(ledger, now)

        assert ledger.verify() == ledger.head().sequence


def test_writer_that_does_not_end_is_said_to_be_busy(path, now, monkeypatch):
    """Who waits in vain for another writer is told so; readers do not wait at all."""
    monkeypatch.setattr("runner.ledger.sqlite_file.BUSY_S", 0.05)
    make(path, now)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")

    with opened(path) as ledger:
        with pytest.raises(LedgerError, match="is busy: another process has been writing"):
            ledger.record(Bound(account="a"), now=now)
        assert ledger.verify() == 1
    raw.close()


def test_creation_that_fails_leaves_nothing(path, now, monkeypatch):
    """A ledger is there with its first entry or not at all."""
    with pytest.raises(ValueError, match="without a zone"):
        create(
            f"sqlite:///{path}",
            environment="sandbox",
            key_id="k",
            lineage="a" * 32,
            now=now.replace(tzinfo=None),
        )

    assert not path.parent.exists()


def test_remains_of_an_earlier_ledger_are_not_built_upon(path, now):
    """A side file of a ledger that is gone would be played into a new one: none is made beside it."""
    path.parent.mkdir(parents=True, mode=0o700)
    path.with_name("ledger.db-wal").write_bytes(b"x")

    with pytest.raises(LedgerError, match=r"is gone, but ledger.db-wal beside it is not"):
        make(path, now)

    assert [p.name for p in path.parent.iterdir()] == ["ledger.db-wal"]


def test_left_over_of_a_killed_creation_is_replaced(path, now):
    """What an earlier process of the same id left half made does not get into the ledger."""
    path.parent.mkdir(parents=True, mode=0o700)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f".ledger.db.{os.getpid()}.tmp{suffix}").write_bytes(b"x" * 5000)

    make(path, now)

    assert [p.name for p in path.parent.iterdir()] == ["ledger.db"]
    with opened(path) as ledger:
        assert ledger.verify() == 1


def test_folder_that_cannot_be_made_is_an_error(tmp_path, now):
    """A file in the way of the folder is said, not raised."""
    (tmp_path / "new").write_text("")

    with pytest.raises(LedgerError, match="cannot be used: "):
        make(tmp_path / "new" / "ledger.db", now)


@pytest.mark.slow
def test_read_only_folder_is_read_as_it_is(path, now, start):
    """Who may only read the folder reads the ledger, and leaves no file beside it."""
    make(path, now)
    _give_to_nobody(path)

    output, _ = start(READ_AS_NOBODY, f"sqlite:///{path}", str(path.parent)).communicate(timeout=60)

    assert output == "1 ['ledger.db']\n"


@pytest.mark.slow
def test_entries_in_a_side_file_are_not_ignored(path, now, start):
    """Where the last writer left entries that a read-only folder hides, reading is refused, not half done."""
    make(path, now)
    with opened(path) as ledger:
        ledger.acquire("overdue", now=now)
        wal = path.with_name("ledger.db-wal").read_bytes()
    path.with_name("ledger.db-wal").write_bytes(wal)
    _give_to_nobody(path)

    output, _ = start(READ_AS_NOBODY, f"sqlite:///{path}", str(path.parent)).communicate(timeout=60)

    assert "was left open by its last writer" in output


def _give_to_nobody(path: Path) -> None:
    """Make *path* readable, and its folder not writable, for the user that the test reads it as."""
    for file in path.parent.iterdir():
        file.chmod(0o400)
        if os.getuid() == 0:
            os.chown(file, 65534, 65534)
    path.parent.chmod(0o555)
    for folder in (path.parent.parent, path.parent.parent.parent):
        folder.chmod(0o755)
    for folder in path.parents[3:-2]:
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:50 / /srv/my\\040files rw - nfs4 server:/x rw
24 22 0:51 / /srv/fuse rw - fuse.sshfs me@host:/ rw
25 22 0:52 / /srv/shared rw - virtiofs shared rw
26 22 0:53 / /srv/my\\040files/local rw - xfs /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/x/ledger.db", Kind.LOCAL),
        ("/srv/my files/ledger.db", Kind.NETWORK),
        ("/srv/my files", Kind.NETWORK),
        ("/srv/my filesystem", Kind.LOCAL),
        ("/srv/my files/local/ledger.db", Kind.LOCAL),
        ("/srv/fuse/a/b", Kind.NETWORK),
        ("/srv/shared/a", Kind.OTHER),
    ],
)
def test_kind_of_file_system_is_that_of_the_longest_mount(tmp_path, path, kind):
    """The kind of file system is read from the kernel's list, blanks and nested mounts included."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.replace("/srv", f"{tmp_path}/srv").replace("254:0", "999:0"))
    (tmp_path / "srv" / "my files" / "local").mkdir(parents=True)
    for name in ("fuse", "shared"):
        (tmp_path / "srv" / name).mkdir()
    inside = tmp_path / path.removeprefix("/")
    inside.mkdir(parents=True, exist_ok=True)

    assert kind_of(inside / "deeper" / "ledger.db", mounts=mounts) is kind


def test_unknown_system_is_neither_local_nor_network(tmp_path):
    """Where the kernel has no such list, nothing is concluded."""
    assert kind_of(tmp_path, mounts=tmp_path / "none") is Kind.OTHER


def test_network_file_system_is_refused(path, now, monkeypatch):
    """SQLite on a network file system can lose what it has written: neither made nor opened there."""
    make(path, now)
    monkeypatch.setattr("runner.ledger.sqlite_file.kind_of", lambda _: Kind.NETWORK)

    with pytest.raises(LedgerError, match="network file system"):
        opened(path)
    with pytest.raises(LedgerError, match="network file system"):
        make(path.with_name("other.db"), now)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's list of mounts")
def test_path_is_named_without_options(path):
    """A ledger in a file is named by its path."""
    assert database_of(f"sqlite:///{path}").place == str(path)
