"""Before it rings: people who paid and corrected texts, from the command line."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, VOICE, Bank

WAITING = 0


def start() -> datetime:
    """Return nine o'clock in London in two days."""
    day = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) + timedelta(days=2)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def scheduled(bank: Bank) -> None:
    """Everybody is called at nine in two days, and was handed over today."""
    bank.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    bank.campaign(
        more=f"[schedule]\nat = {start():%Y-%m-%dT%H:%M:%S}\ntimezone = 'Europe/London'\n"
        "[recall]\nrounds = 2\nevery = '5m'\nwho = 'failed'\n"
    )
    assert bank.run("apply", "--ack-calls", 3).code == 0


def waiting(bank: Bank) -> list[tuple[str, str]]:
    """Return number and words of everybody whose call waits."""
    return sorted((c["number"], c["heard"]["text"]) for c in bank.calls() if c["task_status"] == WAITING)


def test_who_paid_is_taken_back(bank: Bank) -> None:
    """One of three is gone from the audience: the plan says so, apply cancels and sends two, and is done then."""
    bank.audience(ANN, CEM)

    plan = bank.run("plan", "--detailed-exitcode")
    refused = bank.run("apply")
    applied = bank.run("apply", "--ack-calls", 2)

    assert plan.code == 2
    assert "2 taken back before it rings" in plan.out
    assert (
        "1 waiting request of <10 people cancelled first: called again <10, not called any more <10"
        in plan.out
    )
    assert refused.code == 6
    assert applied.code == 0
    assert "3 people taken back before it rang" in applied.out
    assert [number for number, _ in waiting(bank)] == ["447700900001", "447700900003"]
    assert bank.engine.summary()["overlap_count"] == 0
    assert bank.run("plan", "--detailed-exitcode").code == 0
    assert bank.run("apply").code == 0
    assert bank.run("status").code == 0


def test_a_corrected_text_is_heard(bank: Bank) -> None:
    """The template was corrected: everybody hears the new text, and nobody two."""
    bank.write("templates/overdue.tts.j2", VOICE.replace("Hello", "Good morning"))

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert [text.split()[0] for _, text in waiting(bank)] == ["Good", "Good", "Good"]
    assert bank.engine.summary()["overlap_count"] == 0


def test_a_text_that_is_set_back_is_heard_again(bank: Bank) -> None:
    """Text A, then B, then A again: the third task has another name than the first, and is sent."""
    bank.write("templates/overdue.tts.j2", VOICE.replace("Hello", "Good morning"))
    assert bank.run("apply", "--ack-calls", 3).code == 0
    bank.write("templates/overdue.tts.j2", VOICE)

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert [text.split()[0] for _, text in waiting(bank)] == ["Hello", "Hello", "Hello"]
    assert len({call["task_name"] for call in bank.calls()}) == 3


def test_only_what_was_reviewed_is_replaced(bank: Bank) -> None:
    """A plan reviewed before somebody paid takes nobody back; one reviewed after it does, with its file."""
    bank.run("plan", "--out", "before.json")
    bank.audience(ANN, CEM)
    bank.run("plan", "--out", "after.json")

    old = bank.run("apply", "--plan", "before.json", "--ack-calls", 0)
    before = len(waiting(bank))
    shown = bank.run("show", "after.json")
    new = bank.run("apply", "--plan", "after.json", "--ack-calls", 2)

    assert (old.code, before) == (0, 3)
    assert "1 waiting request cancelled first" in shown.out
    assert new.code == 0
    assert len(waiting(bank)) == 2


def test_somebody_added_after_the_review_stays_out(bank: Bank) -> None:
    """Who came after the review is not called by the replacement."""
    bank.audience(ANN, CEM)
    bank.run("plan", "--out", "plan.json")
    bank.audience(ANN, CEM, DAN)

    applied = bank.run("apply", "--plan", "plan.json", "--ack-calls", 2)

    assert applied.code == 0
    assert [number for number, _ in waiting(bank)] == ["447700900001", "447700900003"]


def test_nobody_is_left(bank: Bank) -> None:
    """All have paid: what waits is taken back, with the number 0 acknowledged, and nobody is called."""
    bank.audience(DAN)
    bank.write("campaigns/audiences/paid.csv", "phone\n+447700900004\n")
    path = bank.root / "campaigns/overdue.toml"
    path.write_text(
        path.read_text().replace("[audience]\n", "[audience]\nexclude = ['audiences/paid.csv']\n")
    )

    plan = bank.run("plan", "--detailed-exitcode")
    applied = bank.run("apply", "--ack-calls", 0)

    assert plan.code == 2
    assert applied.code == 0
    assert waiting(bank) == []
    assert bank.run("plan", "--detailed-exitcode").code == 0


def test_what_rings_soon_is_left(bank: Bank) -> None:
    """Ten minutes before it rings nothing is replaced any more, and the plan does not offer it."""
    bank.time.skip((start() - datetime.now(UTC) - timedelta(minutes=10)).total_seconds())
    bank.audience(ANN, CEM)

    plan = bank.run("plan", "--detailed-exitcode")

    assert plan.code == 0
    assert len(waiting(bank)) == 3


def test_the_vendor_that_loses_money_loses_nobody(bank: Bank) -> None:
    """The balance is used up: nothing is taken back that could not be sent again."""
    bank.audience(ANN, BOB)
    bank.engine.change_switches({"balance": "0.00"})

    applied = bank.run("apply", "--ack-calls", 2)

    assert applied.code == 9
    assert len(waiting(bank)) == 3


def test_a_campaign_that_is_over_takes_back_what_waits(bank: Bank) -> None:
    """Start and end were moved into the past: what waits is taken back, and nobody is called."""
    path = bank.root / "campaigns/overdue.toml"
    text = path.read_text()
    past = datetime.now(UTC).astimezone(ZoneInfo("Europe/London")) - timedelta(hours=1)
    was, ends = f"at = {start():%Y-%m-%dT%H:%M:%S}", f"{past:%Y-%m-%dT%H:%M:%S}"
    path.write_text(text.replace(was, f"at = {ends}\nnot_after = {ends}"))

    plan = bank.run("plan", "--detailed-exitcode")
    applied = bank.run("apply", "--ack-calls", 0)

    assert plan.code == 2
    assert "calls nobody" in plan.out
    assert "1 waiting request of <10 people cancelled first: not called any more <10" in plan.out
    assert applied.code == 0
    assert waiting(bank) == []
    assert bank.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rounds = 2", "rounds = 1"),
        ("every = '5m'", "every = '10m'"),
        ("who = 'failed'", "who = 'all'"),
        (
            "who = 'failed'\n",
            "who = 'failed'\n[[recall.round]]\nvoice = { text = 'Hello again', language = 'EN' }\n",
        ),
        ("[recall]\nrounds = 2\nevery = '5m'\nwho = 'failed'\n", ""),
    ],
)
def test_changed_recall_rounds_are_followed(bank: Bank, old: str, new: str) -> None:
    """While the call waits, another number, distance, choice or text of the recall rounds replaces task and flow."""
    path = bank.root / "campaigns/overdue.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))

    plan = bank.run("plan", "--detailed-exitcode")
    applied = bank.run("apply", "--ack-calls", 3)

    assert plan.code == 2
    assert "3 taken back before it rings" in plan.out
    assert applied.code == 0, applied.all
    assert len(waiting(bank)) == 3
    flows = [flow for flow in bank.engine._account.book.flows() if flow.can_ring(bank.engine._account.now())]
    assert [flow.plan.rounds for flow in flows] == ([] if not new else [1 if "= 1" in new else 2])
    assert bank.engine.summary()["overlap_count"] == 0
    assert bank.run("plan", "--detailed-exitcode").code == 0


def test_a_move_of_the_start_is_followed(bank: Bank) -> None:
    """The hour was moved: all wait for the new one."""
    path = bank.root / "campaigns/overdue.toml"
    path.write_text(path.read_text().replace("T09:00:00", "T10:00:00"))

    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert len(waiting(bank)) == 3
    assert bank.engine.summary()["overlap_count"] == 0
    assert bank.run("plan", "--detailed-exitcode").code == 0
