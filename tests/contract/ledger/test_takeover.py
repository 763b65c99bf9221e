"""Taking a campaign from a holder that cannot be seen."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from runner.errors import LedgerError
from runner.ledger.lease import HELD
from runner.ledger.takeover import acquire


class Clock:
    """A clock that goes on as one sleeps, *pace* times as fast, and does something after each nap."""

    def __init__(self, *, pace: float = 1.0, after_nap: Callable[[float], object] = lambda _: None) -> None:
        self.seconds = 0.0
        self.pace = pace
        self.naps = 0
        self.after_nap = after_nap

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def elapsed_s(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.naps += 1
        self.seconds += seconds * self.pace
        self.after_nap(self.seconds)


class RealClock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed_s(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@pytest.fixture(name="unseen")
def _unseen(other_place, now):
    """A ledger without a clock as a process elsewhere sees it, and the lease that it holds on a campaign."""
    other_place.create().close()
    with other_place.rival(host="db-2", boot="b2") as other:
        yield other, other.acquire("overdue", now=now)


@pytest.fixture(name="mine")
def _mine(unseen, other_place):
    """The same ledger as this process sees it."""
    with other_place.writer() as mine:
        yield mine


def test_free_campaign_is_taken_without_watching(ledger):
    """Where nobody holds it, there is nothing to watch."""
    clock = Clock()

    assert acquire(ledger, "overdue", clock, note=pytest.fail).epoch == 1
    assert clock.naps == 0


def test_silent_holder_is_watched_for_a_full_term(mine, unseen):
    """A holder elsewhere that does not renew its lease loses it after a term of our own time; the user is told of the wait."""
    clock = Clock()
    notes: list[str] = []

    lease = acquire(mine, "overdue", clock, note=notes.append)

    assert (lease.epoch, clock.seconds) == (2, 61.0)
    (note,) = notes
    assert note.startswith(
        "campaign overdue is held by anna@db-2, process 4000001: runner apply, which cannot be seen"
    )
    assert note.endswith(": watching for up to 60 s for a sign of life")


def test_holder_that_shows_itself_keeps_its_campaign(mine, unseen):
    """The watch ends with the first renewal: who holds it is said, and nothing is taken."""
    other, lease = unseen
    clock = Clock(after_nap=lambda seconds: seconds == 20 and other.renew(lease, now=clock.now()))

    with pytest.raises(LedgerError, match="is held by anna@db-2") as caught:
        acquire(mine, "overdue", clock, note=lambda _: None)

    assert caught.value.problems[0].code == HELD
    assert clock.seconds == 20


def test_campaign_that_is_given_back_during_the_watch_is_taken_at_once(mine, unseen):
    """Who gives its campaign back need not be watched any longer."""
    other, lease = unseen
    clock = Clock(after_nap=lambda _: other.release(lease))

    assert acquire(mine, "overdue", clock, note=lambda _: None).epoch == 2
    assert clock.seconds == 1


def test_time_in_suspend_is_no_silence(mine, unseen):
    """A machine that slept for hours between two looks has watched for two seconds: the holder may have slept with it."""
    clock = Clock(pace=3600.0)

    acquire(mine, "overdue", clock, note=lambda _: None)

    assert clock.naps == 31


def test_running_holder_is_not_watched(ledger, place, now):
    """A holder that is seen at work on this machine is named at once."""
    clock = Clock()
    with place.rival() as other:
        other.acquire("overdue", now=now)

    with place.writer(gone=False) as mine, pytest.raises(LedgerError, match="is held by anna@"):
        acquire(mine, "overdue", clock, note=pytest.fail, is_running=lambda _: True)

    assert clock.naps == 0


def test_holder_whom_the_database_measures_is_not_watched(postgres_place, now):
    """Where the database tells how long a lease was not renewed, the answer is at once."""
    postgres_place.create().close()
    clock = Clock()
    with postgres_place.rival(host="db-2", boot="b2") as other:
        other.acquire("overdue", now=now)

    with postgres_place.writer() as mine, pytest.raises(LedgerError, match="is held by anna@db-2"):
        acquire(mine, "overdue", clock, note=pytest.fail)

    assert clock.naps == 0


OWNER = """
import sys
from datetime import UTC, datetime
import polars as pl
from runner.errors import LedgerError
from runner.frames import BLOCK_SCHEMA
from runner.ledger.open import open_writer
from runner.model.task_fact import Sending, TaskAccepted
from runner.model.task_id import TaskId
url = sys.argv[1]
now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ledger = open_writer(url, environment="sandbox", key_id="feedfacecafebeef", term_s=2)
lease = ledger.acquire("overdue", now=now)
task = TaskId(campaign="overdue", edition="2026-11", name="t")
sending = Sending(task=task, settings_digest="5" * 64, people=1, attempt=1, generation=0, signed_at=now,
    epoch=lease.epoch, planned_at=1, metadata="m", send_at=None)
print("held", flush=True)
sys.stdin.readline()
try:
    ledger.intend(sending, pl.DataFrame([[1], [1]], schema=BLOCK_SCHEMA), lease=lease, now=now)
except LedgerError as error:
    print(error.problems[0].code, flush=True)
print(ledger.record(TaskAccepted(task=task, job_id=1, looked_up=True), now=now).sequence, flush=True)
"""


@pytest.mark.slow
def test_stopped_owner_loses_its_campaign_after_its_term(place, ledger, start):
    """A process stopped for longer than its term is passed by another; awake again its intent is refused, its evidence kept."""
    owner = start(OWNER, place.url)
    assert owner.stdout.readline() == "held\n"
    owner.send_signal(signal.SIGSTOP)
    clock, began_s = RealClock(), time.monotonic()

    mine = None
    while mine is None:
        try:
            mine = acquire(ledger, "overdue", clock, note=lambda _: None)
        except LedgerError:
            time.sleep(0.2)
    waited_s = time.monotonic() - began_s
    owner.send_signal(signal.SIGCONT)
    said, _ = owner.communicate("\n", timeout=60)

    assert mine.epoch == 2
    assert 1.5 < waited_s < 20
    assert said.splitlines() == ["lease-lost", "2"]
    assert ledger.holder("overdue") == mine
    assert ledger.verify() == 2
