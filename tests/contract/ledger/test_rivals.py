"""Real processes that race for a campaign and for the head, and that are killed."""

import json
import signal
from collections import Counter

import pytest

from runner.errors import LedgerError
from runner.model.task_fact import Sending, TaskAccepted

pytestmark = pytest.mark.slow

PRELUDE = """
import sys, json, time
from datetime import UTC, datetime
from runner.errors import LedgerError
from runner.ledger.open import open_writer
from runner.frames import BLOCK_SCHEMA
from runner.model.task_fact import Sending, TaskAccepted
from runner.model.task_id import TaskId
import polars as pl
url, name = sys.argv[1:3]
now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ledger = open_writer(url, environment="sandbox", key_id="feedfacecafebeef")
def intend(lease, number, people=3):
    task = TaskId(campaign=lease.campaign, edition="2026-11", name=f"{name}.{number}")
    block = pl.DataFrame([range(people), range(people)], schema=BLOCK_SCHEMA)
    sending = Sending(task=task, settings_digest="5" * 64, people=people, attempt=1, generation=0, signed_at=now,
        epoch=lease.epoch, planned_at=ledger.head().sequence, metadata="m", send_at=None)
    return ledger.intend(sending, block, lease=lease, now=now)
print("ready", flush=True)
sys.stdin.readline()
"""

TAKE = (
    PRELUDE
    + """
try:
    print("held", ledger.acquire("overdue", now=now).epoch, flush=True)
except LedgerError as error:
    print("refused", str(error), flush=True)
sys.stdin.read()
"""
)

APPEND = (
    PRELUDE
    + """
lease = ledger.acquire(name, now=now)
for number in range(40):
    intend(lease, number)
    ledger.record(TaskAccepted(task=TaskId(campaign=name, edition="2026-11", name=f"{name}.{number}"), job_id=number,
        looked_up=False), now=now)
"""
)

APPEND_UNTIL_KILLED = (
    PRELUDE
    + """
lease = ledger.acquire("overdue", now=now)
for number in range(100_000):
    entry = intend(lease, number, people=2_000)
    print(json.dumps([entry.sequence, entry.hash]), flush=True)
"""
)


def go(*processes) -> None:
    """Let all *processes* go on at once, when all are ready."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()


def test_one_of_five_takes_the_campaign(place, ledger, start):
    """Of five processes that want a campaign at once, one gets it and four are told by whom it is held."""
    processes = [start(TAKE, place.url, str(number)) for number in range(5)]

    go(*processes)
    answers = [process.stdout.readline().strip() for process in processes]

    assert Counter(answer.split()[0] for answer in answers) == {"held": 1, "refused": 4}
    assert "held 1" in answers
    winner = processes[answers.index("held 1")]
    assert all(f", process {winner.pid}: " in answer for answer in answers if answer != "held 1")


def test_campaign_of_a_killed_process_is_taken_at_once(place, ledger, start):
    """After SIGKILL the next apply goes on at once, under the next epoch, and the killed one's leaves no trace in the chain."""
    holder = start(TAKE, place.url, "holder")
    go(holder)
    assert holder.stdout.readline() == "held 1\n"
    with pytest.raises(LedgerError, match=f"process {holder.pid}"):
        ledger.acquire("overdue", now=place.now)

    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=10)

    assert ledger.acquire("overdue", now=place.now).epoch == 2
    assert ledger.verify() == 1


def test_writers_of_two_campaigns_share_one_chain(place, ledger, start):
    """Two processes that append at once wait for each other a moment and lose nothing: one chain without a gap."""
    processes = [start(APPEND, place.url, name) for name in ("overdue", "reminder")]

    go(*processes)
    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0]
    assert ledger.verify() == 161
    for name in ("overdue", "reminder"):
        kinds = Counter(type(entry.fact) for entry in ledger.entries(campaigns=[name], edition="2026-11"))
        assert kinds == {Sending: 40, TaskAccepted: 40}


def test_killed_writer_leaves_what_it_was_told_is_durable(place, ledger, start):
    """Killed at any time, a writer leaves a chain that verifies and holds every entry that it was told of."""
    for delay_lines in (1, 2, 5, 9, 14):
        writer = start(APPEND_UNTIL_KILLED, place.url, f"writer{delay_lines}")
        go(writer)
        told = [json.loads(writer.stdout.readline()) for _ in range(delay_lines)]
        writer.send_signal(signal.SIGKILL)
        told += [
            json.loads(line) for line in writer.communicate(timeout=10)[0].splitlines() if line.endswith("]")
        ]

        with place.reader() as reader:
            assert reader.verify() >= told[-1][0]
            assert all(reader.hash_at(sequence) == digest for sequence, digest in told)
            sent = [entry.sequence for entry in reader.entries(campaigns=["overdue"], edition="2026-11")]
            assert reader.blocks(sent).height == 2_000 * len(sent)
