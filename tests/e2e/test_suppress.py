"""Never call me again: before the first apply, in a running one, and for calls that wait."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank, Ended, lines_with
from tests.e2e.test_processes import APPLY, EVERYBODY, finish, many, start, wait_until

__all__ = ["many"]

REASON = ("--reason", "asked on the phone")
WAITING = 0


def suppress(
    bank: Bank, *numbers: str, reason: tuple[str, ...] = REASON, more: tuple[str, ...] = ()
) -> Ended:
    """Run `runner suppress` with *numbers* on stdin."""
    return bank.run("suppress", *reason, *more, typed="".join(f"{number}\n" for number in numbers))


def scheduled(bank: Bank, *, more: str = "") -> datetime:
    """Let the campaign call at nine in two days, and return that."""
    day = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) + timedelta(days=2)
    at = day.replace(hour=9, minute=0, second=0, microsecond=0)
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    bank.campaign(more=f"[schedule]\nat = {at:%Y-%m-%dT%H:%M:%S}\ntimezone = 'Europe/London'\n{more}")
    return at


def waiting(bank: Bank) -> list[str]:
    """Return the numbers whose calls wait."""
    return sorted(call["number"] for call in bank.calls() if call["task_status"] == WAITING)


def test_who_asked_is_called_by_nobody(bank: Bank) -> None:
    """Suppressed before the first apply: the plan counts and names it, apply calls the others, a new edition too."""
    said = suppress(bank, "+44 7700 900002")

    plan = bank.run("plan")
    applied = bank.run("apply", "--ack-calls", 2)
    bank.campaign('edition = "2026-11"', 'edition = "2026-12"')
    again = bank.run("apply", "--ack-calls", 2)

    assert said.code == 0
    assert said.out == (
        "sandbox: 1 person suppressed: called by no campaign and no edition any more\n"
        "sandbox: 1 person suppressed in all\n"
    )
    assert lines_with(plan.out, "1 suppressed", "by `runner suppress`")
    assert (applied.code, again.code) == (0, 0)
    assert bank.numbers() == ["447700900001"] * 2 + ["447700900003"] * 2
    assert "1 person suppressed: called by no campaign" in bank.run("status").out
    assert bank.run("status", "--format", "json").json()["summary"]["suppressed"] == 1
    assert bank.run("ledger", "verify").code == 0


def test_exclusion_lists_stay_what_they_are(bank: Bank) -> None:
    """Whoever is on a list is named with the list, also where she was suppressed besides; the sum is right."""
    bank.write("campaigns/audiences/opt-out.csv", "phone\n+447700900001\n")
    bank.campaign("[audience]\n", "[audience]\nexclude = ['audiences/opt-out.csv']\n")
    suppress(bank, "+447700900001", "+447700900003")

    plan = bank.run("plan")

    (line,) = lines_with(plan.out, "suppressed")
    assert "2 suppressed" in line
    assert "opt-out.csv" in line
    assert "`runner suppress`" in line
    assert bank.run("plan", "--format", "json").json()["summary"]["suppressed"] == 2
    assert bank.run("apply", "--ack-calls", 1).code == 0
    assert bank.numbers() == ["447700900002"]


def test_twice_is_once_and_lifted_is_called(bank: Bank) -> None:
    """Repeating it records nothing; lifted with a reason she is called, and lifting again does nothing."""
    suppress(bank, "+447700900002", "07700 900003", more=("--region", "gb"))

    again = suppress(bank, "+447700900003")
    lifted = suppress(bank, "+447700900003", more=("--lift",))
    nothing = suppress(bank, "+447700900003", more=("--lift",))

    assert (again.code, lifted.code, nothing.code) == (0, 0, 0)
    assert (
        "0 people suppressed: called by no campaign and no edition any more; 1 person suppressed before"
        in again.out
    )
    assert "sandbox: 2 people suppressed in all" in again.out
    assert "sandbox: 1 person may be called again by campaigns\n" in lifted.out
    assert "sandbox: 1 person suppressed in all" in nothing.out
    assert bank.run("apply", "--ack-calls", 2).code == 0
    assert bank.numbers() == ["447700900001", "447700900003"]


def test_lines_that_are_no_number_are_named_and_nothing_is_recorded(bank: Bank) -> None:
    """Wrong lines are told by their number, not repeated, and those that are right are not recorded either."""
    wrong = suppress(
        bank, "+447700900001", "", "canary", "07700 900002", "+4477009000021234", "x" * 300, "+447700900003"
    )

    assert (wrong.code, wrong.out) == (3, "")
    for line in (3, 4, 5, 6):
        assert f"stdin:{line}" in wrong.err
    for line in (1, 2, 7):
        assert f"stdin:{line}:" not in wrong.err + ":"
    assert "--region" in wrong.err
    assert not any(word in wrong.err for word in ("canary", "900002", "xxx"))
    assert not bank.ledger.exists()
    assert suppress(bank).code == 3
    assert suppress(bank, "+447700900001", reason=()).code == 64
    assert suppress(bank, "+447700900001", reason=("--reason", "x" * 501)).code == 64


def test_a_number_is_no_argument(bank: Bank) -> None:
    """A number on the command line is refused and not read."""
    assert bank.run("suppress", *REASON, "+447700900001").code == 64


def test_who_waits_is_taken_back(bank: Bank) -> None:
    """Two of three who wait asked: the command says which request holds them and until when, apply takes it back, once."""
    at = scheduled(bank)
    bank.run("apply", "--ack-calls", 3)

    said = suppress(bank, "+447700900002", "+447700900003", "+447700900009")
    plan = bank.run("plan")
    applied = bank.run("apply", "--ack-calls", 1)
    after = suppress(bank, "+447700900002", "+447700900003")

    until = (at.astimezone(UTC) - timedelta(minutes=15)).strftime("%Y-%m-%d %H:%M UTC")
    assert said.code == 9
    assert lines_with(
        said.out, "! overdue 2026-11: 2 people waiting in a request of 3 people for ", "task overdue.2026-11."
    )
    assert f"    `runner apply` takes it back and sends the others again, until {until}" in said.out
    assert "1 waiting request of <10 people cancelled first" in plan.out
    assert applied.code == 0
    assert waiting(bank) == ["447700900001"]
    assert after.code == 0
    assert "!" not in after.out
    assert bank.engine.summary()["overlap_count"] == 0
    assert bank.run("plan", "--detailed-exitcode").code == 0


def test_what_apply_cannot_take_back_from_here_is_said(bank: Bank) -> None:
    """The file has another edition by now, or everything is stopped: the way out is told beside the request."""
    scheduled(bank)
    bank.run("apply", "--ack-calls", 3)
    bank.run("stop", "--reason", "wrong amounts")

    stopped = suppress(bank, "+447700900002")
    path = bank.root / "campaigns/overdue.toml"
    path.write_text(path.read_text().replace('"2026-11"', '"2026-12"'))
    elsewhere = suppress(bank, "+447700900002")
    path.unlink()
    nowhere = suppress(bank, "+447700900002", more=("--format", "json"))

    assert (stopped.code, elsewhere.code, nowhere.code) == (9, 9, 9)
    assert "no campaign file here" not in stopped.out
    assert "nothing is taken back and sent again while everything is stopped" in stopped.out
    assert "wrong amounts" in stopped.out
    assert "but no campaign file here has this edition" in elsewhere.out
    assert [(one["state"], one["in_files"]) for one in nowhere.json()["held"]] == [("waiting", False)]


def test_everybody_of_a_request_asked(bank: Bank) -> None:
    """All who wait asked: the request is taken back with nobody to acknowledge, and nothing is sent."""
    scheduled(bank)
    bank.run("apply", "--ack-calls", 3)
    suppress(bank, "+447700900001", "+447700900002", "+447700900003")

    assert bank.run("apply", "--ack-calls", 0).code == 0
    assert waiting(bank) == []


def test_somebody_who_is_alone_in_a_request(bank: Bank) -> None:
    """One person, one call: no others are sent again, and each count has its word in the singular."""
    bank.audience(ANN)
    scheduled(bank, more="[recall]\nrounds = 1\nevery = '1m'\nwho = 'failed'\n")
    plan = bank.run("plan")
    bank.run("apply", "--ack-calls", 1)

    said = suppress(bank, "+447700900001")
    applied = bank.run("apply", "--ack-calls", 0)
    status = bank.run("status")

    assert "1 request of at most 1 person, 1 cohort" in plan.out
    assert "recall who was not reached: 1 round, 1 minute apart, 0 overridden" in plan.out
    assert "1 person waiting in a request of 1 person" in said.out
    assert "the others" not in said.out
    assert "overdue: taking back 1 waiting call\n" in applied.err
    assert (
        "1 person in 1 task: taken back; who was still to be called was sent again as they are now"
        in status.out
    )
    assert "1 person suppressed: called by no campaign" in status.out


def test_what_cannot_be_stopped_is_said(bank: Bank) -> None:
    """Handed over already, and in doubt: both are told, with the rounds that may follow, and no promise is made."""
    bank.campaign(more="[recall]\nrounds = 2\nevery = '5m'\nwho = 'failed'\n")
    bank.run("apply", "--ack-calls", 3)
    bank.audience(ANN, BOB, CEM, DAN)
    bank.fault("close", when="before")
    bank.run("apply", "--ack-calls", 1)

    said = suppress(bank, "+447700900001", "+447700900004")
    data = suppress(bank, "+447700900001", more=("--format", "json")).json()

    assert said.code == 0
    assert "1 person handed over in a request of 3 people" in said.out
    assert "not stopped by this: it may ring, with 2 recall rounds." in said.out
    assert "1 person in doubt, perhaps handed over, in a request of 1 person" in said.out
    assert [(one["state"], one["people"], one["of"]) for one in data["held"]] == [("handed_over", 1, 3)]
    assert (data["people"], data["new"], data["suppressed"]) == (1, 0, 2)
    assert "9000" not in said.all


def test_it_is_looked_at_after_the_review(bank: Bank) -> None:
    """Somebody asks after the plan was reviewed: the reviewed plan is applied without her, as for who opted out."""
    bank.campaign(more="[limits]\nkeep = 0.5\n")
    bank.run("plan", "--out", "plan.json")
    suppress(bank, "+447700900001")

    applied = bank.run("apply", "--plan", "plan.json", "--ack-calls", 3)

    assert applied.code == 0
    assert "2 of 3 people reviewed can be called as reviewed" in applied.out
    assert bank.numbers() == ["447700900002", "447700900003"]


def test_a_ledger_of_production_is_not_made_by_it(bank: Bank) -> None:
    """Where production has no ledger yet, nothing is recorded, and what to do is said."""
    bank.setting("ENVIRONMENT", "production")
    bank.setting("API_URL", "https://vendor.example/v3")

    ended = suppress(bank, "+447700900001")

    assert ended.code == 8
    assert "runner ledger init" in ended.err


def test_it_comes_along_with_the_ledger(bank: Bank) -> None:
    """Exported and imported elsewhere, she is suppressed there, and no number is in the file."""
    suppress(bank, "+447700900002")
    assert bank.run("ledger", "export", "moved.jsonl").code == 0
    key = (bank.ledger.parent / "ledger.key").read_text().strip()
    bank.setting("LEDGER_URL", f"sqlite:///{bank.root}/.runner/other/ledger.db")
    bank.setting("LEDGER_KEY", key)

    assert bank.run("ledger", "import", "moved.jsonl").code == 0
    assert bank.run("apply", "--ack-calls", 2).code == 0
    assert bank.numbers() == ["447700900001", "447700900003"]
    assert "900002" not in (bank.root / "moved.jsonl").read_text()


def test_what_is_said_does_not_depend_on_who(bank: Bank) -> None:
    """Two people of one request: suppressing, lifting and forgetting either says the same, to the byte."""
    scheduled(bank)
    bank.run("apply", "--ack-calls", 3)

    def said(number: str) -> list[str]:
        told = [
            suppress(bank, number),
            suppress(bank, number),
            suppress(bank, number, more=("--format", "json")),
        ]
        told.append(suppress(bank, number, more=("--lift",)))
        told += [bank.run("forget", *REASON, typed=f"{number}\n") for _ in range(2)]
        return [one.all for one in told]

    first, second = said("+447700900001"), said("+447700900003")

    assert first == second
    assert not any("90000" in one for one in first)


@pytest.mark.slow
def test_an_apply_in_another_process_leaves_them_out(many: Bank) -> None:
    """Somebody who was not sent yet asks while eight slow requests are made: seven are called, and it is done."""
    many.fault("slow", times=20, seconds=0.5)
    process = start(*APPLY)
    wait_until(lambda: many.engine.summary()["tasks"] >= 2, process)

    begun = set(many.numbers())
    asks = next(number for number in EVERYBODY[::-1] if number not in begun)
    said = suppress(many, f"+{asks}")
    code, out, _ = finish(process)

    is_called = asks in many.numbers()
    assert code == 0
    assert is_called == ("in doubt, perhaps handed over" in said.out)
    assert len(many.numbers()) == 8 - (not is_called)
    assert is_called or "1 person not called: suppressed since the plan was made" in out
    assert many.run(*APPLY).code == 0
    assert len(many.numbers()) == 8 - (not is_called)
    assert many.run("ledger", "verify").code == 0
