"""The vendor's own recall: its rounds are shown below their task, and an edition waits for them."""

import pytest

from tests.e2e.conftest import HEADER, Bank, lines_with

FILE = "campaigns/overdue.toml"
PEOPLE = 24


@pytest.fixture(autouse=True)
def recalled(bank: Bank) -> None:
    """Two dozen people were called, and who is not reached is called again half an hour later, and once more."""
    bank.engine.change_switches({"termination_style": "sip"})
    rows = [f"+4477009001{n:02},Pat,1.00,2026-12-01" for n in range(PEOPLE)]
    bank.write("campaigns/audiences/overdue.csv", "\n".join([HEADER, *rows, ""]))
    bank.campaign(more="[recall]\nrounds = 2\nevery = '30m'\nwho = 'failed'\n")
    assert bank.run("apply", "--ack-calls", PEOPLE).code == 0


def rounds(bank: Bank) -> list[tuple[int, str, int | None]]:
    """Return number, state and people of each round, as status has it."""
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]
    return [(one["round"], one["state"], one["people"]) for one in task["rounds"]]


def made(bank: Bank) -> list[int]:
    """Return how many people the vendor called in each round, in order; the first is the call itself."""
    by_round = [call["round"] for call in bank.calls()]
    return [by_round.count(number) for number in range(3)]


def test_rounds_are_shown_as_they_come(bank: Bank) -> None:
    """Pending, then as tasks of their own with their people, below their task; collecting again says nothing new."""
    assert rounds(bank) == []
    bank.run("collect")
    before = rounds(bank)
    bank.time.skip(2_400)
    bank.run("collect")
    between = rounds(bank)
    bank.time.skip(7_200)
    bank.run("collect")
    entries = bank.run("ledger", "verify").out

    bank.run("collect", "--no-records")
    status, report = bank.run("status"), bank.run("report")

    called = made(bank)
    assert before == [(1, "pending", None), (2, "pending", None)]
    assert between[0] == (1, "done", called[1])
    assert rounds(bank) == [(1, "done", called[1]), (2, "done", called[2])]
    assert bank.run("ledger", "verify").out == entries
    (first,) = lines_with(status.out, "recall round 1 of 2")
    assert f"      recall round 1 of 2: done, {called[1]} people, {called[1]} called (task " in first
    assert lines_with(report.out, "Recall rounds at the vendor")
    assert lines_with(report.out, "1 of 2", "done")
    value = bank.run("report", "--format", "json").json()["campaigns"][0]["recall_rounds"]
    assert [(one["round"], one["of"], one["state"], one["tasks"]) for one in value] == [
        (1, 2, "done", 1),
        (2, 2, "done", 1),
    ]


def test_an_edition_waits_for_the_rounds(bank: Bank) -> None:
    """Before the rounds are over only who had them all is called again; once they are, everybody who was never reached."""
    bank.time.skip(1_200)
    bank.run("collect")
    early = bank.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy,failed,voicemail")
    bank.time.skip(9_600)
    bank.run("collect")

    written = bank.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy,failed")
    plan = bank.run("plan", "--format", "json").json()

    reached = {call["number"] for call in bank.calls() if call["outcome"]["status"] == 50}
    tried = {call["number"] for call in bank.calls()}
    assert early.code == 6
    assert "may still ring" in early.err
    assert written.code == 0, written.all
    assert len(tried) == PEOPLE
    assert plan["summary"]["calls"] <= PEOPLE - len(reached)
    assert plan["summary"]["calls"] > 0
    assert bank.run("apply", "--ack-calls", plan["summary"]["calls"]).code == 0
    again = {call["number"] for call in bank.calls() if ".again." in call["task_name"]}
    assert not again & reached


def test_cancelled_rounds_are_over(bank: Bank) -> None:
    """A flow that was cancelled in the console has no rounds to come."""
    bank.engine.call("recall_cancel", {"type": 2, "id": bank.calls()[0]["task_id"]})

    bank.run("collect")

    assert [state for _, state, _ in rounds(bank)] == ["cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("after_s", "states"),
    [(600, ["cancelled", "cancelled"]), (2_400, ["done", "cancelled"])],
    ids=["before the first", "after the first"],
)
def test_a_campaign_that_is_taken_back_rings_no_more(bank: Bank, after_s: int, states: list[str]) -> None:
    """Everybody was called once, and the rounds that have not begun are cancelled: nobody's phone rings after that."""
    bank.time.skip(after_s)

    ended = bank.run("cancel", FILE, "--reason", "the wrong words", "--ack-people", 0)
    called = bank.engine.summary()["calls_made"]
    bank.time.skip(4 * 86_400)

    assert ended.code == 0, ended.all
    assert "recall rounds of 1 task cancelled before they began" in ended.out
    assert [state for _, state, _ in rounds(bank)] == states
    assert bank.engine.summary()["calls_made"] == called
    assert bank.run("cancel", FILE, "--reason", "the wrong words").code == 0


def test_a_lost_answer_to_it_is_no_matter(bank: Bank) -> None:
    """The vendor cancels the rounds and its answer is lost: what became of them is looked up."""
    bank.time.skip(600)
    bank.fault("close", endpoint="recall_cancel", when="after")

    ended = bank.run("cancel", FILE, "--reason", "the wrong words", "--ack-people", 0)

    assert ended.code == 0, ended.all
    assert [state for _, state, _ in rounds(bank)] == ["cancelled", "cancelled"]
