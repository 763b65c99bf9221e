"""Lost connections, lost servers and stopped rivals: nothing is appended twice, nothing is taken for appended that is not."""

import json
import signal
import threading
import time

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from runner.errors import LedgerError
from runner.ledger import postgresql
from runner.ledger.commits import UNKNOWN
from runner.ledger.database import writing
from runner.ledger.open import create, open_writer
from runner.model.ledger_fact import Bound
from runner.model.task_fact import TaskAccepted
from runner.model.task_id import TaskId
from tests.contract.ledger.line import Break, Line

pytestmark = pytest.mark.postgres

KEY_ID = "feedfacecafebeef"
COMMIT = b"COMMIT\0"
"""As it stands on the line; READ COMMITTED, at the beginning, is another matter."""


@pytest.fixture(name="place")
def _place(postgres_place):
    return postgres_place


@pytest.fixture(name="line")
def _line(place, ledger):
    """A line to the server that can be broken."""
    port = make_url(place.url).port
    assert port is not None
    line = Line(port)
    yield line
    line.close()


@pytest.fixture(name="distant")
def _distant(place, line):
    """The ledger at the other end of that line."""
    url = make_url(place.url).set(port=line.port).render_as_string(hide_password=False)
    with open_writer(url, environment="sandbox", key_id=KEY_ID) as distant:
        yield distant


def end_connections(place) -> int:
    """End every other connection to the test's schema, as an administrator would, and return how many."""
    with psycopg.connect(place.url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'runner' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_idle_connections_that_were_ended_are_replaced(place, ledger, now):
    """Between two appends, and between two questions, a lost connection is not noticed."""
    lease = ledger.acquire("overdue", now=now)
    assert end_connections(place) >= 1

    place.intend(ledger, lease, 1, 2, 3)
    assert end_connections(place) >= 1

    assert ledger.head().sequence == 2
    assert end_connections(place) >= 1
    assert ledger.renew(lease, now=now).epoch == 1


@pytest.mark.parametrize(
    "mark", [b"FOR UPDATE", b"INSERT INTO entries", b"INSERT INTO blocks", b"UPDATE heads"]
)
@pytest.mark.parametrize("how", [Break.BEFORE, Break.AFTER])
def test_connection_that_is_lost_before_the_commit_is_made_again(
    line, distant, ledger, place, mark, how, now
):
    """A transaction that was never committed is done again, and once."""
    lease = distant.acquire("overdue", now=now)
    line.break_at(mark, how)

    entry = place.intend(distant, lease, 1, 2, 3)

    assert line.has_broken()
    assert (entry.sequence, ledger.head().hash, ledger.verify()) == (2, entry.hash, 2)


@pytest.mark.parametrize("how", list(Break))
def test_lost_answer_to_a_commit_is_found_out(line, distant, ledger, place, how, now):
    """Whether a commit whose answer was lost was done is looked up, also when it is done only later: it is there once."""
    lease = distant.acquire("overdue", now=now)
    line.break_at(COMMIT, how)

    entry = place.intend(distant, lease, 1, 2, 3)

    assert line.has_broken()
    assert (entry.sequence, ledger.head().hash, ledger.verify()) == (2, entry.hash, 2)
    assert ledger.blocks([2]).height == 3


@pytest.mark.parametrize("how", list(Break))
def test_lost_answer_to_evidence_is_found_out(line, distant, ledger, place, how, now):
    """Evidence is appended once whatever became of the connection."""
    lease = distant.acquire("overdue", now=now)
    intent = place.intend(distant, lease, 1, 2, 3)
    line.break_at(COMMIT, how)

    entry = distant.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=now)

    assert line.has_broken()
    assert (entry.sequence, ledger.head().hash, ledger.verify()) == (3, entry.hash, 3)


def test_lost_answer_to_several_pieces_of_evidence_is_found_out(line, distant, ledger, place, now):
    """They are there once, all of them."""
    tasks = [TaskId(campaign="overdue", edition="e1", name=name) for name in ("a", "b")]
    line.break_at(COMMIT, Break.AFTER)

    entries = distant.record_all([TaskAccepted(task=t, job_id=7, looked_up=False) for t in tasks], now=now)

    assert line.has_broken()
    assert [entry.sequence for entry in entries] == [2, 3]
    assert (ledger.head().hash, ledger.verify()) == (entries[-1].hash, 3)


@pytest.mark.parametrize("how", list(Break))
def test_lost_answer_to_a_taking_does_not_look_like_a_rival(line, distant, ledger, how, now):
    """A process that took a campaign and lost the answer holds it, under one epoch; so with renewal, release and binding."""
    line.break_at(COMMIT, how)
    lease = distant.acquire("overdue", now=now)
    assert (line.has_broken(), lease.epoch, ledger.holder("overdue")) == (True, 1, lease)

    line.break_at(COMMIT, how)
    renewed = distant.renew(lease, now=now)
    assert (line.has_broken(), ledger.holder("overdue")) == (True, renewed)

    line.break_at(COMMIT, how)
    assert distant.bind("acc1", seen=None, now=now)
    assert (line.has_broken(), ledger.verify()) == (True, 2)

    line.break_at(COMMIT, how)
    distant.release(renewed)
    assert (line.has_broken(), ledger.holder("overdue")) == (True, None)


@pytest.mark.parametrize("mark", [b"FROM entries", b"FROM heads"])
def test_question_whose_answer_is_lost_is_asked_again(line, distant, mark):
    """Reading goes on over a lost connection."""
    line.break_at(mark, Break.BEFORE)

    assert distant.verify() == 1
    assert line.has_broken()


@pytest.mark.parametrize("how", list(Break))
def test_intent_that_nobody_can_look_up_is_unknown(line, distant, ledger, place, how, now, monkeypatch):
    """Where the connection cannot be made again, an intent is said to be unknown and is not returned as appended."""
    monkeypatch.setattr(postgresql, "PATIENCE_S", 0.3)
    lease = distant.acquire("overdue", now=now)
    line.break_at(COMMIT, how)
    line.refuse()

    with pytest.raises(LedgerError, match="nobody knows whether it was") as caught:
        place.intend(distant, lease, 1, 2, 3)

    problem = caught.value.problems[0]
    assert problem.code == UNKNOWN
    assert str(make_url(place.url).password) not in f"{problem.message} {problem.hint}"
    time.sleep(1.5)
    assert ledger.verify() == ledger.head().sequence == (1 if how is Break.BEFORE else 2)


def test_server_that_cannot_be_reached_appends_nothing_and_says_so(
    line, distant, ledger, place, now, monkeypatch
):
    """Without a server nothing is recorded, and that is said, not guessed."""
    monkeypatch.setattr(postgresql, "PATIENCE_S", 0.3)
    lease = distant.acquire("overdue", now=now)
    line.refuse()
    end_connections(place)

    with pytest.raises(LedgerError, match="cannot be reached") as caught:
        place.intend(distant, lease, 1, 2, 3)

    assert caught.value.problems[0].code == "ledger-database"
    assert ledger.head().sequence == 1


def test_lease_that_was_lost_meanwhile_is_noticed_on_the_new_connection(line, distant, place, now):
    """What is done again on a new connection looks at the lease again."""
    lease = distant.acquire("overdue", now=now)
    line.break_at(b"INSERT INTO entries", Break.BEFORE)
    with place.rival(gone=True) as other:
        other.acquire("overdue", now=now)

    with pytest.raises(LedgerError, match="its lease was taken over by anna@"):
        place.intend(distant, lease, 1, 2, 3)


def test_transaction_in_which_nothing_is_said_is_ended(place, ledger, now, monkeypatch):
    """A process that was stopped while it held the lock on the head holds up the others for seconds, not for ever."""
    monkeypatch.setattr(postgresql, "_WRITE", postgresql._WRITE.replace("'10s'", "'1s'"))
    with place.writer() as stopped:
        connection = writing(stopped._engine).connect()
        connection.begin()
        connection.exec_driver_sql("SELECT * FROM heads FOR UPDATE")
        began_s = time.monotonic()

        ledger.record(Bound(account="a"), now=now)
        waited_s = time.monotonic() - began_s

        with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
            connection.exec_driver_sql("SELECT 1")
        connection.close()
        assert 0.5 < waited_s < 10
        assert stopped.record(Bound(account="b"), now=now).sequence == 3


def test_lock_that_is_never_let_go_is_said_to_be_busy(place, ledger, now, monkeypatch):
    """Who waits in vain for another writer is told so; readers do not wait at all."""
    monkeypatch.setattr(postgresql, "_WRITE", postgresql._WRITE.replace("'20s'", "'300ms'"))
    with psycopg.connect(place.url) as raw:
        raw.execute("SELECT * FROM heads FOR UPDATE")

        with pytest.raises(LedgerError, match="is busy: another process has been writing to it"):
            ledger.record(Bound(account="a"), now=now)

        assert ledger.verify() == 1


APPEND = """
import json, sys
from datetime import UTC, datetime
import polars as pl
from runner.frames import BLOCK_SCHEMA
from runner.ledger.open import open_writer
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId
url, name, people = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ledger = open_writer(url, environment="sandbox", key_id="feedfacecafebeef")
lease = ledger.acquire(name, now=now)
print("ready", flush=True)
sys.stdin.readline()
block = pl.DataFrame([range(people), range(people)], schema=BLOCK_SCHEMA)
for number in range(int(sys.argv[4])):
    task = TaskId(campaign=name, edition="2026-11", name=f"{name}.{number}")
    sending = Sending(task=task, settings_digest="5" * 64, people=people, attempt=1, generation=0, signed_at=now,
        epoch=lease.epoch, planned_at=ledger.head().sequence, metadata="m", send_at=None)
    entry = ledger.intend(sending, block, lease=lease, now=now)
    print(json.dumps([entry.sequence, entry.hash, task.name]), flush=True)
"""


def go(processes) -> None:
    """Let all *processes* go on at once, when all are ready."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()


@pytest.mark.slow
def test_five_writers_share_one_chain(place, ledger, start):
    """Five processes that append at once lose nothing and repeat nothing: one chain without a gap."""
    processes = [start(APPEND, place.url, f"c{number}", "100", "30") for number in range(5)]

    go(processes)
    told = [
        json.loads(line) for process in processes for line in process.communicate(timeout=120)[0].splitlines()
    ]

    assert sorted(sequence for sequence, _, _ in told) == list(range(2, 152))
    assert ledger.verify() == 151


@pytest.mark.slow
def test_connections_that_are_ended_at_any_time_lose_nothing(place, ledger, start):
    """While an administrator ends all connections again and again, every append is done once."""
    processes = [start(APPEND, place.url, f"c{number}", "2000", "120") for number in range(2)]
    go(processes)
    ended = 0

    while any(process.poll() is None for process in processes):
        ended += end_connections(place)
        time.sleep(0.15)
    told = [
        json.loads(line) for process in processes for line in process.communicate(timeout=10)[0].splitlines()
    ]

    assert [process.returncode for process in processes] == [0, 0]
    assert ended > 5
    assert sorted(sequence for sequence, _, _ in told) == list(range(2, 242))
    assert ledger.verify() == 241


@pytest.mark.slow
def test_server_that_crashes_in_the_middle_loses_nothing(postgres_server, start, now):
    """While the server crashes and comes back, writers wait for it; what they were told is there, once, and the chain is whole."""
    url = postgres_server.url
    create(url, environment="sandbox", key_id=KEY_ID, lineage="b" * 32, now=now).close()
    processes = [start(APPEND, url, f"c{number}", "2000", "60") for number in range(2)]
    told: list[list[tuple[int, str, str]]] = [[], []]
    go(processes)

    def listen(number: int) -> None:
        for line in processes[number].stdout:
            told[number].append(tuple(json.loads(line)))

    listeners = [threading.Thread(target=listen, args=(number,)) for number in (0, 1)]
    for listener in listeners:
        listener.start()
    for crash in range(3):
        while min(len(some) for some in told) < 10 * (crash + 1):
            time.sleep(0.02)
        postgres_server.crash()
        time.sleep(0.5)
        postgres_server.start()
    for listener in listeners:
        listener.join(timeout=120)

    assert [process.wait(timeout=10) for process in processes] == [0, 0]
    with open_writer(url, environment="sandbox", key_id=KEY_ID) as ledger:
        assert ledger.verify() == 121
        assert all(ledger.hash_at(sequence) == digest for some in told for sequence, digest, _ in some)
    assert sorted(sequence for some in told for sequence, _, _ in some) == list(range(2, 122))


@pytest.mark.slow
def test_stopped_process_holds_up_nobody(place, ledger, start, now):
    """A process that is stopped at any moment of its appends keeps a rival from the head for seconds only."""
    process = start(APPEND, place.url, "stopped", "2000", "100000")
    go([process])
    longest_s = 0.0
    for _ in range(6):
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
        ledger.record(Bound(account="a"), now=now)
        longest_s = max(longest_s, time.monotonic() - began_s)
        process.send_signal(signal.SIGCONT)
    process.kill()

    assert longest_s < 15
    assert ledger.verify() == ledger.head().sequence


@pytest.mark.slow
def test_interrupted_writer_leaves_a_whole_chain(place, ledger, start):
    """Ctrl-C at any moment leaves a chain that verifies, with every entry that the process was told of."""
    for number in range(8):
        process = start(APPEND, place.url, f"c{number}", "2000", "100000")
        go([process])
        told = [json.loads(process.stdout.readline()) for _ in range(number)]
        time.sleep(0.013 * number)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        told += [json.loads(line) for line in rest.splitlines() if line.endswith("]")]

        assert process.returncode in {1, -signal.SIGINT, 130}
        assert ledger.verify() == ledger.head().sequence
        assert all(ledger.hash_at(sequence) == digest for sequence, digest, _ in told)
