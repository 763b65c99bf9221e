"""A ledger that is made anew: what it takes over, what it leaves where it was, and what its own facts do."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from runner.errors import LedgerError
from runner.frames import PERSON
from runner.ledger import sqlite
from runner.ledger.rebuild import Rebuilding, rebuild
from runner.model.edition_fact import EditionReopened
from runner.model.ledger_fact import Genesis, ToleranceMeasured
from runner.model.rebuild_fact import Rebuilt, Replaced, TaskFound
from runner.model.task_fact import Sending, TaskAccepted
from runner.model.task_id import TaskId
from runner.planning.history import Standing, fold

NEW = Genesis(lineage="fe" * 16, environment="sandbox", key_id="feedfacecafebeef")
FIRST = (
    Rebuilt(people=3, by="ann@desk"),
    Replaced(lineage="0123456789abcdef" * 2, receipt="overdue/2026-11/1-01234567", head="a" * 64),
)
TASK = TaskId(campaign="overdue", edition="2026-11", name="c.e.lost")
FOUND = TaskFound(task=TASK, people=4, job_id=9, over=False, said="at the vendor: waiting")
REOPENED = EditionReopened(campaign="overdue", edition="2026-11", people=4, reason="r", by="ann@desk")


def sent_and_taken(place):
    """Make the ledger with one task of three people that the vendor took, under epoch 2, and return its reader."""
    with place.create() as ledger:
        ledger.release(ledger.acquire("overdue", now=place.now))
        lease = ledger.acquire("overdue", now=place.now)
        intent = place.intend(ledger, lease, 1, 2, 3)
        ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=place.now)
        ledger.release(lease)
    return place.reader()


def made(place, old=None, more=(), *, url=None):
    """Rebuild the ledger in *place*."""
    what = Rebuilding(genesis=NEW, first=FIRST, old=old, more=tuple(more))
    later = place.now + timedelta(hours=1)
    ledger, kept = rebuild(url or place.url, what, aside="replaced-x", now=later)
    place.opened.append(ledger)
    return ledger, kept


def test_what_was_known_is_taken_over_entry_by_entry(place, other_place):
    """Facts, blocks and times come along under a new chain; epochs go on from the greatest that was sent under."""
    old = sent_and_taken(other_place)

    ledger, _ = made(place, old, [(FOUND, None)])

    assert ledger.identity.lineage == NEW.lineage
    assert ledger.verify() == 6
    entries = ledger.entries(campaigns=("overdue",), edition="2026-11")
    assert [type(entry.fact).__name__ for entry in entries] == ["Sending", "TaskAccepted", "TaskFound"]
    assert entries[0].at == place.now
    assert ledger.blocks([entries[0].sequence])[PERSON].to_list() == [1, 2, 3]
    assert fold(entries).tasks[0].standing is Standing.ACCEPTED
    assert [task.people for task in fold(entries).closed_by] == [4]
    assert ledger.acquire("overdue", now=place.now).epoch == 3


def test_what_is_shown_is_written_with_its_people(place):
    """A task that today's files give again is as one that was sent from here."""
    sending = Sending(
        task=TASK,
        settings_digest="5" * 64,
        people=2,
        attempt=1,
        generation=0,
        signed_at=place.now,
        epoch=0,
        planned_at=0,
        metadata="9.0.43",
        send_at=None,
    )

    ledger, kept = made(place, None, [(sending, place.block(5, 6))])

    (entry,) = ledger.entries(campaigns=("overdue",), edition="2026-11")
    assert ledger.blocks([entry.sequence])[PERSON].to_list() == [5, 6]
    assert kept is None
    assert ledger.replaced() == (FIRST[1],)


def test_nothing_is_made_over_a_ledger_in_a_database(postgres_place):
    """In PostgreSQL a rebuilt ledger needs a place of its own; the one that is there stays as it is."""
    sent_and_taken(postgres_place)

    with pytest.raises(LedgerError, match="there is a ledger at"):
        made(postgres_place)

    assert postgres_place.reader().verify() == 3


def test_the_old_file_is_put_aside(other_place):
    """It keeps its content under another name, its log with it, and the new ledger stands in its place."""
    old = sent_and_taken(other_place)
    path = Path(other_place.url.removeprefix("sqlite:///"))

    ledger, kept = made(other_place, old)

    assert kept == path.with_name("ledger.db.replaced-x")
    assert ledger.verify() == 5
    shutil.move(kept, path.with_name("looked-at.db"))
    looked_at = replace(other_place, url=f"sqlite:///{path.with_name('looked-at.db')}").reader()
    assert looked_at.identity.lineage == "0123456789abcdef" * 2
    assert looked_at.verify() == 3


def test_what_is_left_of_a_lost_file_is_put_aside_too(other_place):
    """SQLite would play the log of the lost ledger into the new one."""
    path = Path(other_place.url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700, parents=True)
    path.with_name("ledger.db-wal").write_bytes(b"left")

    ledger, kept = made(other_place)

    assert ledger.verify() == 3
    assert kept is not None
    assert path.with_name("ledger.db.replaced-x-wal").read_bytes() == b"left"


def test_a_crash_before_the_end_leaves_the_old_ledger(other_place, monkeypatch):
    """All is written beside it first; and after a crash between the two names both files are there."""
    old = sent_and_taken(other_place)
    path = Path(other_place.url.removeprefix("sqlite:///"))
    monkeypatch.setattr(sqlite.SqliteDatabase, "_fill", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        made(other_place, old)
    assert other_place.reader().verify() == 3
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".ledger")] == []

    monkeypatch.undo()
    monkeypatch.setattr(sqlite, "put_in_place", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        made(other_place, old)
    assert not path.exists()
    assert path.with_name("ledger.db.replaced-x").exists()


def test_reopening_is_decided_on_all_that_is_known_of_the_edition(place):
    """Under the lease, and only if nothing was appended about the edition since; no evidence."""
    ledger, _ = made(place, None, [(FOUND, None)])
    seen = ledger.head().sequence
    lease = ledger.acquire("overdue", now=place.now)
    ledger.record(TaskAccepted(task=TASK, job_id=7, looked_up=True), now=place.now)

    with pytest.raises(LedgerError, match="something was learned about overdue 2026-11"):
        ledger.decide(REOPENED, lease=lease, seen=seen, now=place.now)
    with pytest.raises(ValueError, match="no evidence"):
        ledger.record(REOPENED, now=place.now)
    entry = ledger.decide(REOPENED, lease=lease, seen=seen + 1, now=place.now)

    assert ledger.entries(campaigns=("overdue",), edition="2026-11")[-1] == entry
    assert fold(ledger.entries(campaigns=("overdue",), edition="2026-11")).closed_by == ()


def test_the_newest_tolerance_of_an_account_counts(place, ledger):
    """What was measured on another account says nothing."""
    assert ledger.tolerance("a") is None
    for account, taken_s in (("a", 10), ("a", 300), ("b", 60)):
        fact = ToleranceMeasured(account=account, taken_s=taken_s, refused_s=taken_s + 5)
        ledger.record(fact, now=place.now)

    assert ledger.tolerance("a").fact.taken_s == 300
    assert ledger.tolerance("c") is None
