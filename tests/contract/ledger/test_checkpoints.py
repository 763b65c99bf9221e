"""The log of a ledger in a file is copied beside the work, and never instead of it."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from runner.ledger.checkpoint import AFTER_BYTES, Checkpoints
from runner.ledger.database import database_of, renewing, writing
from tests.contract.ledger.conftest import NOW, sqlite_place

PEOPLE = range(1, AFTER_BYTES // 32 + 2)
"""As many as one copy is made after; less than half of the log that SQLite copies by itself."""


def wait_for(is_so, *, seconds: float = 20) -> None:
    """Return once *is_so* says so; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_was_committed_is_copied_while_the_ledger_stays_open(tmp_path):
    """The file itself has the people of an intent soon after it, though nobody closed it."""
    place = sqlite_place(tmp_path)
    with place.create() as ledger:
        file = Path(ledger.place)
        lease = ledger.acquire("c", now=NOW)
        before = file.stat().st_size
        place.intend(ledger, lease, *PEOPLE)

        wait_for(lambda: file.stat().st_size > before + AFTER_BYTES // 2)
        assert ledger.verify() == ledger.head().sequence


def test_intents_go_on_while_somebody_keeps_the_log_from_being_copied(tmp_path):
    """A reader that stays in its transaction holds the copy up, and no intent; afterwards all is there."""
    place = sqlite_place(tmp_path)
    with place.create() as ledger:
        lease = ledger.acquire("c", now=NOW)
        reader = sqlite3.connect(ledger.place, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        for number in range(3):
            place.intend(ledger, lease, *PEOPLE, task=f"c.e.{number}")
        reader.close()
        assert ledger.verify() == ledger.head().sequence

    with place.writer() as ledger:
        assert ledger.verify() == ledger.head().sequence
        assert len(ledger.entries(campaigns=["c"], edition="2026-11")) == 3


def test_a_copy_that_fails_is_left_to_the_next_commit(tmp_path):
    """Where the file cannot be opened, nothing is raised and nothing made."""
    path = tmp_path / "gone" / "ledger.db"
    database_of(f"sqlite:///{path}").checkpoint()
    assert not path.parent.exists()


def test_one_copy_at_a_time_and_closing_waits_for_it():
    """What is committed during a copy asks for no second one beside it."""
    may_end, begun, ended = threading.Event(), [], []

    def copy() -> None:
        begun.append(threading.get_ident())
        may_end.wait(20)
        ended.append(True)

    checkpoints = Checkpoints(copy)
    checkpoints.wrote(AFTER_BYTES - 1)
    assert not begun
    checkpoints.wrote(1)
    checkpoints.wrote(AFTER_BYTES)
    wait_for(lambda: begun)
    assert begun != [threading.get_ident()]

    threading.Timer(0.05, may_end.set).start()
    checkpoints.close()
    assert (len(begun), ended) == (1, [True])

    checkpoints.wrote(1)
    checkpoints.close()
    assert len(ended) == 2


def test_closing_within_the_copy_does_not_wait_for_itself():
    """Whoever lets go of the last ledger may be the thread that copies."""
    closed: list[bool] = []

    def copy() -> None:
        checkpoints.close()
        closed.append(True)

    checkpoints = Checkpoints(copy)
    checkpoints.wrote(AFTER_BYTES)
    wait_for(lambda: closed)


@pytest.mark.parametrize("turns", ["wrw", "rwr", "wwrrw"])
def test_each_transaction_is_as_durable_as_it_has_to_be_whoever_had_the_connection_before(tmp_path, turns):
    """FULL for what is recorded, NORMAL for a renewal, over one connection that is lent in turns."""
    place = sqlite_place(tmp_path)
    place.create().close()
    engine = database_of(place.url).writer()
    seen = []
    for turn in turns:
        with (renewing if turn == "r" else writing)(engine).begin() as connection:
            seen.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    engine.dispose()

    assert seen == [1 if turn == "r" else 2 for turn in turns]
