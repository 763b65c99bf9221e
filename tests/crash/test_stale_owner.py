"""A process stopped in the gap between the last check and the write, whose lease was taken over, starts nothing when it wakes."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from runner.ledger.open import create, open_writer

KEY_ID = "0" * 16
AT_ONCE = 20
"""A server takes sixty connections, and an owner has two."""

OWNER = """
import os, signal, sys
from datetime import UTC, datetime
from runner.cli.clock import SystemClock
from runner.cli.watchdog import Watchdog
from runner.ledger.open import open_writer

url, campaign, written = sys.argv[1:]
ledger = open_writer(url, environment="sandbox", key_id="0" * 16, term_s=4)
lease = ledger.acquire(campaign, now=datetime.now(UTC))
with Watchdog(ledger, lease, SystemClock()).beating() as held, held.guarded() as is_ours:
    assert is_ours and held.is_held()
    os.kill(os.getpid(), signal.SIGSTOP)
    open(written, "w").close()
"""


@pytest.fixture(name="url")
def _url(tmp_path, make_home, home_kind):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    if home_kind == "postgresql":
        url = make_home(tmp_path).url
    create(url, environment="sandbox", key_id=KEY_ID, lineage="1" * 32, now=datetime.now(UTC)).close()
    return url


@pytest.fixture(name="stopped_in_the_gap")
def _stopped_in_the_gap(url, tmp_path):
    """Start a process per campaign that stops itself inside the gap, and return them once all have; none outlives its test."""
    started = []

    def start(numbers):
        owners = [
            subprocess.Popen([sys.executable, "-c", OWNER, url, f"c{n}", str(tmp_path / f"written-{n}")])
            for n in numbers
        ]
        started.extend(owners)
        for owner in owners:
            _, status = os.waitpid(owner.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), status
        return owners

    yield start
    for owner in started:
        if owner.poll() is None:
            owner.kill()
            owner.wait()


def taken_over(url, numbers):
    """Take each campaign over as somebody who saw its holder silent for a term, and return the epochs."""
    with open_writer(url, environment="sandbox", key_id=KEY_ID) as ledger:
        return [
            ledger.acquire(f"c{n}", now=datetime.now(UTC), unheard=ledger.holder(f"c{n}")).epoch
            for n in numbers
        ]


@pytest.mark.slow
def test_a_stopped_owner_starts_nothing_when_it_wakes(url, tmp_path, home_kind, notes, stopped_in_the_gap):
    """100 of 100: stopped after the last check, taken over, then continued, the kernel ends each before it writes."""
    endings, epochs = [], []
    for start in range(0, 100, AT_ONCE):
        owners = stopped_in_the_gap(range(start, start + AT_ONCE))
        time.sleep(4.5)
        epochs += taken_over(url, range(start, start + AT_ONCE))
        for owner in owners:
            os.kill(owner.pid, signal.SIGCONT)
        endings += [owner.wait(timeout=10) for owner in owners]

    assert endings == [-signal.SIGALRM] * 100
    assert epochs == [2] * 100
    assert not list(tmp_path.glob("written-*"))
    notes.add("process", home_kind, "in the gap", "stopped", "", 100)


def test_an_owner_that_wakes_in_time_goes_on(tmp_path, stopped_in_the_gap):
    """Stopped for less than its lease, the process writes; the test above is about the lease and not about stopping."""
    (owner,) = stopped_in_the_gap([1])
    os.kill(owner.pid, signal.SIGCONT)

    assert owner.wait(timeout=10) == 0
    assert (tmp_path / "written-1").exists()


@pytest.mark.slow
def test_the_intent_of_the_successor_has_a_higher_epoch(url, stopped_in_the_gap):
    """When the stopped owner is gone its campaign is taken over at once, under the next epoch."""
    (owner,) = stopped_in_the_gap([1])
    time.sleep(4.5)
    os.kill(owner.pid, signal.SIGCONT)
    owner.wait(timeout=10)
    ledger = open_writer(url, environment="sandbox", key_id=KEY_ID)

    assert ledger.acquire("c1", now=datetime.now(UTC)).epoch == 2
