"""What one person heard and got, rendered again from the commit that was applied."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, HEADER, SAMPLE, SMS, VOICE, Bank, Ended

ANN_ASKED = "+447700900001"


def git(bank: Bank, *arguments: str) -> str:
    """Run git in the bank's repository and return what it prints."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=bank.root, check=True, capture_output=True, text=True
    )
    return done.stdout


def words(bank: Bank, audience: Path, number: str = ANN_ASKED) -> Ended:
    """Ask for the words of *number* at a terminal."""
    return bank.run("who", "--words", "--audience", audience, typed=f"{number}\n")


@pytest.fixture(name="applied")
def _applied(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """A bank that committed its files, and has called Ann, Bob and Cem."""
    monkeypatch.delenv("CI", raising=False)
    git(bank, "init", "-q")
    bank.write(".gitignore", "*.csv\n!*.sample.csv\n.runner/\n")
    git(bank, "add", ".")
    git(bank, "commit", "-qm", "one")
    assert bank.run("apply", "--ack-calls", 3).code == 0
    return bank


@pytest.fixture(name="kept")
def _kept(tmp_path: Path) -> Path:
    """The audience as it was, in another place."""
    kept = tmp_path / "kept.csv"
    kept.write_text(f"{HEADER}\n{ANN}\n{BOB}\n{CEM}\n", encoding="utf-8")
    return kept


def test_the_words_are_those_of_the_commit(applied: Bank, kept: Path) -> None:
    """Templates and campaign of then are rendered, whatever they are now; the work tree is not touched."""
    applied.write("templates/overdue.tts.j2", "Something else, {{ name }}.\n")
    applied.write("templates/overdue.sms.j2", "Other.\n")
    applied.campaign('"2026-11"', '"2026-12"')
    (applied.root / "campaigns/audiences/overdue.csv").unlink()
    before = {name: content for name, content in applied.files().items() if "ledger.db" not in name}
    status = git(applied, "status", "--porcelain")

    ended = words(applied, kept)

    commit = git(applied, "rev-parse", "HEAD")[:12]
    assert ended.code == 0
    assert ended.out.splitlines()[-3:] == [
        f"+44•••••0001: overdue 2026-11: the words of commit {commit}, by their content key those that were sent:",
        "  voice: Hello Ann, your payment of 120.50 pounds is due on 2026-11-30.",
        "  sms: Dear Ann, please pay 120.50 by 2026-11-30.",
    ]
    assert git(applied, "status", "--porcelain") == status
    assert {name: content for name, content in applied.files().items() if "ledger.db" not in name} == before


def test_another_audience_gives_no_words(applied: Bank, kept: Path) -> None:
    """Where the row is another one now, or gone, or no row at all, nothing of it is shown as what was heard."""
    kept.write_text("\n".join([HEADER, ANN.replace("120.50", "99.99"), ""]), encoding="utf-8")
    other = words(applied, kept)
    gone = words(applied, kept, "+447700900002")
    kept.write_text("\n".join([HEADER, ANN.replace("120.50", "much"), ""]), encoding="utf-8")
    mistyped = words(applied, kept)

    for ended in (other, mistyped):
        assert ended.code == 0
        assert "the words cannot be shown" in ended.out
        assert "give other words than were sent" in ended.out
        assert "Dear Ann" not in ended.all
        assert "99.99" not in ended.all
    assert "the person is not in this audience" in gone.out


def test_of_two_rows_the_one_that_was_sent_is_shown(applied: Bank, kept: Path) -> None:
    """An audience with several rows of the person is looked through for the one whose content key was sent."""
    rows = [ANN.replace("120.50", "99.99"), BOB, ANN.replace("+44", "0")]
    kept.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")

    out = words(applied, kept).out

    assert "  sms: Dear Ann, please pay 120.50 by 2026-11-30." in out.splitlines()
    assert "99.99" not in out


def test_files_that_were_not_committed_give_no_words(applied: Bank, kept: Path) -> None:
    """An apply from a changed work tree is not taken for its commit."""
    applied.write("templates/overdue.sms.j2", "Not committed: {{ name }}.\n")
    applied.campaign('"2026-11"', '"2026-12"')
    git(applied, "commit", "-qam", "two")
    applied.write("templates/overdue.sms.j2", SMS)
    assert applied.run("apply", "--ack-calls", 3).code == 0

    out = words(applied, kept).out

    assert "overdue 2026-12: the words cannot be shown" in out
    assert "overdue 2026-11: the words of commit" in out
    assert "Not committed" not in out


def test_a_commit_that_is_not_there_is_named(applied: Bank, kept: Path) -> None:
    """A clone without the commit says so."""
    for path in (applied.root / ".git").rglob("*"):
        if path.is_file() and "objects" in path.parts:
            path.chmod(0o600)
            path.unlink()

    assert "is not in this clone" in words(applied, kept).out


def test_a_campaign_without_a_sample(applied: Bank, kept: Path) -> None:
    """Neither the campaign's own audience nor a sample is needed beside the one that is given."""
    applied.campaign('sample = "audiences/overdue.sample.csv"\n', "")
    applied.write("templates/overdue.tts.j2", VOICE)
    git(applied, "rm", "-q", "campaigns/audiences/overdue.sample.csv")
    git(applied, "commit", "-qam", "two")
    applied.audience(ANN, BOB, CEM, "+447700900004,Dan,15.00,2026-12-03")
    assert applied.run("apply", "--ack-calls", 1).code == 0
    kept.write_text(f"{HEADER}\n+447700900004,Dan,15.00,2026-12-03\n", encoding="utf-8")

    assert "  sms: Dear Dan, please pay 15.00 by 2026-12-03." in words(applied, kept, "+447700900004").out
    assert SAMPLE[0] not in words(applied, kept).all


def test_words_are_printed_at_a_terminal_only(
    applied: Bank, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into a pipe, a file or a CI's log nothing is printed, before anything is read; nor without an audience."""
    piped = applied.run("who", "--words", "--audience", kept)
    monkeypatch.setenv("CI", "true")
    logged = words(applied, kept)
    alone = applied.run("who", "--words", typed=f"{ANN_ASKED}\n")
    unasked = applied.run("who", "--audience", kept, typed=f"{ANN_ASKED}\n")

    for ended in (piped, logged):
        assert (ended.code, ended.out) == (6, "")
        assert "at a terminal only" in ended.err
    assert (alone.code, unasked.code) == (64, 64)
