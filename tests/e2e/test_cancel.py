"""`runner cancel`: a whole campaign is taken back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank

WAITING, CALLING, CANCELLED = 0, 1, 4
FILE = "campaigns/overdue.toml"


@pytest.fixture(autouse=True)
def scheduled(bank: Bank) -> None:
    """Everybody is to be called at nine in two days, again and again."""
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    day = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) + timedelta(days=2)
    bank.campaign(
        more=f"[schedule]\nat = {day:%Y-%m-%d}T09:00:00\ntimezone = 'Europe/London'\n"
        "[recall]\nrounds = 2\nevery = '5m'\nwho = 'failed'\n"
    )


def cancel(bank: Bank, people: int | None, *, typed: str | None = None) -> tuple[int, str]:
    """Run the command, and return its exit code and all that it said."""
    said = () if people is None else ("--ack-people", people)
    ended = bank.run("cancel", FILE, "--reason", "the wrong list", *said, typed=typed)
    return ended.code, ended.all


def states(bank: Bank) -> list[int]:
    """Return the state of everybody's task."""
    return [call["task_status"] for call in bank.calls()]


def test_it_says_how_long_it_looks(bank: Bank) -> None:
    """Before it waits for the vendor it says what it takes back, that it looks twice, and how long that may take."""
    bank.run("apply", "--ack-calls", 3)

    _, said = cancel(bank, 3)

    assert "overdue: taking back 3 waiting calls" in said
    assert (
        "overdue: the vendor's list is looked at until they are cancelled, at most 1 s, and once more 1 s later"
        in said
    )


def test_a_campaign_is_taken_back(bank: Bank) -> None:
    """What waits is cancelled with its recall rounds, and nobody of the edition is called any more; a new one calls."""
    assert bank.run("apply", "--ack-calls", 3).code == 0

    code, said = cancel(bank, 3)

    assert code == 0
    assert "3 people taken back, nobody of them called" in said
    assert states(bank) == [CANCELLED] * 3
    bank.audience(ANN, BOB, CEM, DAN)
    plan = bank.run("plan", "--detailed-exitcode")
    assert plan.code == 0
    assert "4 withdrawn" in plan.out
    assert bank.run("apply").code == 0
    bank.time.skip(4 * 86_400)
    assert bank.engine.summary()["calls_made"] == 0
    status = bank.run("status")
    assert status.code == 0
    assert "the wrong list" in status.out


def test_a_new_edition_calls_again(bank: Bank) -> None:
    """Only the edition was taken back."""
    bank.run("apply", "--ack-calls", 3)
    cancel(bank, 3)
    path = bank.root / FILE
    path.write_text(path.read_text().replace('"2026-11"', '"2026-12"'))

    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert states(bank) == [CANCELLED] * 3 + [WAITING] * 3


def test_the_number_binds(bank: Bank) -> None:
    """Without the number of people who wait, or with another one, nothing is withdrawn; at a terminal it is typed."""
    bank.run("apply", "--ack-calls", 3)

    assert cancel(bank, None)[0] == 6
    assert cancel(bank, 4)[0] == 6
    assert cancel(bank, None, typed="2\n")[0] == 6
    assert states(bank) == [WAITING] * 3
    assert cancel(bank, None, typed="3\n")[0] == 0
    assert states(bank) == [CANCELLED] * 3


def test_it_may_be_repeated(bank: Bank) -> None:
    """Where all of it is done, the command asks for nothing and changes nothing."""
    bank.run("apply", "--ack-calls", 3)
    cancel(bank, 3)
    before = bank.files()

    code, _ = cancel(bank, None)

    assert code == 0
    assert {p: c for p, c in bank.files().items() if "ledger.db" not in p} == {
        p: c for p, c in before.items() if "ledger.db" not in p
    }


def test_before_the_first_apply(bank: Bank) -> None:
    """A campaign that was never applied can be withdrawn, too: the nightly apply calls nobody."""
    assert cancel(bank, 0)[0] == 0
    assert bank.run("apply").code == 0
    assert bank.calls() == []


def test_who_is_being_called_cannot_be_stopped(bank: Bank) -> None:
    """It has begun to ring: the command says so, exit 9, and does not cut it off."""
    bank.run("apply", "--ack-calls", 3)
    bank.engine.change_switches({"calls_per_second": 0.01})
    day = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) + timedelta(days=2)
    nine = day.replace(hour=9, minute=0, second=0, microsecond=0)
    bank.time.skip((nine - datetime.now(UTC)).total_seconds() + 1)

    code, said = cancel(bank, 0)

    assert code == 9
    assert "3 people could not be stopped any more" in said
    assert "recall rounds of 1 task cancelled before they began" in said
    assert states(bank) == [CALLING] * 3
    bank.engine.change_switches({"calls_per_second": 100.0})
    bank.time.skip(4 * 86_400)
    assert bank.engine.summary()["calls_made"] == 3


def test_a_lost_answer_is_no_matter(bank: Bank) -> None:
    """The vendor cancels, and its answers are lost: what became of it is looked up."""
    bank.run("apply", "--ack-calls", 3)
    bank.fault("close", endpoint="cancel", when="after", times=2)

    assert cancel(bank, 3)[0] == 0
    assert states(bank) == [CANCELLED] * 3


def test_a_cancel_that_is_not_obeyed_is_in_doubt(bank: Bank) -> None:
    """The vendor never cancels: exit 10, and the people are not called by anything else; later it is gone on with."""
    bank.run("apply", "--ack-calls", 3)
    bank.fault("code_-54", endpoint="cancel", when="before", times=1000)

    code, _ = cancel(bank, 3)

    assert code == 10
    bank.engine.clear_faults()
    assert bank.run("apply").code == 0
    assert states(bank) == [CANCELLED] * 3
