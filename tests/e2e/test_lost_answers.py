"""What is lost on the way: an answer, a request, the vendor. Nobody is called twice, and nobody is forgotten."""

import pytest

from tests.e2e.conftest import ANN, BOB, CEM, DAN, Bank, lines_with

EVERYBODY = ["447700900001", "447700900002", "447700900003"]
SLOW = pytest.mark.slow
KINDS = ("close", "http_500", "code_-18", "timeout", "reset", "cut", "html", "truncated_json")
LOST = tuple(kind if at < 3 else pytest.param(kind, marks=SLOW) for at, kind in enumerate(KINDS))
LOST_AT_LENGTH = tuple(kind if at < 1 else pytest.param(kind, marks=SLOW) for at, kind in enumerate(KINDS))
PATIENCE_S = 1.5
SILENCE_S = 2.0
"""The vendor's silence is longer than the adapter's patience, and no longer than a test should take."""


def lose(bank: Bank, kind: str, *, when: str) -> None:
    """Let one answer, or one request, be lost in this way."""
    if kind == "timeout":
        bank.patience(PATIENCE_S)
    bank.fault(kind, when=when, seconds=SILENCE_S)


@pytest.mark.parametrize("kind", LOST)
def test_an_answer_that_is_lost_is_looked_up(bank: Bank, kind: str) -> None:
    """The task was taken and its answer was lost: it is found by its name, in the same apply, and not sent again."""
    lose(bank, kind, when="after")

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert bank.numbers() == EVERYBODY
    assert bank.requests()["send"] == 1
    assert bank.run("plan", "--expect-no-changes").code == 0


@pytest.mark.parametrize("kind", LOST_AT_LENGTH)
def test_an_answer_that_is_lost_while_the_list_lags(bank: Bank, kind: str) -> None:
    """Not in the list yet: in doubt and called by nothing, until the list shows it; then all is well without a call."""
    bank.engine.change_switches({"visibility_lag_s": 600.0})
    lose(bank, kind, when="after")

    first = bank.run("apply", "--ack-calls", 3)
    second = bank.run("apply")
    bank.time.skip(600)
    third = bank.run("apply")

    assert (first.code, second.code, third.code) == (10, 10, 0)
    assert "0 people accepted" in first.out
    assert "3 people in doubt" in first.out
    assert bank.numbers() == EVERYBODY
    assert bank.requests()["send"] == 1
    assert bank.run("apply").code == 0


@pytest.mark.parametrize("kind", LOST_AT_LENGTH)
def test_a_request_whose_fate_is_unknown_is_not_made_again(bank: Bank, kind: str) -> None:
    """The task never arrived, but nobody can know: its people are held for a person, whatever is repeated."""
    lose(bank, kind, when="before")

    codes = [bank.run("apply", "--ack-calls", 3).code, bank.run("apply").code, bank.run("apply").code]

    assert codes == [10, 10, 10]
    assert bank.numbers() == []
    assert bank.run("plan", "--format", "json").json()["summary"]["in_doubt"] == 3


def test_others_are_called_while_some_are_in_doubt(bank: Bank) -> None:
    """One open question at a time: apply stops at the first; repeated, it goes on with the other people."""
    bank.campaign(more="\n[limits]\nper_task = 1\n")
    bank.fault("close", when="before")

    first = bank.run("apply", "--ack-calls", 3)
    second = bank.run("apply", "--ack-calls", 2)
    third = bank.run("apply")

    assert (first.code, second.code, third.code) == (10, 10, 10)
    assert lines_with(first.out, "2 people not sent")
    assert len(bank.numbers()) == 2
    assert bank.engine.summary()["accepted_more_than_once"] == 0


def test_doubts_come_first_in_status(bank: Bank) -> None:
    """`status` begins with who is in doubt and how to settle it."""
    bank.fault("close", when="before")
    bank.run("apply", "--ack-calls", 3)

    shown = bank.run("status")

    first = [line for line in shown.out.splitlines() if line][1]
    assert first.startswith("? in doubt: 3 people in 1 task")
    summary = bank.run("status", "--format", "json").json()["summary"]
    assert (summary["in_doubt"], summary["accepted"]) == (3, 0)


def test_an_expired_timestamp_is_sent_again(bank: Bank) -> None:
    """The vendor says in words that nothing was executed: the same task is sent once more, under the same name."""
    bank.fault("code_-16", when="before")

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert bank.numbers() == EVERYBODY


def test_expired_timestamps_without_end_stop_the_apply(bank: Bank) -> None:
    """Where it is said each time, nothing was sent, nothing is in doubt, and the same people are new again."""
    bank.fault("code_-16", when="before", times=9)

    applied = bank.run("apply", "--ack-calls", 3)
    bank.engine.clear_faults()

    assert applied.code == 5
    assert bank.run("plan", "--expect-calls", 3).code == 0
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.numbers() == EVERYBODY


def test_a_vendor_that_is_down(bank: Bank) -> None:
    """Nobody listens at the address: exit 5, nothing sent, nothing in doubt, and nobody acknowledged anything."""
    bank.setting("API_URL", "http://127.0.0.1:9")
    down = bank.run("apply", "--ack-calls", 3)
    bank.setting("API_URL", bank.address)

    assert down.code == 5
    assert "Nothing is in doubt" in down.out
    assert bank.requests() == {}
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.numbers() == EVERYBODY


def test_a_vendor_that_cannot_be_asked_first(bank: Bank) -> None:
    """Reconciling needs the list of tasks: without an answer nothing is sent, exit 5."""
    bank.fault("http_500", endpoint="query", when="before", times=20)

    assert bank.run("apply", "--ack-calls", 3).code == 5
    assert "send" not in bank.requests()


def test_a_submission_that_fails_later(bank: Bank) -> None:
    """Accepted, and failed before anybody was called: applied in part, and the next apply calls them anew, once."""
    bank.engine.change_switches({"submission_fails": True})
    first = bank.run("apply", "--ack-calls", 3)
    bank.engine.change_switches({"submission_fails": False})

    second = bank.run("apply", "--ack-calls", 3)

    names = {call["task_name"] for call in bank.calls()}
    assert (first.code, second.code) == (9, 0)
    assert "3 people in tasks that failed at the vendor, new again" in first.out
    assert len(names) == 2
    assert bank.engine.summary()["accepted_more_than_once"] == 0
    assert bank.run("apply").code == 0


def test_people_whom_the_vendor_dropped(bank: Bank) -> None:
    """The vendor counts fewer than were sent: all of the task are in doubt, exit 10, and nothing is sent again."""
    bank.engine.change_switches({"drop_callees": 1})

    first = bank.run("apply", "--ack-calls", 3)
    second = bank.run("apply")

    assert (first.code, second.code) == (10, 10)
    assert lines_with(bank.run("status").out, "the vendor counts 2 people, 3 were sent")
    assert bank.requests()["send"] == 1


def test_a_task_that_the_list_does_not_show_yet(bank: Bank) -> None:
    """Accepted but not seen: applied in part, exit 9; once it is seen, exit 0, without another request."""
    bank.engine.change_switches({"visibility_lag_s": 600.0})

    first = bank.run("apply", "--ack-calls", 3)
    bank.time.skip(600)
    second = bank.run("apply")

    assert (first.code, second.code) == (9, 0)
    assert bank.requests()["send"] == 1


def test_a_refusal_after_a_part_is_not_mended_by_repeating(bank: Bank) -> None:
    """The number of before is not that of who is left: exit 9, since a part was applied, and what to mend is said."""
    bank.engine.change_switches({"visibility_lag_s": 600.0})
    bank.run("apply", "--ack-calls", 3)
    bank.audience(ANN, BOB, CEM, DAN)

    again = bank.run("apply", "--ack-calls", 3)

    assert again.code == 9
    assert "pass --ack-calls 1" in again.err
    assert "Running the same command again" not in again.out
    assert "Applied in part before, and refused now: mend what is said above, then run it again." in again.out
    assert bank.requests()["send"] == 1


def test_a_refused_task(bank: Bank) -> None:
    """The vendor says no to the task itself: exit 9, and the same people are not tried again as they are."""
    bank.fault("code_-22", when="before")

    first = bank.run("apply", "--ack-calls", 3)
    second = bank.run("apply")

    assert (first.code, second.code) == (9, 0)
    assert "3 people rejected by the vendor" in first.out
    assert bank.run("plan", "--format", "json").json()["summary"]["rejected"] == 3
    assert bank.numbers() == []


@pytest.mark.parametrize(("code", "expected"), [("code_-1", 4), ("code_-13", 4), ("code_-10", 9)])
def test_a_refused_account(bank: Bank, code: str, expected: int) -> None:
    """Key, lock or balance: apply stops there, the people are new again, and the next apply calls them."""
    bank.fault(code, when="before")

    first = bank.run("apply", "--ack-calls", 3)
    second = bank.run("apply", "--ack-calls", 3)

    assert (first.code, second.code) == (expected, 0)
    assert bank.numbers() == EVERYBODY


@pytest.mark.parametrize(
    "switches", [{"send_data": "null"}, {"id_field": "taskId"}, {"envelope": "B"}, {"code_style": "number"}]
)
def test_every_reading_of_the_vendors_answer(bank: Bank, switches: dict[str, object]) -> None:
    """However the vendor writes its answers, the task is accepted, confirmed, and not sent again."""
    bank.engine.change_switches(switches)

    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.run("apply").code == 0
    assert bank.numbers() == EVERYBODY


def test_the_next_campaign_goes_on_where_one_is_in_doubt(bank: Bank) -> None:
    """A doubt in one campaign does not stop another one in the same apply, and its code wins."""
    text = (bank.root / "campaigns/overdue.toml").read_text()
    bank.write("campaigns/second.toml", text.replace('"overdue"', '"second"'))
    bank.fault("close", when="before")

    applied = bank.run("apply", "--ack-calls", 6)

    assert applied.code == 10
    assert {call["task_name"].split(".")[0] for call in bank.calls()} == {"second"}


def test_a_lost_answer_and_an_opted_out_person(bank: Bank) -> None:
    """Who left the audience while in doubt is not called by the apply that settles the doubt."""
    bank.engine.change_switches({"visibility_lag_s": 600.0})
    bank.fault("close")
    bank.run("apply", "--ack-calls", 3)
    bank.audience(ANN, BOB)
    bank.time.skip(600)

    assert bank.run("apply").code == 0
    bank.audience(ANN, BOB, CEM)
    assert bank.run("apply").code == 0
    assert bank.numbers() == EVERYBODY


@pytest.mark.parametrize("kind", LOST_AT_LENGTH)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_vendor_that_takes_a_name_twice(bank: Bank, kind: str, when: str) -> None:
    """The pessimistic reading: without the fence of unique names, too, nobody is in two tasks, whatever is repeated."""
    bank.engine.change_switches({"duplicates_accepted": True, "visibility_lag_s": 30.0})
    lose(bank, kind, when=when)

    codes = []
    for _ in range(3):
        codes.append(bank.run("apply", "--ack-calls", 3).code)
        bank.time.skip(60)

    assert codes[0] == 10
    assert codes[-1] == (0 if when == "after" else 10)
    assert bank.requests().get("send", 0) == (1 if when == "after" else 0)
    assert bank.engine.summary()["accepted_more_than_once"] == 0


@pytest.mark.parametrize("kind", ["close", "http_500", "truncated_json", "code_-18"])
def test_questions_that_fail_are_asked_again(bank: Bank, kind: str) -> None:
    """Before and after sending, a list that could not be read is read again; nothing is concluded from its absence."""
    for skip in (0, 0, 2):
        bank.fault(kind, endpoint="query", when="before", skip=skip)

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert bank.numbers() == EVERYBODY
    assert bank.requests()["send"] == 1


def lose_the_list_after_reconciling(bank: Bank) -> None:
    """Let every look at the list fail, but for those that come before anything is sent."""
    bank.run("apply")
    asked = bank.requests()["query"]
    bank.fault("http_500", endpoint="query", when="before", skip=asked, times=500)


def test_the_list_is_gone_after_sending(bank: Bank) -> None:
    """Accepted, but nobody can be asked any more: 9 and not 10, and all is well once the list is back."""
    lose_the_list_after_reconciling(bank)

    first = bank.run("apply", "--ack-calls", 3)
    bank.engine.clear_faults()

    assert first.code == 9
    assert "accepted but not yet seen" in first.out
    assert bank.run("apply").code == 0
    assert bank.requests()["send"] == 1


def test_the_answer_and_the_list_are_lost(bank: Bank) -> None:
    """Nothing can be known: 10, and it is found once the list is back."""
    lose_the_list_after_reconciling(bank)
    bank.fault("close")

    first = bank.run("apply", "--ack-calls", 3)
    bank.engine.clear_faults()

    assert first.code == 10
    assert bank.run("apply").code == 0
    assert bank.numbers() == EVERYBODY


def test_clocks_that_differ(bank: Bank) -> None:
    """The vendor's clock is ten minutes ahead, so that every signature has expired: 5, and the difference is told."""
    bank.engine.change_switches({"clock_offset_s": 600.0})

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 5
    assert "this machine's clock is 600 s behind" in applied.err.replace("599", "600").replace("601", "600")
    assert bank.numbers() == []


def test_a_task_that_somebody_cancelled_at_the_vendor(bank: Bank) -> None:
    """Cancelled in the vendor's console before it was confirmed: in doubt, and nobody is called anew."""
    bank.engine.change_switches({"visibility_lag_s": 600.0, "calls_per_second": 0.001})
    bank.run("apply", "--ack-calls", 3)
    bank.time.skip(700)
    task_id = bank.calls()[0]["task_id"]
    bank.engine.call("cancel", {"taskIdList": [task_id]})

    second = bank.run("apply")

    assert second.code == 10
    assert lines_with(bank.run("status").out, "cancelled at the vendor, not by us")
    assert bank.requests()["send"] == 1


def test_a_refusal_behind_a_server_error(bank: Bank) -> None:
    """The body says no, the status says that something broke: only the list tells, and it has the task."""
    bank.engine.change_switches({"error_http_status": 502})
    bank.fault("code_-22")

    applied = bank.run("apply", "--ack-calls", 3)

    assert applied.code == 0
    assert bank.numbers() == EVERYBODY
    assert bank.requests()["send"] == 1
