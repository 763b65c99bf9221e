"""The ledger is lost, old, or under another key: it is made anew, and nobody is called who may have been called."""

import os
import re
import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank, lines_with
from tests.e2e.test_processes import finish, start, wait_until
from tests.postgres_server import database, schema

ALL_THREE = ["447700900001", "447700900002", "447700900003"]


def lose(bank: Bank) -> None:
    """Delete the ledger alone."""
    for file in bank.ledger.parent.glob("ledger.db*"):
        file.unlink()


def backup(bank: Bank) -> bytes:
    """Return a backup of the ledger, as SQLite makes one."""
    to = bank.root / "backup.db"
    to.unlink(missing_ok=True)
    with closing(sqlite3.connect(bank.ledger)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return to.read_bytes()


def restore(bank: Bank, old: bytes) -> None:
    """Put a backup in the ledger's place."""
    lose(bank)
    bank.ledger.write_bytes(old)
    bank.ledger.chmod(0o600)


def lineage(bank: Bank) -> str:
    """Return the beginning of the ledger's lineage."""
    found = re.search(r"lineage ([0-9a-f]{8})", bank.run("doctor").out)
    assert found
    return found[1]


def lose_everything(bank: Bank) -> None:
    """Delete ledger, key and receipts, as on a fresh machine."""
    shutil.rmtree(bank.root / ".runner")


def test_a_fresh_machine_calls_nobody_who_may_have_been_called(bank: Bank) -> None:
    """Without ledger, key and receipts apply is refused (8) with the way out; rebuilt, it calls nobody and ends with 10."""
    bank.run("apply", "--ack-calls", 3)
    lose_everything(bank)

    refused = bank.run("apply", "--ack-calls", 3)
    hint = re.search(r"runner (ledger rebuild --replace [0-9a-f]{8})", refused.err)
    assert hint
    shown = bank.run(*hint[1].split())
    rebuilt = bank.run(*hint[1].split(), "--people", 3)
    again = bank.run("apply", "--ack-calls", 3)

    assert (refused.code, shown.code, rebuilt.code, again.code) == (8, 6, 0, 10)
    assert "pass --people 3" in shown.err
    assert "overdue 2026-11: will be CLOSED: nobody can tell who is in 3 people:" in shown.out
    assert "closed, since nobody knows who is in 1 task of 3 people" in again.out
    assert bank.numbers() == ALL_THREE
    assert bank.run("ledger", "verify").code == 0
    assert bank.run("doctor").code == 0


def test_that_suppressions_are_lost_is_said(bank: Bank) -> None:
    """Somebody who is never to be called is not known to the new ledger: a new edition would call her, so it is said."""
    bank.run("apply", "--ack-calls", 3)
    bank.run("suppress", "--reason", "asked for it", typed="+447700900001\n")
    lose_everything(bank)

    rebuilt = bank.run("ledger", "rebuild", "--people", 3)

    assert rebuilt.code == 0
    assert "! not known any more: who was suppressed, and whether everything was stopped" in rebuilt.out
    assert "before you apply, tell `runner suppress` again who is never to be called" in rebuilt.out


def test_who_is_new_in_a_closed_edition_is_not_called_either(bank: Bank) -> None:
    """Nobody can tell that they are in none of its tasks; plan and status say so first, and a new edition calls again."""
    bank.run("apply", "--ack-calls", 3)
    lose_everything(bank)
    bank.run("apply")
    bank.run("ledger", "rebuild", "--replace", lineage(bank), "--people", 3)
    bank.audience(ANN, BOB, CEM, DAN)

    plan, status = bank.run("plan", "--detailed-exitcode"), bank.run("status")

    assert plan.code == 0
    assert plan.out.index("? closed:") < plan.out.index("4 in doubt")
    assert status.out.splitlines()[2].startswith(
        "? closed: overdue 2026-11: nobody knows who is in 1 task of 3"
    )
    assert bank.run("plan", "--format", "json").json()["campaigns"][0]["closed"] == {"tasks": 1, "people": 3}
    bank.campaign("2026-11", "2026-12")
    assert bank.run("apply", "--ack-calls", 4).code == 0
    assert bank.numbers() == sorted([*ALL_THREE, *ALL_THREE, "447700900004"])


def test_a_lost_ledger_is_made_again_from_key_receipts_and_files(bank: Bank) -> None:
    """Where today's files still give the task's name, its people are shown to be in it: nobody is in doubt, exit 0."""
    bank.run("apply", "--ack-calls", 3)
    lose(bank)

    refused = bank.run("apply")
    shown = bank.run("ledger", "rebuild")
    rebuilt = bank.run("ledger", "rebuild", "--people", 3)
    again = bank.run("apply")

    assert (refused.code, shown.code, rebuilt.code, again.code) == (8, 6, 0, 0)
    assert "`runner ledger rebuild` makes a new one" in refused.err
    assert "overdue 2026-11: 3 people shown by today's files to be in 1 task" in shown.out
    assert "3 people confirmed in all" in again.out
    assert bank.run("plan", "--expect-no-changes").code == 0
    bank.audience(ANN, BOB, CEM, DAN)
    assert bank.run("apply", "--ack-calls", 1).code == 0
    assert bank.numbers() == [*ALL_THREE, "447700900004"]


def test_only_tasks_as_they_were_are_shown(bank: Bank) -> None:
    """Of two tasks today's files give one again: its person is known, and everybody else of the edition is in doubt."""
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(ANN, BOB)
    bank.run("apply", "--ack-calls", 2)
    lose(bank)
    bank.audience(ANN, BOB.replace("1999.00", "1.00"), CEM)

    rebuilt = bank.run("ledger", "rebuild", "--people", 2)
    plan = bank.run("plan", "--format", "json").json()["campaigns"][0]

    assert rebuilt.code == 0
    assert (plan["called_same"], plan["in_doubt"], plan["calls"]) == (1, 2, 0)
    assert bank.run("apply").code == 10
    assert bank.numbers() == ["447700900001", "447700900002"]


def test_an_old_copy_is_completed(bank: Bank) -> None:
    """A ledger from before the last apply is refused; rebuilt, it has its own people and those of the lost hour."""
    bank.run("apply", "--ack-calls", 3)
    old = backup(bank)
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("apply", "--ack-calls", 1)
    restore(bank, old)

    refused = bank.run("apply")
    unnamed = bank.run("ledger", "rebuild", "--people", 1)
    name = re.search(r"--replace ([0-9a-f]{12})", unnamed.err)
    assert name
    rebuilt = bank.run("ledger", "rebuild", "--replace", name[1], "--people", 1)
    again = bank.run("apply")

    assert (refused.code, unnamed.code, rebuilt.code, again.code) == (8, 6, 0, 0)
    assert "overdue 2026-11: 1 person shown by today's files to be in 1 task" in rebuilt.out
    (kept,) = [path for path in bank.ledger.parent.glob("ledger.db.replaced-*") if path.name.endswith("Z")]
    with closing(sqlite3.connect(kept)) as put_aside:
        assert put_aside.execute("SELECT count(*) FROM blocks").fetchone() == (1,)
    assert "4 people confirmed in all" in again.out
    assert bank.numbers() == [*ALL_THREE, "447700900004"]


def test_what_changed_since_cannot_be_told(bank: Bank) -> None:
    """With another text today no name is reproduced: the old copy's people stay known, everybody else is in doubt."""
    bank.run("apply", "--ack-calls", 3)
    old = backup(bank)
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("apply", "--ack-calls", 1)
    restore(bank, old)
    bank.write("templates/overdue.tts.j2", "Hello {{ name }}, this is another text.\n")

    bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 1)
    plan = bank.run("plan", "--format", "json").json()["campaigns"][0]

    assert (plan["calls"], plan["in_doubt"], plan["called_changed"]) == (0, 1, 3)
    assert bank.run("apply").code == 10
    assert bank.numbers() == [*ALL_THREE, "447700900004"]


def lineage_of(bank: Bank) -> str:
    """Return the lineage that a refused rebuild names."""
    found = re.search(r"--replace ([0-9a-f]{12})", bank.run("ledger", "rebuild").err)
    assert found
    return found[1]


def test_a_healthy_ledger_is_left_alone(bank: Bank) -> None:
    """A ledger that knows all that the vendor and the receipts know is not replaced, named or not."""
    bank.run("apply", "--ack-calls", 3)
    before = bank.ledger.read_bytes()

    unnamed = bank.run("ledger", "rebuild", "--people", 3)
    named = bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 0)

    assert (unnamed.code, named.code) == (6, 8)
    assert "nothing is missing in it" in named.err
    assert bank.run("ledger", "verify").code == 0
    assert len(bank.ledger.read_bytes()) == len(before)
    assert bank.run("apply").code == 0


def test_a_new_receipt_of_a_replaced_ledger_is_not_passed_over(bank: Bank) -> None:
    """A receipt that the rebuild did not see, as from another branch, may tell of a task that nobody took over: exit 8."""
    bank.run("apply", "--ack-calls", 3)
    old = backup(bank)
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("apply", "--ack-calls", 1)
    receipts = bank.root / ".runner/sandbox/receipts/sandbox/overdue/2026-11"
    newest = max(receipts.iterdir(), key=lambda path: int(path.name.partition("-")[0]))
    hidden = newest.rename(bank.root / newest.name)
    restore(bank, old)
    assert bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 1).code == 0
    assert bank.run("apply").code == 0

    hidden.rename(newest)

    assert bank.run("apply").code == 8
    assert bank.numbers() == [*ALL_THREE, "447700900004"]


def test_the_lost_key_is_a_lost_ledger(bank: Bank) -> None:
    """Without its key the ledger tells names and counts: a new key is made, and everything is closed."""
    bank.run("apply", "--ack-calls", 3)
    (bank.ledger.parent / "ledger.key").unlink()

    rebuilt = bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 3)

    assert rebuilt.code == 0
    assert "The key is lost" in rebuilt.out
    assert "made a new key" in rebuilt.out
    assert bank.run("apply", "--ack-calls", 3).code == 10
    assert bank.numbers() == ALL_THREE


def test_reopening_is_a_persons_word(bank: Bank) -> None:
    """Bound to the number of people; from then on whoever is not excluded is called, and the edition is not closed."""
    bank.run("apply", "--ack-calls", 3)
    lose_everything(bank)
    bank.run("apply")
    bank.run("ledger", "rebuild", "--replace", lineage(bank), "--people", 3)
    bank.write("campaigns/audiences/called.csv", "phone\n+447700900001\n+447700900002\n+447700900003\n")
    bank.campaign('region = "GB"\n', 'region = "GB"\nexclude = ["audiences/called.csv"]\n')
    bank.audience(ANN, BOB, CEM, DAN)
    said = ("ledger", "reopen", "overdue", "2026-11", "--reason", "excluded by the console's records")

    wrong = bank.run(*said, "--people", 4)
    right = bank.run(*said, "--people", 3)

    assert (wrong.code, right.code) == (6, 0)
    assert bank.run("apply", "--ack-calls", 1).code == 0
    assert bank.numbers() == [*ALL_THREE, "447700900004"]
    assert bank.run(*said, "--people", 3).code == 3
    assert not lines_with(bank.run("status").out, "closed")


def test_receipts_alone_close_an_edition(bank: Bank) -> None:
    """What the vendor does not list any more, a receipt still names."""
    bank.run("apply", "--ack-calls", 3)
    lose(bank)
    bank.write("templates/overdue.tts.j2", "Hello {{ name }}, this is another text.\n")
    bank.time.skip(70 * 86_400)

    rebuilt = bank.run("ledger", "rebuild", "--people", 3)

    assert rebuilt.code == 0
    assert "not in the vendor's list; by its receipts: confirmed" in rebuilt.out
    assert bank.run("apply", "--ack-calls", 3).code == 10
    assert bank.numbers() == ALL_THREE


def test_the_list_of_another_account_proves_nothing(bank: Bank) -> None:
    """Receipts of another vendor account: exit 4, and nothing is made."""
    bank.run("apply", "--ack-calls", 3)
    lose(bank)
    receipt = next((bank.root / ".runner/sandbox/receipts").rglob("*.toml"))
    text = receipt.read_text()
    receipt.write_text(
        re.sub(r'account = "[0-9a-f]+"', f'account = "{"0" * 16}"', text).replace("job_id = 5", "job_id = 4")
    )

    rebuilt = bank.run("ledger", "rebuild", "--people", 3)

    assert rebuilt.code == 4
    assert not bank.ledger.exists()


@pytest.mark.parametrize("when", ["down", "nothing"])
def test_without_the_vendors_list_nothing_is_made(bank: Bank, when: str) -> None:
    """The list is what a rebuild stands on: exit 5 without it; and nothing at all to rebuild from is exit 6 with --people 0."""
    if when == "down":
        bank.setting("API_URL", "http://127.0.0.1:9")

    assert bank.run("ledger", "rebuild", "--people", 1).code == (5 if when == "down" else 6)
    assert not bank.ledger.exists()


def test_what_was_replaced_in_the_lost_hour_is_not_sent_again(bank: Bank) -> None:
    """By an old copy a task still waits that was cancelled and sent again since: nobody is in two tasks, reopened or not."""
    bank.setting("VENDOR_TIMEZONE", "UTC")
    at = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0, tzinfo=None)
    bank.campaign(more=f"[schedule]\nat = {at.isoformat()}\ntimezone = 'UTC'\n")
    assert bank.run("apply", "--ack-calls", 3).code == 0
    old = backup(bank)
    bank.audience(ANN, CEM)
    assert bank.run("apply", "--ack-calls", 2).code == 0
    restore(bank, old)
    before = bank.engine.summary()["tasks"]

    rebuilt = bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 2)
    closed = bank.run("apply", "--ack-calls", 2)
    opened = bank.run("ledger", "reopen", "overdue", "2026-11", "--people", 2, "--reason", "in the console")
    again = bank.run("apply", "--ack-calls", 2)

    assert (rebuilt.code, closed.code, opened.code, again.code) == (0, 10, 0, 10)
    assert "will be in doubt: cancelled at the vendor, not by us" in rebuilt.out
    assert bank.engine.summary()["tasks"] == before
    assert bank.engine.summary()["overlap_count"] == 0


def test_a_closed_edition_of_a_campaign_that_is_over_needs_nothing(bank: Bank) -> None:
    """Past `not_after` nobody of it is called anyway, so apply does not ask for a person for ever: exit 0."""
    bank.setting("VENDOR_TIMEZONE", "UTC")
    end = (datetime.now(UTC) + timedelta(hours=3)).replace(microsecond=0, tzinfo=None)
    bank.campaign(more=f"[schedule]\nnot_after = {end.isoformat()}\ntimezone = 'UTC'\n")
    bank.run("apply", "--ack-calls", 3)
    lose_everything(bank)
    bank.run("apply")
    bank.run("ledger", "rebuild", "--replace", lineage(bank), "--people", 3)

    before = bank.run("apply")
    bank.time.skip(4 * 3600)
    after = bank.run("apply")

    assert (before.code, after.code) == (10, 0)
    assert bank.numbers() == ALL_THREE


def test_a_rebuilt_ledger_moves_like_any_other(bank: Bank) -> None:
    """What it knows by name alone, and whom it replaces, go with it: exported and imported it calls nobody, and ends with 10."""
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(ANN, BOB)
    bank.run("apply", "--ack-calls", 2)
    lose(bank)
    bank.audience(ANN, BOB.replace("1999.00", "1.00"))
    bank.run("ledger", "rebuild", "--people", 2)
    exported = bank.run("ledger", "export", bank.root / "moved")
    bank.setting("LEDGER_KEY", (bank.ledger.parent / "ledger.key").read_text().strip())
    bank.setting("LEDGER_URL", f"sqlite:///{bank.root}/.runner/other/ledger.db")

    imported = bank.run("ledger", "import", bank.root / "moved")

    assert (exported.code, imported.code) == (0, 0)
    assert bank.run("apply", "--ack-calls", 1).code == 10
    assert bank.run("ledger", "verify").code == 0
    assert bank.numbers() == ["447700900001", "447700900002"]


def test_a_recorded_stop_is_taken_over(bank: Bank) -> None:
    """Whoever stopped everything before the copy was made has stopped the rebuilt ledger, too."""
    bank.run("apply", "--ack-calls", 3)
    bank.run("stop", "--reason", "wrong text")
    old = backup(bank)
    bank.run("stop", "--lift", "--reason", "mended")
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("apply", "--ack-calls", 1)
    restore(bank, old)

    assert bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 1).code == 0
    assert "wrong text" in bank.run("status").out


def test_in_production_too(bank: Bank) -> None:
    """Where only `init` makes a ledger, only `rebuild` makes one again; a wrong number changes nothing."""
    bank.run("apply", "--ack-calls", 3)
    lose(bank)

    wrong = bank.run("ledger", "rebuild", "--people", 2)

    assert wrong.code == 6
    assert "2 people acknowledged, 3 were found; nothing was changed" in wrong.err
    assert not bank.ledger.exists()
    assert bank.run("ledger", "rebuild", "--replace", "0123456789", "--people", 3).code == 8


@pytest.mark.slow
def test_as_processes_on_a_fresh_machine(bank: Bank) -> None:
    """Done-when 4 with real processes: refused with 8 and the way out, rebuilt, and nobody is called again: 10."""
    assert finish(start("apply", "--ack-calls", "3"))[0] == 0
    lose_everything(bank)

    code, _, err = finish(start("apply", "--ack-calls", "3"))
    hint = re.search(r"runner (ledger rebuild --replace [0-9a-f]{8})", err)

    assert (code, hint is not None) == (8, True)
    assert hint is not None
    assert finish(start(*hint[1].split(), "--people", "3"))[0] == 0
    assert finish(start("apply", "--ack-calls", "3"))[0] == 10
    assert bank.numbers() == ALL_THREE


@pytest.mark.slow
def test_as_processes_with_key_and_receipts(bank: Bank) -> None:
    """The ledger alone is lost, an hour old, or both: what is reproduced is in no doubt, and apply has nothing to call: 0."""
    assert finish(start("apply", "--ack-calls", "3"))[0] == 0
    old = backup(bank)
    bank.audience(ANN, BOB, CEM, DAN)
    assert finish(start("apply", "--ack-calls", "1"))[0] == 0
    restore(bank, old)

    assert finish(start("apply"))[0] == 8
    assert finish(start("ledger", "rebuild", "--replace", lineage_of(bank), "--people", "1"))[0] == 0
    assert finish(start("apply"))[0] == 0
    lose(bank)
    bank.audience(ANN, BOB, CEM)
    assert finish(start("ledger", "rebuild", "--people", "4"))[0] == 0
    assert finish(start("apply"))[0] == 10
    assert bank.numbers() == [*ALL_THREE, "447700900004"]


@pytest.mark.slow
def test_nothing_is_rebuilt_while_somebody_applies(bank: Bank) -> None:
    """An apply that is under way keeps its ledger: exit 8, and it goes on to its end."""
    bank.run("apply", "--ack-calls", 3)
    old = backup(bank)
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("apply", "--ack-calls", 1)
    bank.audience(ANN, BOB, CEM, DAN, DAN.replace("900004", "900005"))
    bank.fault("slow", times=4, seconds=3.0)
    apply = start("apply", "--ack-calls", "1")
    wait_until(lambda: bank.run("status").out.count("held by") > 0, apply)

    refused = bank.run("ledger", "rebuild", "--replace", lineage_of(bank), "--people", 1)

    assert refused.code == 8
    assert "is held by" in refused.err
    assert finish(apply)[0] == 0
    assert len(old) > 0
    assert bank.numbers() == [*ALL_THREE, "447700900004", "447700900005"]


@pytest.mark.postgres
@pytest.mark.slow
def test_in_postgresql_into_a_place_of_its_own(bank: Bank, postgres: str) -> None:
    """An old ledger is not written over: the new one is made in an empty schema, and takes over what `--old` names."""
    with database(postgres, f"rebuild_{os.getpid()}") as url:
        bank.setting("LEDGER_KEY", "5a" * 32)
        place, copy, new = (schema(url, f"bank_{secrets.token_hex(4)}") for _ in range(3))
        bank.setting("LEDGER_URL", place)
        assert bank.run("ledger", "init").code == 0
        assert bank.run("apply", "--ack-calls", 3).code == 0
        assert bank.run("ledger", "export", bank.root / "hour").code == 0
        bank.audience(ANN, BOB, CEM, DAN)
        assert bank.run("apply", "--ack-calls", 1).code == 0
        aside = bank.root / "aside"
        (bank.root / ".runner/sandbox/receipts").rename(aside)
        bank.setting("LEDGER_URL", copy)
        assert bank.run("ledger", "import", bank.root / "hour").code == 0
        aside.rename(bank.root / ".runner/sandbox/receipts")

        refused = bank.run("apply")
        over = bank.run("ledger", "rebuild", "--people", 1)
        bank.setting("LEDGER_URL", new)
        rebuilt = bank.run("ledger", "rebuild", "--old", copy, "--people", 1)
        again = bank.run("apply")

        assert (refused.code, over.code, rebuilt.code, again.code) == (8, 8, 0, 0)
        assert "name this one with --old" in over.err
        assert "4 people confirmed in all" in again.out
        assert bank.run("ledger", "verify").code == 0
        assert bank.numbers() == [*ALL_THREE, "447700900004"]
