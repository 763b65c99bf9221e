"""A cap per person over all campaigns: shown in the plan, and held between campaigns that are applied at once."""

import os
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import CAMPAIGN, Bank, lines_with
from tests.e2e.test_processes import finish, start
from tests.postgres_server import database

POLICY = "[caps]\ncalls = 1\ndays = 7\n"
OTHER = CAMPAIGN.replace('name    = "overdue"', 'name    = "reminder"').replace("overdue.csv", "reminder.csv")


def people(*numbers: int) -> str:
    """Return an audience of these people."""
    rows = [f"+4477009001{n:02},Pat{n},{n}.00,2026-12-01" for n in numbers]
    return "\n".join(["phone,name,amount,due", *rows, ""])


@pytest.fixture
def two(bank: Bank) -> Bank:
    """The bank with two campaigns of four people each that share two, and a cap of one call a week."""
    bank.write("campaigns/policy.toml", POLICY)
    bank.write("campaigns/reminder.toml", OTHER)
    bank.write("campaigns/audiences/overdue.csv", people(1, 2, 3, 4))
    bank.write("campaigns/audiences/reminder.csv", people(3, 4, 5, 6))
    return bank


def test_plan_shows_whom_the_cap_leaves_out(two: Bank) -> None:
    """After one campaign, the other's plan leaves the shared people out, by a reason with number, period and line."""
    two.run("apply", "campaigns/overdue.toml", "--ack-calls", 4)

    plan = two.run("plan", "campaigns/reminder.toml")

    (line,) = lines_with(plan.out, "outside policy")
    assert "2 outside policy: the cap of at most 1 call in 7 days over all campaigns" in line
    assert "(campaigns/policy.toml:1:2) <10" in line
    assert lines_with(plan.out, "settings", "a person gets at most 1 call in 7 days over all campaigns")
    assert lines_with(plan.out, "+ 2 to call")
    assert two.run("apply", "campaigns/reminder.toml", "--ack-calls", 2).code == 0
    assert two.numbers() == [f"4477009001{n:02}" for n in (1, 2, 3, 4, 5, 6)]


def test_after_the_period_they_are_called(two: Bank) -> None:
    """Eight days later the same people may be called by the other campaign."""
    two.run("apply", "campaigns/overdue.toml", "--ack-calls", 4)
    two.time.skip(8 * 86_400)

    assert two.run("apply", "campaigns/reminder.toml", "--ack-calls", 4).code == 0


def test_a_new_edition_is_a_call_too(two: Bank) -> None:
    """The cap is over editions as well: a declared second call waits for its time."""
    two.run("apply", "campaigns/overdue.toml", "--ack-calls", 4)
    two.campaign('edition = "2026-11"', 'edition = "2026-12"')

    assert two.run("plan", "campaigns/overdue.toml", "--expect-no-changes").code == 0


def test_recall_rounds_count(two: Bank) -> None:
    """A campaign that may ring three times goes over a cap of three after one other call, and alone it does not."""
    two.write("campaigns/policy.toml", POLICY.replace("calls = 1", "calls = 3"))
    two.run("apply", "campaigns/overdue.toml", "--ack-calls", 4)
    recall = '\n[recall]\nrounds = 2\nevery = "30m"\nwho = "failed"\n'
    two.write("campaigns/reminder.toml", OTHER + recall)

    plan = two.run("plan", "campaigns/reminder.toml")

    assert lines_with(plan.out, "+ 2 to call")
    assert lines_with(plan.out, "2 outside policy", "the cap of at most 3 calls")
    assert lines_with(plan.out, "this campaign counts as 3")


def test_a_campaign_that_is_over_the_cap_by_itself(two: Bank) -> None:
    """Where the recall rounds alone are too many the plan says that nobody can be called, and by which line."""
    recall = '\n[recall]\nrounds = 2\nevery = "30m"\nwho = "failed"\n'
    two.write("campaigns/reminder.toml", OTHER + recall)

    plan = two.run("plan", "campaigns/reminder.toml")

    assert lines_with(plan.out, "warning: nobody can be called", "may ring 3 times", "policy.toml:1:2")
    assert lines_with(plan.out, "4 outside policy")


def test_one_apply_of_both_campaigns(two: Bank) -> None:
    """Planned together, the shared people are to be called by the first by name alone, so the sum is right; so it is done."""
    plan = two.run("plan", "--out", "plan.json", "--format", "json").json()

    assert [(one["name"], one["calls"], one["outside"]) for one in plan["campaigns"]] == [
        ("overdue", 4, 0),
        ("reminder", 2, 2),
    ]
    assert two.run("apply", "--plan", "plan.json", "--ack-calls", 6).code == 0
    assert two.numbers() == [f"4477009001{n:02}" for n in (1, 2, 3, 4, 5, 6)]
    assert two.run("plan", "--expect-no-changes").code == 0


def test_a_reviewed_plan_of_both_is_applied_one_by_one(two: Bank) -> None:
    """Whose call was reviewed for one campaign is not called by the other, whichever is applied first."""
    two.run("plan", "--out", "plan.json")

    second = two.run("apply", "campaigns/reminder.toml", "--plan", "plan.json", "--ack-calls", 6)
    first = two.run("apply", "campaigns/overdue.toml", "--plan", "plan.json", "--ack-calls", 6)

    assert (second.code, first.code) == (0, 0)
    by_name = Counter(call["task_name"].partition(".")[0] for call in two.calls())
    assert by_name == {"reminder": 2, "overdue": 4}


def test_a_broken_policy_is_told_with_everything_else(two: Bank) -> None:
    """Its problems come out with those of the campaigns, each with its place: exit 3, and nothing is planned without it."""
    two.write("campaigns/policy.toml", "[caps]\ncall = 1\ndays = 7\n")
    two.campaign('language = "EN"', 'langauge = "EN"')

    found = two.run("validate")

    assert found.code == 3
    assert "campaigns/policy.toml:2:1" in found.err
    assert "did you mean `calls`?" in found.err
    assert "did you mean `language`?" in found.err


def test_a_saved_plan_that_the_cap_has_caught_up_with(two: Bank) -> None:
    """Reviewed people who were called elsewhere since are not called; the others are, if enough are left."""
    two.write("campaigns/reminder.toml", OTHER + "\n[limits]\nkeep = 0.5\n")
    two.run("plan", "campaigns/reminder.toml", "--out", "plan.json")
    two.run("apply", "campaigns/overdue.toml", "--ack-calls", 4)

    applied = two.run("apply", "--plan", "plan.json", "--ack-calls", 4)

    assert applied.code == 0
    assert "2 of 4 people reviewed can be called as reviewed" in applied.out
    assert two.numbers() == [f"4477009001{n:02}" for n in (1, 2, 3, 4, 5, 6)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, bank: Bank) -> Iterator[Bank]:
    """The bank with two campaigns of forty people each that share thirty, five in a task, and a cap of one."""
    bank.write("campaigns/policy.toml", POLICY)
    limits = "\n[limits]\nper_task = 5\nkeep = 0.1\n"
    bank.campaign(more=limits)
    bank.write("campaigns/reminder.toml", OTHER + limits)
    bank.write("campaigns/audiences/overdue.csv", people(*range(40)))
    bank.write("campaigns/audiences/reminder.csv", people(*range(10, 50)))
    if request.param == "sqlite":
        # Of two first applies at once one is told that there is a ledger now; that is another test's subject.
        assert bank.run("ledger", "init").code == 0
        yield bank
        return
    with database(request.getfixturevalue("postgres"), f"caps_{os.getpid()}") as url:
        bank.setting("LEDGER_URL", url)
        bank.setting("LEDGER_KEY", "5a" * 32)
        assert bank.run("ledger", "init").code == 0
        yield bank


def planned(bank: Bank, name: str) -> tuple[str, ...]:
    """Plan the campaign *name* alone, as its own team does, and return the command that applies that."""
    bank.run("plan", f"campaigns/{name}.toml", "--out", f"{name}.json")
    return ("apply", "--plan", f"{name}.json", "--ack-calls", "40")


@pytest.mark.slow
def test_two_campaigns_at_once_call_each_person_once_in_all(shared: Bank) -> None:
    """Two processes apply two campaigns that share thirty people: all fifty are called once, by whichever came first."""
    commands = [planned(shared, name) for name in ("overdue", "reminder")]
    shared.fault("slow", times=40, seconds=0.1)

    processes = [start(*command) for command in commands]
    ended = [finish(process) for process in processes]

    assert [code for code, _, _ in ended] == [0, 0], ended
    assert Counter(shared.numbers()) == {f"4477009001{n:02}": 1 for n in range(50)}
    by_name = Counter(call["task_name"].partition(".")[0] for call in shared.calls())
    assert by_name["overdue"] >= 10
    assert by_name["reminder"] >= 10
    assert shared.run("plan", "--expect-no-changes").code == 0
    assert shared.run("ledger", "verify").code == 0


@pytest.mark.slow
def test_two_campaigns_at_once_with_a_kill(shared: Bank) -> None:
    """The same with one of them killed in the middle, and repeated: nobody is called more than once in all."""
    commands = [planned(shared, name) for name in ("overdue", "reminder")]
    shared.fault("slow", times=80, seconds=0.1)
    first, second = (start(*command) for command in commands)
    killer = threading.Timer(3.0, first.kill)
    killer.start()
    finish(first)
    finish(second)
    killer.cancel()
    shared.engine.clear_faults()

    for name in ("overdue", "reminder"):
        calls = shared.run("plan", f"campaigns/{name}.toml", "--format", "json").json()["summary"]["calls"]
        assert shared.run("apply", f"campaigns/{name}.toml", "--ack-calls", calls).code == 0

    assert Counter(shared.numbers()) == {f"4477009001{n:02}": 1 for n in range(50)}
    assert shared.run("plan", "--expect-no-changes").code == 0
