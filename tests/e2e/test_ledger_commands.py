"""`runner ledger` and a ledger in PostgreSQL, from the command line."""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from runner.ledger.revision_number import REVISION
from tests.postgres_server import database, schema

KEY = "0123456789abcdef" * 4

INDEXED = "in the index: one for each person of each task, and of each entry that `runner suppress` or `runner forget` made\n"


@pytest.fixture(scope="module")
def shared_database(postgres: str) -> Iterator[str]:
    """A database for these tests, a schema for each."""
    with database(postgres, f"commands_{os.getpid()}") as url:
        yield url


@pytest.fixture
def team(bank, shared_database: str):
    """A bank whose ledger is in PostgreSQL."""
    bank.setting("LEDGER_URL", schema(shared_database, f"bank_{secrets.token_hex(4)}"))
    bank.setting("LEDGER_KEY", KEY)
    return bank


def start_apply() -> "subprocess.Popen[str]":
    """Start an apply of the saved plan in a process of its own."""
    code = "from runner.cli.main import main; main()"
    command = [sys.executable, "-c", code, "apply", "--plan", "plan.json", "--ack-calls", "8"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def url_of(bank) -> str:
    """Return the URL of the bank's ledger in PostgreSQL."""
    return os.environ["RUNNER_LEDGER_URL"]


@pytest.mark.postgres
def test_a_campaign_is_applied_once(team):
    """Plan, apply, apply again and status with a ledger in PostgreSQL; nothing is left beside the campaigns but receipts."""
    assert team.run("plan", "--detailed-exitcode").code == 2
    applied = team.run("apply", "--ack-calls", "3")
    again = team.run("apply")

    assert (applied.code, again.code) == (0, 0)
    assert len(team.numbers()) == 3
    assert team.run("plan", "--expect-no-changes").code == 0
    assert "3" in team.run("status").out
    assert team.run("ledger", "verify").out == "sandbox: 5 entries, each as it was written\n"
    assert not team.ledger.exists()


@pytest.mark.postgres
def test_reading_commands_need_no_more_than_select(team, shared_database):
    """Plan, status and verify work for a user who may only read; apply does not, and calls nobody."""
    assert team.run("apply", "--ack-calls", "3").code == 0
    team.audience("+447700900009,Eve,9.00,2026-12-01")
    url = make_url(url_of(team))
    tables = str(url.query["options"]).partition("=")[2]
    with psycopg.connect(shared_database, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE reads_{tables} LOGIN PASSWORD 'geheim'")
        admin.execute(f"GRANT USAGE ON SCHEMA {tables} TO reads_{tables}")
        admin.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {tables} TO reads_{tables}")
    team.setting(
        "LEDGER_URL",
        url.set(username=f"reads_{tables}", password="geheim").render_as_string(hide_password=False),
    )

    assert team.run("plan", "--detailed-exitcode").code == 2
    assert team.run("status").code == 0
    assert team.run("ledger", "verify").code == 0
    refused = team.run("apply", "--ack-calls", "1")

    with psycopg.connect(shared_database, autocommit=True) as admin:
        admin.execute(f"DROP OWNED BY reads_{tables}")
        admin.execute(f"DROP ROLE reads_{tables}")
    assert refused.code == 8
    assert "does not let this user do that" in refused.err
    assert "geheim" not in refused.all
    assert len(team.numbers()) == 3


@pytest.mark.postgres
def test_a_key_is_demanded(team):
    """Without its key no ledger in PostgreSQL is planned with, and none is made: exit 3."""
    team.setting("LEDGER_KEY", None)

    for command in (["plan"], ["apply", "--ack-calls", "3"], ["ledger", "init"]):
        ended = team.run(*command)
        assert ended.code == 3
        assert "RUNNER_LEDGER_KEY is not set: a ledger in PostgreSQL has no key file beside it" in ended.err
    assert team.calls() == []


@pytest.mark.postgres
def test_a_server_that_is_away(team):
    """A server that cannot be reached is exit 8, nobody is called, and no password is shown."""
    password = make_url(url_of(team)).password
    team.setting("LEDGER_URL", make_url(url_of(team)).set(port=1).render_as_string(hide_password=False))

    for command in (["plan"], ["apply", "--ack-calls", "3"], ["status"], ["doctor"]):
        ended = team.run(*command)
        assert ended.code == 8
        assert "cannot be reached" in ended.all
        assert str(password) not in ended.all
    assert team.calls() == []


@pytest.mark.postgres
def test_a_ledger_moves_to_postgresql_and_goes_on(bank, shared_database, tmp_path):
    """Exported from its file and imported into PostgreSQL, the ledger calls nobody again, and its receipts still hold."""
    assert bank.run("apply", "--ack-calls", "3").code == 0
    exported = bank.run("ledger", "export", tmp_path / "ledger.jsonl")
    bank.setting("LEDGER_KEY", (bank.ledger.parent / "ledger.key").read_text().strip())
    bank.setting("LEDGER_URL", schema(shared_database, f"bank_{secrets.token_hex(4)}"))
    imported = bank.run("ledger", "import", tmp_path / "ledger.jsonl")

    assert (exported.code, imported.code) == (0, 0)
    said = re.compile(r"lineage [0-9a-f]{32}, head [0-9a-f]{64}")
    assert said.findall(exported.out) == said.findall(imported.out) != []
    assert bank.run("plan", "--expect-no-changes").code == 0
    assert bank.run("apply").code == 0
    assert len(bank.numbers()) == 3


def test_an_export_is_not_imported_over_a_ledger_or_under_another_key(bank, tmp_path):
    """Importing makes a ledger where there is none, and under its own key only: exit 8, and nothing is changed."""
    bank.run("apply", "--ack-calls", "3")
    bank.run("ledger", "export", tmp_path / "ledger.jsonl")
    over = bank.run("ledger", "import", tmp_path / "ledger.jsonl")
    bank.setting("LEDGER_URL", f"sqlite:///{tmp_path}/other/ledger.db")
    without = bank.run("ledger", "import", tmp_path / "ledger.jsonl")
    bank.setting("LEDGER_KEY", KEY)
    other = bank.run("ledger", "import", tmp_path / "ledger.jsonl")

    assert (over.code, without.code, other.code) == (8, 8, 8)
    assert "there is a ledger at" in over.err
    assert "the key of this environment's ledger is missing" in without.err
    assert "under key" in other.err
    assert not (tmp_path / "other").exists()


def test_an_export_for_analysis(bank, tmp_path):
    """Parquet for whoever wants to count."""
    bank.run("apply", "--ack-calls", "3")

    assert bank.run("ledger", "export", "--parquet", tmp_path / "out").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "entries.parquet",
        "people-00001.parquet",
    ]


def test_without_a_ledger_there_is_nothing_to_move(bank, tmp_path):
    """Neither exported nor migrated: exit 8, and none is made."""
    assert bank.run("ledger", "export", tmp_path / "x").code == 8
    assert bank.run("ledger", "migrate").code == 8
    assert not bank.ledger.exists()


def test_a_ledger_of_this_version_is_left_as_it_is(bank):
    """Migrating a ledger that has the newest schema says so."""
    bank.run("apply", "--ack-calls", "3")
    before = bank.run("ledger", "verify").out

    migrated = bank.run("ledger", "migrate")

    assert (migrated.code, migrated.out) == (0, f"sandbox: the ledger has schema {REVISION} already\n")
    assert bank.run("ledger", "verify").out == before


@pytest.mark.postgres
@pytest.mark.slow
def test_five_applies_at_once(team):
    """Of five processes that apply one campaign, one does and four are told who holds it (8); everybody is called once."""
    team.campaign(more="\n[limits]\nper_task = 1\n")
    team.audience(*(f"+44770090010{n},Pat,{n}.00,2026-12-01" for n in range(8)))
    assert team.run("plan", "--out", "plan.json").code == 0
    assert team.run("ledger", "init").code == 0
    team.fault("slow", times=20, seconds=1.5)

    applies = [start_apply() for _ in range(5)]
    said = [apply.communicate(timeout=240)[1] for apply in applies]

    assert sorted(apply.returncode for apply in applies) == [0, 8, 8, 8, 8]
    (winner,) = (apply for apply in applies if apply.returncode == 0)
    for apply, err in zip(applies, said, strict=True):
        held = re.search(r"campaign overdue is held by \S+@\S+, process (\d+): .*apply", err)
        assert (held and int(held[1])) == (None if apply is winner else winner.pid)
    assert team.numbers() == [f"44770090010{n}" for n in range(8)]
    assert team.run("apply").code == 0
    assert team.run("ledger", "verify").code == 0


@pytest.mark.postgres
@pytest.mark.slow
def test_a_server_that_crashes_in_the_middle_of_an_apply(bank, postgres_server):
    """While the database crashes and comes back, an apply waits for it, and everybody is called once."""
    bank.setting("LEDGER_URL", postgres_server.url)
    bank.setting("LEDGER_KEY", KEY)
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(*(f"+44770090010{n},Pat,{n}.00,2026-12-01" for n in range(8)))
    assert bank.run("plan", "--out", "plan.json").code == 0
    bank.fault("slow", times=20, seconds=0.5)

    apply = start_apply()
    for people in (2, 5):
        while len(bank.numbers()) < people and apply.poll() is None:
            time.sleep(0.05)
        postgres_server.crash()
        time.sleep(1.0)
        postgres_server.start()
    _, err = apply.communicate(timeout=240)

    assert (apply.returncode, "Traceback" in err) == (0, False), err
    assert bank.numbers() == [f"44770090010{n}" for n in range(8)]
    assert bank.run("apply").code == 0
    assert bank.run("ledger", "verify").code == 0


@pytest.mark.postgres
@pytest.mark.slow
def test_a_server_that_is_lost_in_the_middle_of_an_apply(bank, postgres_server):
    """A database that does not come back ends the apply with 8; when it is back, repeating calls the others, and nobody twice."""
    bank.setting("LEDGER_URL", postgres_server.url)
    bank.setting("LEDGER_KEY", KEY)
    bank.setting("VENDOR_REFUSES_DUPLICATE_NAMES", "true")
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.audience(*(f"+44770090010{n},Pat,{n}.00,2026-12-01" for n in range(8)))
    assert bank.run("plan", "--out", "plan.json").code == 0
    bank.fault("slow", times=20, seconds=0.5)

    apply = start_apply()
    while len(bank.numbers()) < 3 and apply.poll() is None:
        time.sleep(0.05)
    postgres_server.crash()
    _, err = apply.communicate(timeout=240)
    postgres_server.start()
    repeated = [bank.run("apply", "--plan", "plan.json", "--ack-calls", "8").code for _ in range(3)]

    assert apply.returncode in {8, 10}, err
    assert "Traceback" not in err
    assert str(make_url(postgres_server.url).password) not in err
    assert repeated[-1] == 0
    assert bank.numbers() == [f"44770090010{n}" for n in range(8)]
    assert bank.run("ledger", "verify").code == 0


def test_collect_writes_the_index_and_reindex_writes_it_anew(bank):
    """After a collect every task is covered; dropped and written again the index is the same."""
    assert bank.run("apply", "--ack-calls", "3").code == 0
    assert bank.run("collect").code == 0
    with sqlite3.connect(bank.ledger) as connection:
        written = connection.execute("SELECT * FROM prefixes ORDER BY first_byte").fetchall()
        connection.execute("DELETE FROM prefixes")
        connection.commit()

        again = bank.run("ledger", "reindex")

        assert (again.code, again.out) == (0, f"sandbox: 3 rows {INDEXED}")
        assert len(written) > 0
        assert connection.execute("SELECT * FROM prefixes ORDER BY first_byte").fetchall() == written
    connection.close()
    assert bank.run("ledger", "verify").code == 0


def test_who_asked_not_to_be_called_is_in_the_index_and_not_counted_as_called(bank):
    """One of three who were called is suppressed, and a fourth one forgotten: five rows, and nothing says five people."""
    assert bank.run("apply", "--ack-calls", "3").code == 0
    assert bank.run("suppress", "--reason", "asked", typed="+447700900001\n").code == 0
    assert bank.run("forget", "--reason", "asked", typed="+447700900009\n").code == 0

    assert bank.run("ledger", "reindex").out == f"sandbox: 5 rows {INDEXED}"


def test_a_collect_that_cannot_write_the_index_has_collected_all_the_same(bank):
    """The index is derived: where it cannot be written, collect says so and ends as it would have."""
    assert bank.run("apply", "--ack-calls", "3").code == 0
    with sqlite3.connect(bank.ledger) as connection:
        connection.execute(
            "CREATE TRIGGER no_index BEFORE INSERT ON prefix_runs BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    connection.close()

    collected = bank.run("collect")

    assert collected.code == 0
    assert "the index of people was not written" in collected.err
    assert "overdue 2026-11" in bank.run("who", typed="+447700900001\n").out


@pytest.mark.postgres
def test_who_was_called_by_a_shared_ledger(team):
    """With a ledger in PostgreSQL people are looked up as in a file, with and without its index."""
    assert team.run("apply", "--ack-calls", "3").code == 0
    called, stranger = (team.run("who", typed=f"+44770090000{last}\n") for last in (1, 9))
    again = team.run("ledger", "reindex")

    assert (called.code, stranger.code, again.out) == (0, 0, f"sandbox: 3 rows {INDEXED}")
    assert called.out.startswith("+44•••••0001: overdue 2026-11: handed over")
    assert stranger.out == "+44•••••0009: in no task of this ledger\n"
    assert team.run("who", typed="+447700900001\n").out == called.out
