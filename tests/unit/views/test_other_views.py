"""What an apply did, a saved plan, and where campaigns stand: numbers first, then what to do next."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from runner.apply.outcome import ApplyOutcome, CampaignOutcome
from runner.apply.tally import SendResult, Stopped
from runner.collect.holding import Holding, State
from runner.collect.person import Handed, Known
from runner.counts import people, plural
from runner.errors import Exit, LedgerError, RefusedError, UnavailableError
from runner.model.lease import Lease, Owner
from runner.model.plan import Bucket, Hours, Reason
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId
from runner.planning.history import History, Standing, TaskHistory
from runner.planning.review import Review
from runner.planning.saved import ReviewedCampaign, SavedPlan
from runner.views.numbers import blind
from runner.views.outcome_text import outcome_lines
from runner.views.person_text import person_lines
from runner.views.plan_json import plan_value
from runner.views.saved_text import saved_lines
from runner.views.standing_json import standing_value
from runner.views.standing_text import CampaignStanding, standing_lines
from runner.views.suppressed_text import Recorded, suppressed_lines
from tests.unit.views.conftest import AT, campaign_plan, plan_of

OWNER = Owner(host="h", boot="b", namespace="n", pid=42, started=1, user="ann", command="runner apply")


def task(standing: Standing, *, count: int = 3, said: str = "", name: str = "t1") -> TaskHistory:
    """Return a task of *count* people."""
    identity = TaskId(campaign="overdue", edition="2026-11", name=name)
    sending = Sending(
        task=identity,
        settings_digest="",
        people=count,
        attempt=1,
        generation=0,
        signed_at=AT,
        epoch=1,
        planned_at=0,
        metadata="9",
        send_at=None,
    )
    return TaskHistory(
        task=identity, sending=sending, block=1, standing=standing, job_id=7, said=said, code=None, since=AT
    )


def outcome(*tasks: TaskHistory, **changes: Any) -> CampaignOutcome:
    """Return the outcome of a campaign with *tasks*."""
    values: dict[str, Any] = {"review": None, "sent": None, "receipt": None, "error": None, **changes}
    return CampaignOutcome(name="overdue", edition="2026-11", history=History(tasks), **values)


def lines(*campaigns: CampaignOutcome) -> list[str]:
    """Return what is printed of an apply of *campaigns*."""
    return outcome_lines(ApplyOutcome(plan=None, campaigns=campaigns))


def code(*campaigns: CampaignOutcome) -> Exit:
    """Return the exit code of an apply of *campaigns*."""
    return ApplyOutcome(plan=None, campaigns=campaigns).exit


@pytest.mark.parametrize(
    ("number", "word", "shown"),
    [
        (0, "0 people", "0"),
        (1, "1 person", "<10"),
        (9, "9 people", "<10"),
        (10, "10 people", "10"),
        (12_431, "12,431 people", "12,431"),
    ],
)
def test_numbers(number: int, word: str, shown: str) -> None:
    """Exact with thousands apart, or hidden below ten."""
    assert people(number) == word
    assert blind(number) == shown
    assert plural(number, "row") == word.replace("people", "rows").replace("person", "row")


def test_a_clean_apply() -> None:
    """Accepted, confirmed, receipt; nothing else to do."""
    done = outcome(task(Standing.CONFIRMED), sent=SendResult(accepted=3), receipt="r.toml")

    assert lines(done) == [
        "overdue 2026-11: 3 people accepted",
        "overdue 2026-11: 3 people confirmed in all",
        "overdue 2026-11: receipt r.toml",
    ]
    assert code(done) is Exit.DONE


def test_an_apply_that_stopped_with_a_doubt() -> None:
    """What was accepted, what is in doubt, what was not sent, why, and that repeating is safe."""
    stopped = Stopped(kind="doubt", message="nobody knows whether t2 was taken: no answer in time")
    result = SendResult(accepted=3, in_doubt=2, not_sent=5, stopped=stopped)

    shown = lines(
        outcome(task(Standing.CONFIRMED), task(Standing.ABSENT, count=2, name="t2"), sent=result, receipt="r")
    )

    assert shown == [
        "overdue 2026-11: 3 people accepted",
        "overdue 2026-11: 5 people not sent",
        "overdue 2026-11: nobody knows whether t2 was taken: no answer in time",
        "overdue 2026-11: 3 people confirmed in all",
        "overdue 2026-11: 2 people in doubt",
        "overdue 2026-11: receipt r",
        "",
        "Some outcomes are unknown: see `runner status`. Running apply again looks them up and calls nobody twice.",
    ]


def test_who_was_reviewed_and_is_not_called() -> None:
    """Each reason with its number; nothing of them where nobody was reviewed."""
    review = Review(reviewed=10, callable=4, sent=3, changed=1, unreviewed=2)

    shown = lines(outcome(review=review, sent=SendResult(accepted=4)))

    assert shown[:5] == [
        "overdue 2026-11: 4 of 10 people reviewed can be called as reviewed",
        "overdue 2026-11: 3 of the reviewed were handed over before",
        "overdue 2026-11: 2 of the reviewed are gone (opted out, removed, in doubt, at the cap or over)",
        "overdue 2026-11: 1 changed since the review: not called",
        "overdue 2026-11: 2 were not reviewed: not called",
    ]
    assert lines(outcome(review=Review())) == ["overdue 2026-11: nobody to call"]


def test_somebody_left_out_is_never_a_success() -> None:
    """Not accepted, not rejected, not in doubt, and nothing stopped it: a bug, and it says so."""
    odd = outcome(task(Standing.CONFIRMED), sent=SendResult(accepted=3, not_sent=1))

    assert code(odd) is Exit.BUG
    assert "this is a bug in runner" in lines(odd)[-1]


def test_unavailable_promises_that_nothing_was_sent() -> None:
    """Where another campaign's people were handed over before, the code is 9."""
    down = outcome(error=UnavailableError("no answer"))
    sent = outcome(task(Standing.CONFIRMED), sent=SendResult(accepted=3))

    assert code(down) is Exit.UNAVAILABLE
    assert code(down, sent) is Exit.PARTIAL


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        ((Exit.REFUSED, Exit.LEDGER), Exit.LEDGER),
        ((Exit.INVALID, Exit.REFUSED, Exit.MISMATCH), Exit.MISMATCH),
        ((Exit.CREDENTIALS, Exit.IN_DOUBT), Exit.IN_DOUBT),
    ],
)
def test_the_worst_of_several_campaigns(exits: tuple[Exit, ...], expected: Exit) -> None:
    """The first of the design's list decides."""

    def stopped(exit_: Exit) -> CampaignOutcome:
        error = RefusedError("no")
        error.exit = exit_  # type: ignore[misc]
        return outcome(error=error)

    assert code(*map(stopped, exits)) is expected


def test_interrupted_after_the_last_request() -> None:
    """Everybody was handed over, nothing was confirmed any more: 130, whatever else 9 would say."""
    done = outcome(task(Standing.ACCEPTED), sent=SendResult(accepted=3))

    assert code(done) is Exit.PARTIAL
    assert ApplyOutcome(plan=None, campaigns=(done,), interrupted=True).exit is Exit.INTERRUPTED


def test_one_error_of_two_campaigns_is_one() -> None:
    """What stopped both is told once."""
    error = LedgerError("held")

    assert ApplyOutcome(plan=None, campaigns=(outcome(error=error), outcome(error=error))).errors == (error,)


def standing(*tasks: TaskHistory, holder: Lease | None = None, name: str = "overdue") -> CampaignStanding:
    """Return where a campaign stands."""
    return CampaignStanding(name=name, edition="2026-11", history=History(tasks), holder=holder)


def test_doubts_of_all_campaigns_come_first() -> None:
    """Before anything that went well."""
    shown = standing_lines(
        [
            standing(task(Standing.CONFIRMED)),
            standing(task(Standing.ABSENT, count=12, name="t9"), name="second"),
        ],
        environment="sandbox",
        now=AT,
    )

    assert shown[4].startswith("    `runner apply` looks ")
    assert [*shown[:4], *shown[5:]] == [
        "sandbox: 2 campaigns",
        "",
        "? in doubt: 12 people in 1 task; they are called by nothing until settled",
        "    t9  12  answer unknown, not in the vendor's list",
        "",
        "overdue 2026-11",
        "  3 people in 1 task: accepted and confirmed",
        "",
        "second 2026-11",
        "  12 people in 1 task: answer unknown, not in the vendor's list",
    ]


def test_what_was_taken_back_does_not_say_that_everybody_is_called() -> None:
    """Somebody of such a task may have paid, or be suppressed: only who is still to be called is said to be sent again."""
    shown = standing_lines(
        [standing(task(Standing.REPLACED), task(Standing.CANCELLED, name="t2"))],
        environment="sandbox",
        now=AT,
    )

    assert shown == [
        "sandbox: 1 campaign",
        "",
        "! withdrawn, to be sent: 3 people in 1 task; nothing calls them now",
        "    t2  3  taken back; who is still to be called is to be sent again",
        "    `runner apply` sends those again who are still to be called, as they are today",
        "",
        "overdue 2026-11",
        "  3 people in 1 task: taken back; who is still to be called is to be sent again",
        "  3 people in 1 task: taken back; who was still to be called was sent again as they are now",
    ]


def test_who_holds_a_campaign() -> None:
    """User, host, process and how long ago it was heard of."""
    lease = Lease(
        campaign="overdue",
        owner=OWNER,
        epoch=1,
        term_s=60,
        renewed_at=datetime(2026, 11, 24, 9, 29, 50, tzinfo=UTC),
    )

    shown = standing_lines([standing(holder=lease)], environment="sandbox", now=AT)

    assert shown[2:] == [
        "overdue 2026-11",
        "  held by ann@h, pid 42, renewed 10 s ago",
        "  nothing was handed over yet",
    ]


@pytest.mark.parametrize(
    ("state", "asked", "shown"),
    [
        (
            State.WAITING,
            2,
            "    `runner apply` takes it back and sends the others again, until 2026-11-24 09:30 UTC",
        ),
        (State.WAITING, 3, "    `runner apply` takes it back, until 2026-11-24 09:30 UTC"),
        (State.TAKEN_BACK, 2, "    `runner apply` sends the others again"),
        (
            State.TAKEN_BACK,
            3,
            "    nobody else is in it: `runner apply` notes that nothing of it is left to do",
        ),
    ],
)
def test_others_are_sent_again_only_where_there_are_any(state: State, asked: int, shown: str) -> None:
    """Where everybody of a request asked, nobody is left who would be sent again."""
    until = AT if state is State.WAITING else None
    held = Holding(task=task(Standing.CONFIRMED), state=state, people=asked, until=until)

    *_, last = suppressed_lines(
        Recorded(
            environment="sandbox",
            lifted=False,
            asked=asked,
            new=asked,
            suppressed=asked,
            held=(held,),
            in_files=frozenset({("overdue", "2026-11")}),
        )
    )

    assert last == shown


def test_standings_as_json() -> None:
    """Counts by standing, and the sums."""
    value: Any = standing_value(
        [standing(task(Standing.CONFIRMED), task(Standing.DOUBTFUL, count=2, name="t2"))],
        environment="sandbox",
    )

    assert value["format_version"] == 1
    assert value["summary"] == {"closed": 0, "to_be_sent": 0, "in_doubt": 2, "suppressed": 0, "accepted": 3}
    assert value["campaigns"][0]["people"]["doubtful"] == 2
    assert [one["standing"] for one in value["campaigns"][0]["tasks"]] == ["confirmed", "doubtful"]


def test_a_plan_as_json() -> None:
    """Buckets exact and in every campaign, breakdowns below ten hidden, the sum of rows and buckets equal."""
    plan = campaign_plan(
        reasons=(Reason(bucket=Bucket.INVALID, text="foreign", count=3, rows=(2,)),),
        countries={"GB": 19, "AU": 1},
    )

    value: Any = plan_value(plan_of(plan))

    summary = value["summary"]
    assert (summary["rows"], summary["calls"], summary["tasks"]) == (20, 12, 1)
    assert sum(summary[bucket.value] for bucket in Bucket) == 20
    assert value["campaigns"][0]["countries"] == {"GB": 19, "AU": "<10"}
    assert value["campaigns"][0]["reasons"][0]["count"] == "<10"


def saved(printed: tuple[str, ...], calls: int = 3) -> SavedPlan:
    """Return a saved plan."""
    plan = plan_of(campaign_plan())
    hours = Hours(timezone=None, at=None, not_after=None, windows=())
    return SavedPlan(
        digest=plan.digest,
        environment="sandbox",
        account=None,
        created_at=AT,
        ledger=plan.ledger,
        campaigns=(
            ReviewedCampaign(
                name="overdue", edition="2026-11", hours=hours, calls=calls, people=pl.DataFrame()
            ),
        ),
        head={},
        printed=printed,
        seal="",
    )


def test_a_saved_plan_begins_with_what_its_digest_proves() -> None:
    """Then comes what was printed, which nothing proves."""
    shown = saved_lines(saved(("Plan 0123", "as printed")))

    assert shown == [
        "Saved plan 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "  made 2026-11-24 09:30 UTC for sandbox, under key kkkkkkkkkkkkkkkk",
        "  The digest matches this content:",
        "    overdue 2026-11: 3 people to call; as soon as applied",
        "    3 people in all: apply with --ack-calls 3",
        "",
        "As it was printed then:",
        "",
        "| Plan 0123",
        "| as printed",
    ]
    assert "    nobody to call" in saved_lines(saved((), calls=0))


def test_foreign_text_is_inert(evil: str) -> None:
    """What the vendor said, who holds a lease, and what a plan file claims was printed move no cursor."""
    owner = replace(OWNER, user=evil, host=evil)
    lease = Lease(campaign="overdue", owner=owner, epoch=1, term_s=60, renewed_at=AT)
    stopped = Stopped(kind="doubt", message=evil)
    shown = [
        *lines(
            outcome(
                task(Standing.UNKNOWN, said=evil), sent=SendResult(stopped=stopped, in_doubt=3), receipt=evil
            )
        ),
        *standing_lines(
            [standing(task(Standing.REJECTED, said=evil), holder=lease)], environment="x", now=AT
        ),
        *saved_lines(saved((evil,))),
    ]

    assert not [char for char in "\n".join(shown) if char in "\x1b\x07\x9b\u202e"]
    assert not [line for line in shown if line.strip().startswith("::") or "##[" in line]


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.CONFIRMED, "handed over, to be called from"),
        (Standing.CANCELLING, "in doubt: perhaps handed over, to be called from"),
        (Standing.CANCELLED, "not called by this task (taken back before it rang), was to be called from"),
        (Standing.WITHDRAWN, "not called by this task (taken back before it rang), was to be called from"),
        (Standing.NOT_SENT, "not called by this task (not sent), was to be called from"),
        (Standing.REJECTED, "rejected, was to be called from"),
    ],
)
def test_who_says_of_a_task_that_calls_nobody_that_it_was_to_call(standing: Standing, said: str) -> None:
    """Nobody who asks about a person takes a call that was taken back for one to come."""
    one = Handed(task=task(standing), calls=(), receipts=(), is_withdrawn=False)

    (line,) = person_lines(
        "+447700900001", Known(tasks=(one,), suppressed_at=None, forgotten_at=None), environment="sandbox"
    )

    assert line.startswith(f"+44•••••0001: overdue 2026-11: {said} 2")
