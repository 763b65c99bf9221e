"""Every way in which a command says no, each with the exit code of the design and nothing sent."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from runner.sandbox.auth import Credentials
from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from runner.sandbox.server import running
from tests.e2e.conftest import ANN, BOB, CEM, HEADER, Bank, Terminal


def nothing_was_sent(bank: Bank) -> bool:
    """Tell whether no task was asked for."""
    return "send" not in bank.requests()


def test_no_acknowledgement(bank: Bank) -> None:
    """Without a terminal and without a number: exit 6, with the number to pass."""
    applied = bank.run("apply")

    assert applied.code == 6
    assert "3 people would be called and nobody acknowledged that; nothing was sent" in applied.err
    assert "pass --ack-calls 3" in applied.err
    assert nothing_was_sent(bank)


@pytest.mark.parametrize("number", [0, 2, 4, 30])
def test_another_number_is_no_acknowledgement(bank: Bank, number: int) -> None:
    """Exit 6 with both numbers."""
    applied = bank.run("apply", "--ack-calls", number)

    assert applied.code == 6
    assert f"{number} people were acknowledged, the plan has 3; nothing was sent" in applied.err
    assert nothing_was_sent(bank)


def test_the_number_typed_at_a_terminal(bank: Bank) -> None:
    """Environment and number are asked for, and the number is typed."""
    applied = bank.run("apply", typed="3\n")

    assert applied.code == 0
    assert "In sandbox, 3 people will be called. Type 3 to go on: " in applied.err
    assert len(bank.numbers()) == 3


def test_ctrl_c_at_the_question(bank: Bank) -> None:
    """Whoever interrupts instead of typing calls nobody: 130."""

    class Leaving:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    bank.monkeypatch.setattr(
        "runner.cli.acknowledge.sys", SimpleNamespace(stdin=Leaving(), stderr=Terminal())
    )

    applied = bank.run("apply")

    assert applied.code == 130
    assert nothing_was_sent(bank)


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "yes\n", "4\n", "33\n"])
def test_anything_else_typed_at_a_terminal(bank: Bank, typed: str) -> None:
    """No other answer is a yes."""
    applied = bank.run("apply", typed=typed)

    assert applied.code == 6
    assert nothing_was_sent(bank)


def test_a_limit_on_calls(bank: Bank) -> None:
    """Exit 6 with value, limit, the place of the limit and what to change, whatever was acknowledged."""
    bank.campaign(more="\n[limits]\ncalls = 2\n")

    plan = bank.run("plan")
    applied = bank.run("apply", "--ack-calls", 3)

    assert plan.code == 0
    assert "calls 3 of 2 REFUSED (campaigns/overdue.toml:28:1)" in plan.out
    assert applied.code == 6
    assert "overdue: 3 people would be called, `[limits] calls` is 2" in applied.err
    assert "--> campaigns/overdue.toml:28:1" in applied.err
    assert nothing_was_sent(bank)


def test_a_limit_on_rows(bank: Bank) -> None:
    """An audience with more rows than allowed is not read to its end: exit 6."""
    bank.campaign(more="\n[limits]\nrows = 2\n")

    assert bank.run("plan").code == 6
    assert bank.run("apply", "--ack-calls", 3).code == 6
    assert nothing_was_sent(bank)


def test_a_stale_audience(bank: Bank) -> None:
    """Older than `fresh`: exit 6."""
    bank.campaign('number = "phone"', 'number = "phone"\nfresh = "24h"')
    bank.time.skip(25 * 3600)

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 6
    assert "25.0 hours old, `fresh` allows 24" in applied.err
    assert nothing_was_sent(bank)


def test_expectations(bank: Bank) -> None:
    """`--expect-calls` and `--expect-no-changes` fail with 11 and both numbers, before anything is sent."""
    plan = bank.run("plan", "--expect-calls", 2)
    applied = bank.run("apply", "--ack-calls", 3, "--expect-calls", 2)

    assert (plan.code, applied.code) == (11, 11)
    assert bank.run("plan", "--expect-no-changes").code == 11
    assert "3 people would be called, 2 were expected" in plan.err
    assert nothing_was_sent(bank)


def test_expecting_calls_where_there_are_none(bank: Bank) -> None:
    """An apply that was to call somebody and has nobody to call fails too: a silent success would hide it."""
    bank.run("apply", "--ack-calls", 3)

    assert bank.run("apply", "--expect-calls", 3).code == 11
    assert bank.run("apply", "--expect-calls", 0).code == 0


def test_a_selection_that_is_empty(bank: Bank) -> None:
    """A folder without campaigns selects nothing: exit 11."""
    (bank.root / "campaigns/later").mkdir()

    ended = [bank.run(command, "campaigns/later") for command in ("validate", "plan", "apply", "status")]

    assert [one.code for one in ended] == [11, 11, 11, 11]


def test_a_campaign_file_that_is_not_there(bank: Bank) -> None:
    """A mistyped name selects nothing: exit 11, and the nearest file is named."""
    ended = bank.run("plan", "campaigns/overdu.toml")

    assert ended.code == 11
    assert nothing_was_sent(bank)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("paln",),
        ("plan", "--no-such-option"),
        ("plan", "--format", "yaml"),
        ("plan", "--expect-calls", "many"),
        ("apply", "--ack-calls", "-1"),
        ("apply", "--force"),
        ("show",),
        ("sandbox", "--port", "99999"),
        ("sandbox", "--switch", "no_such=1"),
        ("ledger",),
        ("ledger", "remake"),
    ],
)
def test_wrong_usage(bank: Bank, arguments: tuple[str, ...]) -> None:
    """Exit 64, never 2: that means people to call."""
    ended = bank.run(*arguments)

    assert ended.code == 64
    assert "Usage" in ended.all
    assert not (bank.root / ".runner").exists()


def test_wrong_credentials(bank: Bank) -> None:
    """The vendor refuses the account: exit 4, nothing sent, and the secret is in no output."""
    bank.setting("API_SECRET", "another-secret-of-somebody")

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 4
    assert "another-secret-of-somebody" not in applied.all
    assert nothing_was_sent(bank)
    bank.setting("API_SECRET", None)
    assert bank.run("apply", "--ack-calls", 3).code == 0


def test_missing_credentials(bank: Bank) -> None:
    """Only the sandbox has credentials of its own: elsewhere exit 4, with the names of the settings."""
    bank.setting("ENVIRONMENT", "staging")

    plan, applied = bank.run("plan"), bank.run("apply", "--ack-calls", 3)

    assert plan.code == 0
    assert applied.code == 4
    assert "RUNNER_API_KEY and RUNNER_API_SECRET must be set for staging" in applied.err
    assert not (bank.root / ".runner/staging/ledger.db").exists()


def test_a_ledger_of_another_environment(bank: Bank) -> None:
    """Rehearsed here, applied there with the same file: exit 4."""
    bank.run("apply", "--ack-calls", 3)
    bank.setting("ENVIRONMENT", "staging")
    bank.setting("API_KEY", "sandbox-key")
    bank.setting("API_SECRET", "sandbox-secret")
    bank.setting("LEDGER_URL", f"sqlite:///{bank.ledger}")

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 3), bank.run("status")]

    assert [one.code for one in ended] == [4, 4, 4]
    assert bank.requests()["send"] == 1


def test_a_ledger_of_another_account(bank: Bank) -> None:
    """The same ledger with credentials of another account: exit 4, nothing sent there."""
    bank.run("apply", "--ack-calls", 3)
    bank.audience(ANN, BOB, CEM, ANN.replace("900001", "900009"))
    credentials = Credentials(api_key="other-key", api_secret="other-secret")
    other = Engine(clock=VirtualClock(bank.time.wall), credentials=credentials)
    bank.setting("API_KEY", "other-key")
    bank.setting("API_SECRET", "other-secret")
    with running(other) as address:
        bank.setting("API_URL", address)
        applied = bank.run("apply", "--ack-calls", 1)

    assert applied.code == 4
    assert "send" not in other.summary()["requests"]


def test_another_key(bank: Bank) -> None:
    """A ledger under another key would show everybody as new: exit 8."""
    bank.run("apply", "--ack-calls", 3)
    bank.setting("LEDGER_KEY", "cd" * 32)

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 3)]

    assert [one.code for one in ended] == [8, 8]
    assert "under another one everybody would look new" in ended[0].err
    assert bank.requests()["send"] == 1


def test_a_lost_key_is_not_made_again(bank: Bank) -> None:
    """Exit 8, and no file takes its place."""
    bank.run("apply", "--ack-calls", 3)
    key = bank.root / ".runner/sandbox/ledger.key"
    key.unlink()

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 3)]

    assert [one.code for one in ended] == [8, 8]
    assert not key.exists()


def test_a_lost_ledger_with_receipts(bank: Bank) -> None:
    """The receipts tell of a ledger that is gone: exit 8, and none is made anew."""
    bank.run("apply", "--ack-calls", 3)
    for path in bank.ledger.parent.glob("ledger.db*"):
        path.unlink()

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 3), bank.run("status"), bank.run("doctor")]

    assert [one.code for one in ended] == [8, 8, 8, 8]
    assert not bank.ledger.exists()
    assert bank.requests()["send"] == 1


def test_a_fresh_machine_while_the_vendor_has_the_tasks(bank: Bank) -> None:
    """Ledger, key and receipts are gone, the tasks are not: what the vendor knows stops the apply with 8."""
    bank.run("apply", "--ack-calls", 3)
    shutil.rmtree(bank.root / ".runner")

    plan, applied = bank.run("plan"), bank.run("apply", "--ack-calls", 3)

    assert plan.code == 0
    assert applied.code == 8
    assert (
        "the vendor has 1 task of edition 2026-11 with 3 people that this ledger does not know" in applied.err
    )
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]


def test_receipts_alone_are_left(bank: Bank) -> None:
    """Ledger and key are gone, the receipts tell of them: exit 8, and neither is made anew."""
    bank.run("apply", "--ack-calls", 3)
    for path in bank.ledger.parent.glob("ledger.*"):
        path.unlink()

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 3)]

    assert [one.code for one in ended] == [8, 8]
    assert not list(bank.ledger.parent.glob("ledger.*"))


def test_an_older_copy_of_the_ledger(bank: Bank, tmp_path: Path) -> None:
    """A copy from before the last apply lacks what a receipt saw: exit 8."""
    bank.audience(ANN)
    assert bank.run("apply", "--ack-calls", 1).code == 0
    shutil.copytree(bank.ledger.parent, tmp_path / "copy")
    bank.audience(ANN, BOB)
    assert bank.run("apply", "--ack-calls", 1).code == 0
    for path in bank.ledger.parent.glob("ledger.db*"):
        path.unlink()
    shutil.copy(tmp_path / "copy/ledger.db", bank.ledger)

    ended = [bank.run("plan"), bank.run("apply", "--ack-calls", 1)]

    assert [one.code for one in ended] == [8, 8]
    assert len(bank.numbers()) == 2


def test_another_ledger_at_the_vendor(bank: Bank) -> None:
    """Two ledgers for one account: the second one is stopped by the tasks of the first."""
    bank.run("apply", "--ack-calls", 3)
    bank.setting("LEDGER_URL", "sqlite:///other/ledger.db")
    bank.setting("LEDGER_KEY", "ef" * 32)
    bank.setting("RECEIPTS", "other/receipts")

    assert bank.run("apply", "--ack-calls", 3).code == 8
    assert len(bank.numbers()) == 3


REAL = f"{HEADER}\n+447400123456,Ann,120.50,2026-11-30\n"
"""The example that the library of phone numbers gives for a British mobile."""


@pytest.fixture
def production(bank: Bank) -> Bank:
    """The bank in production, its files committed, with an audience from outside the repository."""
    outside = bank.root.parent / "lists"
    outside.mkdir()
    (outside / "overdue.csv").write_text(REAL)
    bank.campaign("audiences/overdue.csv", str(outside / "overdue.csv"))
    (bank.root / "campaigns/audiences/overdue.csv").unlink()
    for name, value in (
        ("ENVIRONMENT", "production"),
        ("API_KEY", "sandbox-key"),
        ("API_SECRET", "sandbox-secret"),
        ("SOURCES", str(outside)),
    ):
        bank.setting(name, value)
    git(bank.root, "init", "-q")
    commit(bank.root)
    return bank


def git(root: Path, *arguments: str) -> None:
    """Run git as somebody."""
    names = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    """Commit everything but our own folder."""
    git(root, "add", "campaigns", "templates")
    git(root, "commit", "-q", "-m", "A change")


def test_production_from_the_first_command_on(production: Bank) -> None:
    """No ledger is made by the way (8); made once, the committed campaign is applied, and applied again."""
    without = production.run("apply", "--ack-calls", 1)
    made = production.run("ledger", "init")
    applied = production.run("apply", "--ack-calls", 1)

    assert (without.code, made.code, applied.code) == (8, 0, 0)
    assert "make it once with `runner ledger init`" in without.err
    assert production.numbers() == ["447400123456"]
    assert production.run("apply").code == 0
    assert production.run("ledger", "init").code == 8


def test_production_from_files_that_nobody_reviewed(production: Bank) -> None:
    """A template that differs from its commit is not applied: exit 6."""
    production.run("ledger", "init")
    production.write("templates/overdue.tts.j2", "Pay now.\n")

    applied = production.run("apply", "--ack-calls", 1)

    assert applied.code == 6
    assert "not as committed, such as templates/overdue.tts.j2" in applied.err
    assert nothing_was_sent(production)


def test_production_calls_no_fiction(production: Bank) -> None:
    """Numbers reserved for fiction are invalid there, and nobody is called."""
    production.run("ledger", "init")
    (production.root.parent / "lists/overdue.csv").write_text(f"{HEADER}\n{ANN}\n{BOB}\n")

    plan = production.run("plan", "--format", "json")

    assert plan.json()["summary"]["invalid"] == 2
    assert production.run("apply").code == 0
    assert nothing_was_sent(production)


def test_production_outside_of_git(bank: Bank) -> None:
    """Without a repository nobody can tell what was reviewed: exit 6."""
    bank.setting("ENVIRONMENT", "production")
    bank.setting("API_KEY", "sandbox-key")
    bank.setting("API_SECRET", "sandbox-secret")

    assert bank.run("apply", "--ack-calls", 3).code == 6
    assert nothing_was_sent(bank)


def test_an_audience_that_git_tracks(production: Bank) -> None:
    """Personal data is not committed: outside the sandbox such an audience is an error, exit 3."""
    production.campaign()
    production.audience(ANN)
    commit(production.root)

    assert production.run("plan").code == 3


@pytest.mark.parametrize("command", ["plan", "validate", "status", "doctor", "apply"])
def test_outside_of_any_repository(bank: Bank, tmp_path: Path, command: str) -> None:
    """Standing nowhere, a command says what it looks for: exit 3."""
    (tmp_path / "elsewhere").mkdir()
    bank.monkeypatch.chdir(tmp_path / "elsewhere")

    ended = bank.run(command)

    assert ended.code == 3
    assert "campaigns/" in ended.err


def second_campaign(bank: Bank) -> None:
    """Add a campaign that calls the same people."""
    text = (bank.root / "campaigns/overdue.toml").read_text()
    bank.write("campaigns/second.toml", text.replace('"overdue"', '"second"'))


def test_a_refusal_does_not_hide_another_campaigns_trouble(bank: Bank) -> None:
    """One campaign is unknown to the ledger (8), the other one lacks the acknowledgement (6): both are told, 8 wins."""
    bank.run("apply", "--ack-calls", 3)
    shutil.rmtree(bank.root / ".runner")
    second_campaign(bank)

    applied = bank.run("apply")

    assert applied.code == 8
    assert "error[unknown-task]" in applied.err
    assert "error[not-acknowledged]: 3 people would be called" in applied.err
    assert bank.requests()["send"] == 1


def test_a_missing_acknowledgement_does_not_hide_a_doubt(bank: Bank) -> None:
    """Somebody is in doubt and somebody else is new: exit 10 with both, for a doubt is worse than a missing number."""
    bank.fault("close", when="before")
    bank.run("apply", "--ack-calls", 3)
    bank.audience(ANN, BOB, CEM, ANN.replace("900001", "900009"))

    applied = bank.run("apply")

    assert applied.code == 10
    assert "1 person would be called and nobody acknowledged that" in applied.err
    assert "3 people in doubt" in applied.out


def test_one_error_that_stops_two_campaigns_is_told_once(bank: Bank) -> None:
    """The vendor is down for both of them, and says so once."""
    second_campaign(bank)
    bank.setting("API_URL", "http://127.0.0.1:9")

    applied = bank.run("apply", "--ack-calls", 6)

    assert applied.code == 5
    assert applied.err.count("error[") == 1


def test_what_was_sent_before_the_vendor_went_away(bank: Bank) -> None:
    """The second campaign's recording cannot be uploaded any more: 9 and not 5, since people were handed over."""
    shutil.copy(
        Path(__file__).parents[2] / "campaigns/audio/quickstart.wav", bank.root / "campaigns/word.wav"
    )
    second_campaign(bank)
    path = bank.root / "campaigns/second.toml"
    voice = 'source   = "audio"\nfile = "word.wav"\n'
    path.write_text(path.read_text().replace('source   = "tts"\ntemplate = "overdue.tts.j2"\n', voice))
    bank.fault("http_500", endpoint="upload", when="before", times=20)

    applied = bank.run("apply", "--ack-calls", 6)
    bank.engine.clear_faults()

    assert applied.code == 9
    assert "overdue 2026-11: 3 people confirmed in all" in applied.out
    assert "second 2026-11: stopped before anything was sent" in applied.out
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.engine.summary()["tasks"] == 2
