"""After the call: what was pushed, what the vendor's records say, and what becomes of doubts."""

import json
import os
import random
import time
from datetime import UTC, datetime

import polars as pl
import pytest

from runner.cli.clock import SystemClock
from runner.config.settings import SANDBOX_KEY, SANDBOX_SECRET
from runner.frames import CALL, CONFIRMED, OUTCOME, PERSON, REPORTED, SOURCE
from runner.laaffic.adapter import Laaffic
from runner.ledger.inbox import inbox_of
from runner.ledger.inbox_sqlite import SqliteInbox
from runner.ledger.open import open_reader
from runner.model.outcome_fact import RecordsRead
from runner.planning.history import fold as fold_history
from runner.report.outcome import calls
from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank, Postbox, push
from tests.postgres_server import database

AFTERWARDS_S = 900.0


def outcomes(bank: Bank) -> pl.DataFrame:
    """Return all that the ledger says of calls."""
    reader = open_reader(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    assert reader is not None
    with reader:
        (task,) = fold_history(reader.entries(campaigns=["overdue"], edition="2026-11")).tasks
        return reader.outcomes(task.outcomes).drop("sequence")


def shown(bank: Bank) -> dict[str, tuple[str | None, str | None, str]]:
    """Return for each call what was reported, what is confirmed, and what is shown."""
    frame = calls(outcomes(bank))
    return {row[0]: row[1:] for row in frame.select(CALL, REPORTED, CONFIRMED, OUTCOME).iter_rows()}


def call_everybody(bank: Bank) -> None:
    """Apply, and let the calls be over."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    bank.time.skip(AFTERWARDS_S)


def test_pushes_are_reported_and_records_confirm(bank: Bank, postbox: Postbox) -> None:
    """Pushes are folded and leave the inbox; records of the same calls confirm them; a second run finds nothing new."""
    call_everybody(bank)
    push(bank, *postbox.wait_for(3))

    first = bank.run("collect", "--format", "json").json()
    second = bank.run("collect", "--format", "json").json()

    assert (first["pushes"], first["pushed"]["new"], first["recorded"]["new"]) == (3, 3, 3)
    assert (second["pushes"], second["pushed"]["new"], second["recorded"]["new"]) == (0, 0, 0)
    assert len(shown(bank)) == 3
    assert all(
        reported is not None and confirmed is not None for reported, confirmed, _ in shown(bank).values()
    )
    assert bank.run("ledger", "verify").code == 0


def test_every_push_lost_gives_the_same_confirmed_figures(bank: Bank, postbox: Postbox) -> None:
    """Without a single push records confirm the same; with the pushes later, what is confirmed does not change."""
    call_everybody(bank)
    bodies = postbox.wait_for(3)
    bank.run("collect")
    alone = {call: confirmed for call, (_, confirmed, _) in shown(bank).items()}

    push(bank, *bodies)
    assert bank.run("collect").code == 0

    assert len(alone) == 3
    assert {call: confirmed for call, (_, confirmed, _) in shown(bank).items()} == alone


def test_an_edition_of_the_next_day_is_confirmed_by_records_alone(bank: Bank) -> None:
    """The same people are called by two editions a day apart: with a record of each first call, the second is known."""
    call_everybody(bank)
    assert bank.run("collect").code == 0
    bank.time.skip(86_400)
    bank.campaign('edition = "2026-11"', 'edition = "2026-12"')
    call_everybody(bank)

    collected = bank.run("collect")

    assert "several tasks explain" not in collected.out
    found = bank.run("report", "--edition", "2026-12", "--format", "json").json()
    assert found["summary"]["confirmed"] == 3


@pytest.mark.parametrize("seed", range(3))
def test_order_and_number_of_pushes_do_not_matter(bank: Bank, postbox: Postbox, seed: int) -> None:
    """Shuffled, doubled, delayed and in portions, pushes give the same as each once in order."""
    bank.engine.change_switches({"push_ringing": True})
    call_everybody(bank)
    time.sleep(0.3)
    bodies = postbox.wait_for(3)
    push(bank, *bodies)
    bank.run("collect")
    ordered = shown(bank)

    chance = random.Random(seed)
    again = chance.sample(bodies * 3, k=len(bodies) * 3)
    for start in range(0, len(again), 4):
        push(
            bank,
            *again[start : start + 4],
            json.dumps({"array": [json.loads(b) for b in again[:2]]}).encode(),
        )
        assert bank.run("collect").code == 0

    assert shown(bank) == ordered


def test_forged_pushes_change_nothing_that_matters(bank: Bank, postbox: Postbox) -> None:
    """10,000 forged pushes, of our people and of strangers, change no plan, no doubt, no suppression and nothing confirmed."""
    bank.audience(ANN, BOB, CEM, DAN)
    assert bank.run("suppress", "--reason", "asked", typed="+447700900004\n+447700900005\n").code == 0
    bank.engine.change_switches({"visibility_lag_s": 86_400.0})
    bank.fault("close", when="after")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    bank.time.skip(AFTERWARDS_S)
    (real, *_) = postbox.wait_for(3)
    bank.fault("http_500", endpoint="record_query", when="before", times=999)
    before = said(bank)
    forged = [forged_from(json.loads(real), n) for n in range(10_000)]
    push(bank, *(json.dumps(forged[start : start + 100]).encode() for start in range(0, len(forged), 100)))

    collected = bank.run("collect", "--format", "json")

    assert collected.code == 10
    assert (collected.json()["pushes"], collected.json()["settled"]) == (100, [])
    assert collected.json()["pushed"]["new"] == 5_001
    assert collected.json()["pushed"]["strangers"] == 4_999
    assert said(bank) == before
    assert outcomes(bank).filter(pl.col(SOURCE) == "record").is_empty()


def said(bank: Bank) -> tuple[object, ...]:
    """Return what plan and status say of people, and who is suppressed."""
    plan = bank.run("plan", "--format", "json").json()
    status = bank.run("status", "--format", "json").json()
    reader = open_reader(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    assert reader is not None
    with reader:
        suppressed = reader.suppressed().rows()
    assert (plan["summary"]["suppressed"], status["summary"]["suppressed"], len(suppressed)) == (1, 2, 2)
    return plan["summary"], status["campaigns"], suppressed


def forged_from(real: dict[str, object], n: int) -> dict[str, object]:
    """Return the push *real* as somebody would make another of it: another call, of one of our people or of somebody else."""
    forged = dict(real)
    for name, value in real.items():
        if isinstance(value, str) and value.startswith("4477009000"):
            forged[name] = f"4477009000{1 + n % 6:02}"
        elif isinstance(value, str) and value.isdigit() and len(value) > 14:
            forged[name] = f"{int(value) + n + 1}"
    return forged


def test_what_is_changed_in_the_console_is_said(bank: Bank) -> None:
    """A task that somebody else cancelled is drift, said once as that, and in doubt from then on."""
    bank.engine.change_switches({"calls_per_second": 0.0001})
    assert bank.run("apply", "--ack-calls", 3).code == 0
    console = Laaffic(bank.address, SANDBOX_KEY, SANDBOX_SECRET, zone=None, clock=SystemClock())
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]
    console.cancel(task["job_id"])

    first, second = bank.run("collect"), bank.run("collect")

    assert (first.code, second.code) == (10, 10)
    assert f"drift: {task['name']} is cancelled at the vendor, not by us" in first.out
    assert "drift" not in second.out
    assert f"in doubt: {task['name']}  3  not as it was sent: " in second.out
    assert "`runner apply` looks them up again and goes on; `runner resolve`" in second.out


def test_vendor_that_is_away_loses_no_push(bank: Bank, postbox: Postbox) -> None:
    """Where the vendor cannot be asked, the pushes are folded all the same, and the exit code says to come again."""
    call_everybody(bank)
    push(bank, *postbox.wait_for(3))
    bank.fault("http_500", endpoint="*", when="before", times=99)

    collected = bank.run("collect")

    assert collected.code == 5
    assert len(shown(bank)) == 3
    assert inbox_of(f"sqlite:///{bank.ledger}").depth() == 0


def test_records_are_read_from_where_they_were_read_last(bank: Bank) -> None:
    """Each run reads on with a margin; long after the last call there is nothing to read."""
    call_everybody(bank)
    bank.run("collect")
    bank.time.skip(86_400 * 10)
    bank.run("collect")
    before = bank.requests()["record_query"]

    bank.run("collect")

    assert bank.requests()["record_query"] == before
    reader = open_reader(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    assert reader is not None
    with reader:
        facts = [entry.fact for entry in reader.records_read()]
    assert all(isinstance(fact, RecordsRead) and fact.complete for fact in facts)
    assert len(facts) == 2


def test_vendor_forgets(bank: Bank) -> None:
    """Records that were not read for fifty days are warned of; after two months it is said that they are lost."""
    call_everybody(bank)
    bank.time.skip(86_400 * 52)
    warned = bank.run("collect")

    assert "warning: call records from " in warned.out
    assert "collect daily" in warned.out


def test_without_a_ledger_nobody_was_called(bank: Bank) -> None:
    """Before the first apply there is nothing to collect, and nothing is made."""
    collected = bank.run("collect")

    assert (collected.code, collected.out) == (0, "sandbox: no ledger yet, so nobody was called from here\n")
    assert not bank.ledger.exists()


def test_outcomes_know_no_number(bank: Bank, postbox: Postbox) -> None:
    """What is kept of calls names people by their key, as in the task's block, and no number is in the ledger's file."""
    call_everybody(bank)
    push(bank, *postbox.wait_for(3))
    shown_text = bank.run("collect").all

    reader = open_reader(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    assert reader is not None
    with reader:
        (task,) = fold_history(reader.entries(campaigns=["overdue"], edition="2026-11")).tasks
        people = reader.blocks([task.block])
    assert set(outcomes(bank)[PERSON]) == set(people[PERSON])
    for file in bank.ledger.parent.glob("ledger.db*"):
        assert b"447700900001" not in file.read_bytes()
    assert "4477009" not in shown_text


def test_crash_between_ledger_and_inbox_loses_and_doubles_nothing(
    bank: Bank, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the pushes are in the ledger and before they leave the inbox, the next run ends with the same."""
    call_everybody(bank)
    bodies = postbox.wait_for(3)
    push(bank, *bodies)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SqliteInbox, "remove", crash)
        assert bank.run("collect").code == 130
    appended = outcomes(bank).height
    again = bank.run("collect", "--format", "json").json()

    assert appended == 3
    assert (again["pushes"], again["pushed"]["new"]) == (3, 0)
    assert outcomes(bank).filter(pl.col(SOURCE) == "push").height == 3
    assert inbox_of(f"sqlite:///{bank.ledger}").depth() == 0


def test_outcomes_are_kept_as_long_as_is_set(bank: Bank) -> None:
    """Past the days that are set, outcomes are erased and an entry says so; who was called is known all the same."""
    call_everybody(bank)
    bank.run("collect")
    bank.setting("OUTCOME_DAYS", "90")
    bank.time.skip(86_400 * 89)
    kept = bank.run("collect", "--format", "json").json()["erased"]
    bank.time.skip(86_400 * 2)

    erased = bank.run("collect")

    assert kept == 0
    assert "outcomes: 1 entry older than 90 days erased" in erased.out
    assert outcomes(bank).is_empty()
    assert bank.run("ledger", "verify").code == 0
    assert bank.run("plan", "--expect-no-changes").code == 0


@pytest.mark.slow
@pytest.mark.postgres
def test_collect_over_postgresql(bank: Bank, postbox: Postbox, postgres: str) -> None:
    """With the ledger in PostgreSQL the inbox is a table beside it, and all is the same."""
    with database(postgres, f"collect_{os.getpid()}") as url:
        bank.setting("LEDGER_URL", url)
        bank.setting("LEDGER_KEY", "5" * 64)
        assert bank.run("ledger", "init").code == 0
        call_everybody(bank)
        inbox = inbox_of(url)
        inbox.put(postbox.wait_for(3), now=datetime(2026, 11, 24, tzinfo=UTC))

        first = bank.run("collect", "--format", "json").json()
        second = bank.run("collect", "--format", "json").json()

        assert (first["pushes"], first["pushed"]["new"], first["recorded"]["new"]) == (3, 3, 3)
        assert (second["pushes"], second["recorded"]["new"]) == (0, 0)
        assert inbox.depth() == 0
        assert bank.run("ledger", "verify").code == 0
        inbox.close()
