"""Forget me: what became of calls is erased, that they were made is kept, and nothing comes back."""

import sqlite3
from contextlib import closing

from runner.frames import PERSON
from runner.ledger.inbox import inbox_of
from tests.e2e.conftest import CAMPAIGN, Bank, Ended, Postbox, lines_with, push
from tests.e2e.test_collect import call_everybody, outcomes

REASON = ("--reason", "article 17")
BOBS = "+447700900002"


def forget(bank: Bank, *numbers: str, reason: tuple[str, ...] = REASON, more: tuple[str, ...] = ()) -> Ended:
    """Run `runner forget` with *numbers* on stdin."""
    return bank.run("forget", *reason, *more, typed="".join(f"{number}\n" for number in numbers))


def who(bank: Bank, number: str) -> str:
    """Return what `runner who` says of *number*."""
    return bank.run("who", typed=f"{number}\n").out


def test_what_became_of_calls_is_erased_and_the_call_is_not_made_again(bank: Bank, postbox: Postbox) -> None:
    """Bob's reports go, the others' stay as they were; he is called already, the chain holds, and caps count him."""
    call_everybody(bank)
    push(bank, *postbox.wait_for(3))
    bank.run("collect")
    before = outcomes(bank)
    assert ", confirmed" in who(bank, BOBS)

    forgot = forget(bank, "07700 900002", more=("--region", "gb"))

    assert forgot.code == 0
    assert "sandbox: 1 person forgotten\n" in forgot.out
    after = outcomes(bank)
    assert after[PERSON].n_unique() == 2
    assert before.join(after, on=before.columns, how="semi", nulls_equal=True).height == after.height
    assert f"erased: {before.height - after.height} reports of their calls" in forgot.out
    assert "they are in 1 task, as keyed hashes" in forgot.out
    assert "`runner suppress`" in forgot.out
    assert "900002" not in forgot.all
    assert bank.run("ledger", "verify").code == 0
    said = who(bank, BOBS)
    assert "handed over" in said
    assert "forgotten" in said
    assert "confirmed" not in said
    plan = bank.run("plan", "--detailed-exitcode")
    assert plan.code == 0
    assert lines_with(plan.out, "3 already called")


def test_pushes_that_were_not_folded_are(bank: Bank, postbox: Postbox) -> None:
    """What lay in the inbox is folded for the others and gone for Bob; neither file has his number or his report."""
    call_everybody(bank)
    push(bank, *postbox.wait_for(3))
    assert b"447700900002" in stored(bank, "inbox.db")

    forgot = forget(bank, BOBS, more=("--format", "json")).json()

    assert forgot == {
        "format_version": 1,
        "environment": "sandbox",
        "people": 1,
        "new": 1,
        "reports": 0,
        "pushes": 3,
        "tasks": 1,
        "doubtful": 0,
        "suppressed": 0,
    }
    assert outcomes(bank)[PERSON].n_unique() == 2
    with closing(inbox_of(f"sqlite:///{bank.ledger}")) as inbox:
        assert inbox.depth() == 0
    assert b"7700900002" not in stored(bank, "inbox.db")


def stored(bank: Bank, name: str) -> bytes:
    """Return all bytes of a file beside the ledger, once nothing of it lies in a log."""
    path = bank.ledger.parent / name
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_what_was_erased_is_overwritten(bank: Bank) -> None:
    """The bytes of the block that was erased are in no page of the file any more."""
    call_everybody(bank)
    bank.run("collect")
    with closing(sqlite3.connect(bank.ledger)) as connection:
        (details,) = connection.execute("SELECT details FROM outcomes").fetchone()
    part = details[len(details) // 2 :][:64]
    assert part in stored(bank, "ledger.db")

    forget(bank, BOBS)

    assert part not in bank.ledger.read_bytes()


def test_nothing_comes_back(bank: Bank, postbox: Postbox) -> None:
    """The vendor still has Bob's record, and pushes come again: collecting takes in nothing of him, however often."""
    call_everybody(bank)
    bodies = postbox.wait_for(3)
    bank.run("collect")
    forget(bank, BOBS)

    push(bank, *bodies)
    collected = [bank.run("collect", "--format", "json").json() for _ in range(2)]

    assert outcomes(bank)[PERSON].n_unique() == 2
    assert collected[0]["pushed"]["new"] == 2
    assert collected[0]["recorded"]["new"] == collected[1]["recorded"]["new"] == 0
    assert bank.run("ledger", "verify").code == 0


def test_twice_is_once(bank: Bank) -> None:
    """Repeating it appends nothing and says so."""
    call_everybody(bank)
    bank.run("collect")
    forget(bank, BOBS)
    before = bank.run("ledger", "verify").out

    again = forget(bank, BOBS)

    assert again.code == 0
    assert "sandbox: 0 people forgotten; 1 person forgotten before\n" in again.out
    assert "erased: 0 reports" in again.out
    assert bank.run("ledger", "verify").out == before


def test_a_later_call_is_another_matter(bank: Bank) -> None:
    """Forgotten and called again by a new edition, what became of that call is known, until it is forgotten too."""
    call_everybody(bank)
    forget(bank, BOBS)
    bank.time.skip(4 * 86_400)
    bank.campaign('edition = "2026-11"', 'edition = "2026-12"')
    call_everybody(bank)
    bank.run("collect")

    said = who(bank, BOBS)
    assert len(lines_with(said, "overdue 2026-12", "confirmed")) == 1
    assert not lines_with(said, "overdue 2026-11", "confirmed")
    assert "sandbox: 1 person forgotten\n" in forget(bank, BOBS).out
    assert not lines_with(who(bank, BOBS), "confirmed")


def test_reports_count_them_as_those_of_whom_nothing_was_heard(bank: Bank) -> None:
    """Three were accepted, of one nothing is known any more, and the report says just that."""
    call_everybody(bank)
    bank.run("collect")
    before = bank.run("report", "--format", "json").json()["summary"]
    forget(bank, BOBS)

    after = bank.run("report", "--format", "json").json()["summary"]

    assert (before["accepted"], before["confirmed"]) == (3, 3)
    assert (after["accepted"], after["confirmed"]) == (3, 2)


def test_caps_count_them_still(bank: Bank) -> None:
    """At the cap of one call, another campaign does not call whoever was forgotten."""
    bank.write("campaigns/policy.toml", "[caps]\ncalls = 1\ndays = 7\n")
    call_everybody(bank)
    forget(bank, BOBS)
    bank.write("campaigns/other.toml", CAMPAIGN.replace('"overdue"', '"other"', 1))

    assert bank.run("plan", "campaigns/other.toml", "--detailed-exitcode").code == 0


def test_a_suppression_is_kept(bank: Bank) -> None:
    """Whoever asked never to be called again and to be forgotten stays suppressed, also where nobody ever called her."""
    bank.run("suppress", *REASON, typed=f"{BOBS}\n")

    forgot = forget(bank, BOBS)

    assert "kept: that 1 person must not be called by any campaign" in forgot.out
    assert "runner suppress" not in forgot.out
    assert bank.run("apply", "--ack-calls", 2).code == 0


def test_doubts_are_told(bank: Bank) -> None:
    """Of a task in doubt it is said that records settle it less well from now on."""
    bank.fault("close", when="before")
    bank.run("apply", "--ack-calls", 3)

    assert (
        "1 task of them in doubt: their call records do not help to settle it any more"
        in forget(bank, BOBS).out
    )


def test_what_is_no_number_erases_nothing(bank: Bank) -> None:
    """Wrong lines are named, a reason is needed, and without a ledger there is nothing to forget."""
    assert forget(bank, BOBS).out == "sandbox: no ledger yet, so nothing is known of anybody\n"
    assert not bank.ledger.exists()
    call_everybody(bank)
    bank.run("collect")

    wrong = forget(bank, BOBS, "canary")

    assert (wrong.code, wrong.out) == (3, "")
    assert "stdin:2" in wrong.err
    assert "canary" not in wrong.err
    assert forget(bank, BOBS, reason=()).code == 64
    assert outcomes(bank)[PERSON].n_unique() == 3
