"""Between the review and the apply: apply may do less than was reviewed, never more and never otherwise."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, VOICE, Bank, lines_with

DAY_S = timedelta(days=1).total_seconds()


@pytest.fixture
def plan(bank: Bank) -> Path:
    """The reviewed plan of the three."""
    assert bank.run("plan", "--out", "plan.json").code == 0
    return bank.root / "plan.json"


def test_who_was_added_since_is_not_called(bank: Bank, plan: Path) -> None:
    """Only the reviewed three are called, and the fourth is named by count."""
    bank.audience(ANN, BOB, CEM, DAN)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 0
    assert lines_with(applied.out, "1 were not reviewed: not called")
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]
    assert bank.run("plan", "--expect-calls", 1).code == 0


def test_who_was_removed_since_is_not_called(bank: Bank, plan: Path) -> None:
    """With `keep` allowing it, the other two are called."""
    bank.campaign(more="\n[limits]\nkeep = 0.5\n")
    bank.audience(ANN, CEM)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 0
    assert lines_with(applied.out, "1 of the reviewed are gone")
    assert bank.numbers() == ["447700900001", "447700900003"]


def test_too_few_of_the_reviewed(bank: Bank, plan: Path) -> None:
    """Two of three are less than the 80 % that `keep` asks for: exit 7, with the numbers, and nothing is sent."""
    bank.audience(ANN, CEM)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 7
    assert (
        "only 2 of 3 reviewed people can be called as reviewed (67%), `[limits] keep` is 80%" in applied.err
    )
    assert bank.numbers() == []


def test_other_words_than_reviewed(bank: Bank, plan: Path) -> None:
    """An edited template stops the apply: nobody hears words that nobody reviewed."""
    bank.write("templates/overdue.tts.j2", VOICE.replace("Hello", "Hi"))

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 7
    assert "send" not in bank.requests()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('max_duration = "40s"', 'max_duration = "50s"'),
        ('app_id    = "sms-app"', 'app_id    = "other"'),
        ("on_failed = true", "on_ring = true"),
        ('language = "EN"', 'language = "FR"'),
    ],
)
def test_other_settings_than_reviewed(bank: Bank, plan: Path, old: str, new: str) -> None:
    """What is not said but decides how somebody is called is reviewed as the words are."""
    bank.campaign(old, new)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 7
    assert "send" not in bank.requests()


def test_one_person_whose_amount_changed(bank: Bank, plan: Path) -> None:
    """Her words are not the reviewed ones: she is not called, the others are."""
    bank.campaign(more="\n[limits]\nkeep = 0.5\n")
    bank.audience(ANN.replace("120.50", "120.51"), BOB, CEM)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 0
    assert lines_with(applied.out, "1 changed since the review: not called")
    assert bank.numbers() == ["447700900002", "447700900003"]


def test_cosmetic_changes_keep_the_review(bank: Bank, plan: Path) -> None:
    """Another order of rows, another spelling of a number and a comment in the campaign are none."""
    bank.audience(CEM.replace("07700 900003", "(07700) 900-003"), BOB, ANN)
    bank.campaign('name    = "overdue"', '# the usual reminder\nowner = "collections"\nname = "overdue"')

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 0
    assert len(bank.numbers()) == 3


def test_hours_may_shrink(bank: Bank) -> None:
    """Today's windows lie within the reviewed ones: applied."""
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    windows = '\n[schedule]\ntimezone = "Europe/London"\nwindows = [{ from = 09:00:00, to = 18:00:00 }]\n'
    bank.campaign(more=windows)
    bank.run("plan", "--out", "plan.json")
    bank.campaign(more=windows.replace("18:00:00", "17:00:00"))

    assert bank.run("apply", "--plan", "plan.json", "--ack-calls", 3).code == 0


def test_hours_may_not_grow(bank: Bank) -> None:
    """Somebody moved the end of calling to the evening after the review: exit 7, nothing sent."""
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    windows = '\n[schedule]\ntimezone = "Europe/London"\nwindows = [{ from = 09:00:00, to = 18:00:00 }]\n'
    bank.campaign(more=windows)
    bank.run("plan", "--out", "plan.json")
    bank.campaign(more=windows.replace("18:00:00", "20:00:00"))

    applied = bank.run("apply", "--plan", "plan.json", "--ack-calls", 3)

    assert applied.code == 7
    assert "send" not in bank.requests()


def test_a_plan_expires(bank: Bank, plan: Path) -> None:
    """After 72 hours people may have paid: exit 7."""
    bank.time.skip(3 * DAY_S + 60)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 7
    assert "the reviewed plan is 72 hours old; a plan is valid for 72" in applied.err
    assert bank.numbers() == []


def test_an_edited_plan(bank: Bank, plan: Path) -> None:
    """Whatever in it decides who is called, when and where is covered by the digest: `show` and `apply` refuse it."""
    saved = json.loads(plan.read_text())
    saved["head"]["campaigns"][0]["hours"]["windows"] = [["08:00:00", "23:00:00"]]
    plan.write_text(json.dumps(saved))

    ended = [bank.run("show", plan), bank.run("apply", "--plan", plan, "--ack-calls", 3)]

    assert [one.code for one in ended] == [7, 7]
    assert "it was edited or damaged" in ended[0].err
    assert bank.numbers() == []


def test_a_plan_with_people_taken_from_another_one(bank: Bank, plan: Path) -> None:
    """Threat B5: keys of others added to the file fail at the digest."""
    bank.audience(ANN, BOB, CEM, DAN)
    bank.run("plan", "--out", "four.json")
    three, four = json.loads(plan.read_text()), json.loads((bank.root / "four.json").read_text())
    three["people"] = four["people"]
    three["head"]["campaigns"][0]["calls"] = 4
    plan.write_text(json.dumps(three))

    assert bank.run("apply", "--plan", plan, "--ack-calls", 4).code == 7
    assert bank.numbers() == []


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"head": {}, "people": {}}', "not JSON", '{"head": {"format_version": 9}}'],
)
def test_what_is_no_plan(bank: Bank, text: str) -> None:
    """Anything else than a saved plan is refused with 7, not with a traceback."""
    path = bank.write("plan.json", text)

    ended = [bank.run("show", path), bank.run("apply", "--plan", path, "--ack-calls", 1)]

    assert [one.code for one in ended] == [7, 7]


def test_a_plan_that_is_not_there(bank: Bank) -> None:
    """A wrong path is told as such."""
    assert bank.run("show", "nowhere.json").code == 7
    assert bank.run("apply", "--plan", "nowhere.json", "--ack-calls", 3).code == 7


def test_a_plan_of_another_environment(bank: Bank, plan: Path) -> None:
    """Planned for the sandbox, applied in staging: exit 4."""
    bank.setting("ENVIRONMENT", "staging")
    bank.setting("API_KEY", "sandbox-key")
    bank.setting("API_SECRET", "sandbox-secret")

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 4
    assert "the reviewed plan is for sandbox, this is staging" in applied.err
    assert bank.numbers() == []


def test_a_plan_under_another_key(bank: Bank, plan: Path) -> None:
    """Under another key nobody can be told apart: exit 8."""
    bank.setting("LEDGER_KEY", "ab" * 32)

    applied = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert applied.code == 8
    assert bank.numbers() == []


def test_a_plan_of_another_campaign(bank: Bank, plan: Path) -> None:
    """A campaign that nobody reviewed is not applied with the review of another one, nor one that is gone."""
    text = (bank.root / "campaigns/overdue.toml").read_text()
    second = bank.write("campaigns/second.toml", text.replace('"overdue"', '"second"'))

    other = bank.run("apply", second, "--plan", plan, "--ack-calls", 3)
    (bank.root / "campaigns/overdue.toml").unlink()
    gone = bank.run("apply", "--plan", plan, "--ack-calls", 3)

    assert (other.code, gone.code) == (7, 7)
    assert bank.numbers() == []


def test_a_saved_plan_names_its_campaigns(bank: Bank, plan: Path) -> None:
    """Without paths, apply takes the campaigns of the plan and leaves others alone."""
    text = (bank.root / "campaigns/overdue.toml").read_text()
    bank.write("campaigns/second.toml", text.replace('"overdue"', '"second"'))

    assert bank.run("apply", "--plan", plan, "--ack-calls", 3).code == 0
    assert {call["task_name"].split(".")[0] for call in bank.calls()} == {"overdue"}


def test_a_saved_plan_holds_no_people(bank: Bank, plan: Path) -> None:
    """Neither number nor name nor rendered text is in the file, and only its owner may read it."""
    text = plan.read_text()

    assert not [
        word for word in ("7700900001", "7700 900", "Ann", "Bob", "Cem", "120.50", "1999") if word in text
    ]
    assert plan.stat().st_mode & 0o777 == 0o600


def test_a_plan_applied_in_two_halves(bank: Bank) -> None:
    """Stopped by a doubt in the middle, the same reviewed plan and acknowledgement finish the rest."""
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.run("plan", "--out", "plan.json")
    bank.engine.change_switches({"visibility_lag_s": 600.0})
    bank.fault("close", skip=1)

    first = bank.run("apply", "--plan", "plan.json", "--ack-calls", 3)
    bank.time.skip(600)
    bank.engine.change_switches({"visibility_lag_s": 0.0})
    second = bank.run("apply", "--plan", "plan.json", "--ack-calls", 3)

    assert (first.code, second.code) == (10, 0)
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]
