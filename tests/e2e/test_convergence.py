"""The main job: plan, review, apply once, apply again."""

import gc
import shutil
from pathlib import Path

from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank


def test_planned_reviewed_applied_and_applied_again(bank: Bank, tmp_path: Path) -> None:
    """Every step of the way ends with the code that the design gives it, and the second apply calls nobody."""
    plan = tmp_path / "plan.json"

    codes = [
        bank.run("validate").code,
        bank.run("plan", "--detailed-exitcode").code,
        bank.run("plan", "--out", plan).code,
        bank.run("show", plan).code,
        bank.run("apply", "--plan", plan, "--ack-calls", 3).code,
        bank.run("apply").code,
        bank.run("apply", "--plan", plan, "--ack-calls", 3).code,
        bank.run("plan", "--detailed-exitcode").code,
        bank.run("ledger", "verify").code,
        bank.run("status").code,
    ]

    assert codes == [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]


def test_the_vendor_is_told_what_jinja_renders(bank: Bank) -> None:
    """Each person hears and reads the rendered template, whole, and the vendor has cut nothing."""
    bank.run("apply", "--ack-calls", 3)

    told = {call["number"]: (call["heard"]["text"], call["read"]["text"]) for call in bank.calls()}
    assert told == {
        "447700900001": (
            "Hello Ann, your payment of 120.50 pounds is due on 2026-11-30.",
            "Dear Ann, please pay 120.50 by 2026-11-30.",
        ),
        "447700900002": (
            "Hello Bob, your payment of 1999.00 pounds is due on 2026-12-01.",
            "Dear Bob, please pay 1999.00 by 2026-12-01. Please call us.",
        ),
        "447700900003": (
            "Hello Cem, your payment of 88.10 pounds is due on 2026-12-02.",
            "Dear Cem, please pay 88.10 by 2026-12-02.",
        ),
    }
    summary = bank.engine.summary()
    assert summary["truncation_count"] == 0
    assert summary["unknown_fields"] == {}
    assert summary["accepted_more_than_once"] == 0


def test_other_words_call_nobody(bank: Bank) -> None:
    """An edited template is shown as a change of people already called, and there is nobody to call."""
    bank.run("apply", "--ack-calls", 3)
    bank.write("templates/overdue.tts.j2", "Good morning {{ name }}.\n")

    plan = bank.run("plan", "--detailed-exitcode")
    applied = bank.run("apply")

    assert plan.code == 0
    assert "~ 3 already called, with other words or settings; not called again" in plan.out
    assert applied.code == 0
    assert len(bank.numbers()) == 3


def test_somebody_who_joins_is_called_alone(bank: Bank) -> None:
    """One more row is one more call, also when everything around it was reordered and reformatted."""
    bank.run("apply", "--ack-calls", 3)
    bank.audience(DAN, CEM.replace("07700 900003", "+44 7700 900-003"), ANN, BOB)

    plan = bank.run("plan", "--detailed-exitcode", "--format", "json")
    bank.run("apply", "--ack-calls", 1)

    summary = plan.json()["summary"]
    assert plan.code == 2
    assert (summary["calls"], summary["called_same"], summary["rows"]) == (1, 3, 4)
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003", "447700900004"]
    assert bank.run("plan", "--expect-no-changes").code == 0


def test_a_new_edition_is_the_declared_way_to_call_again(bank: Bank) -> None:
    """The same people are called once more under another edition, and not otherwise."""
    bank.run("apply", "--ack-calls", 3)
    bank.campaign("2026-11", "wave-2")

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert bank.numbers() == sorted(["447700900001", "447700900002", "447700900003"] * 2)


def test_a_renamed_campaign_knows_its_people(bank: Bank) -> None:
    """With `formerly`, another name and another file call nobody again."""
    bank.run("apply", "--ack-calls", 3)
    bank.campaign('"overdue"', '"late"')
    text = (bank.root / "campaigns/overdue.toml").read_text()
    (bank.root / "campaigns/overdue.toml").unlink()
    bank.write("campaigns/other.toml", text.replace('"late"', '"late"\nformerly = ["overdue"]'))

    assert bank.run("plan", "--expect-no-changes").code == 0
    assert bank.run("apply").code == 0
    assert len(bank.numbers()) == 3


def test_many_tasks(bank: Bank) -> None:
    """An audience larger than one request is handed over in several, each person once."""
    bank.campaign(more="\n[limits]\nper_task = 4\n")
    bank.audience(*(f"+4477009001{n:02},Pat,{n}.00,2026-12-01" for n in range(10)))

    applied = bank.run("apply", "--ack-calls", 10)

    assert applied.code == 0
    assert bank.engine.summary()["tasks"] == 3
    assert bank.numbers() == [f"4477009001{n:02}" for n in range(10)]


def test_two_campaigns_are_acknowledged_by_their_sum(bank: Bank) -> None:
    """One acknowledgement counts the people of both, and each campaign has its own receipt."""
    text = (bank.root / "campaigns/overdue.toml").read_text()
    bank.write("campaigns/second.toml", text.replace('"overdue"', '"second"'))

    refused = bank.run("apply", "--ack-calls", 3)
    applied = bank.run("apply", "--ack-calls", 6)

    assert refused.code == 6
    assert applied.code == 0
    assert bank.engine.summary()["tasks"] == 2
    assert len(list(bank.root.glob(".runner/sandbox/receipts/sandbox/*/2026-11/*.toml"))) == 2


def test_planning_changes_nothing(bank: Bank) -> None:
    """Promise 8: after the key exists, a plan writes no file, asks no vendor, and needs no credentials."""
    bank.run("apply", "--ack-calls", 3)
    gc.collect()  # a process that ends lets go of its ledger; within this one it may take a moment
    before, requests = bank.files(), bank.requests()
    bank.setting("API_KEY", None)
    bank.setting("API_URL", "http://127.0.0.1:9")

    ended = [bank.run("plan"), bank.run("status"), bank.run("validate")]

    ignored = ("-shm", "-wal")
    assert [one.code for one in ended] == [0, 0, 0]
    assert {p: c for p, c in bank.files().items() if not p.endswith(ignored)} == {
        p: c for p, c in before.items() if not p.endswith(ignored)
    }
    assert bank.requests() == requests


def test_the_first_plan_leaves_only_a_key(bank: Bank) -> None:
    """A valid first plan makes the hashing key, private, and no ledger."""
    before = set(bank.files())

    bank.run("plan")

    made = set(bank.files()) - before
    assert made == {".runner/.gitignore", ".runner/sandbox/ledger.key"}
    assert (bank.root / ".runner/sandbox/ledger.key").stat().st_mode & 0o777 == 0o600
    assert (bank.root / ".runner").stat().st_mode & 0o777 == 0o700


def test_a_ledger_that_another_first_apply_makes_meanwhile(bank: Bank) -> None:
    """Who looked before it was there, and comes to make it after, goes on with it and finds everybody called."""
    bank.run("apply", "--ack-calls", 3)
    shutil.rmtree(bank.root / ".runner/sandbox/receipts")
    bank.monkeypatch.setattr("runner.ledger.open.open_reader", lambda *_args, **_kwargs: None)

    second = bank.run("apply")

    assert second.code == 0, second.err
    assert len(bank.numbers()) == 3
