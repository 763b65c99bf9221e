"""What is known of tasks without the ledger that sent them, and what follows for a rebuilt one."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from runner.apply.found import KnownTask, known_tasks
from runner.apply.rebuild import recover
from runner.errors import CredentialsError, UnavailableError
from runner.model.entry import Entry
from runner.model.rebuild_fact import TaskFound
from runner.model.receipt import Receipt, ReceiptTask
from runner.model.task import Listing, SeenTask, TaskStatus
from runner.model.task_fact import Sending, TaskAccepted, TaskDoubtful
from runner.model.task_id import TaskId
from runner.planning.history import fold
from runner.planning.names import task_id_of

if TYPE_CHECKING:
    from runner.model.fact import Fact

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
A, B, C = (f"overdue.2026-11.{letter * 14}" for letter in "abc")
OLDER = f"overdue.2026.10-x.{'d' * 14}"


class Progress:
    """Says nothing."""

    def note(self, message):
        """Drop it."""

    def step(self, what, *, done, total):
        """Drop it."""


class Clock:
    """Counts what is slept."""

    slept = 0.0

    def now(self):
        """Return one moment."""
        return NOW

    def elapsed_s(self):
        """Return what was slept."""
        return self.slept

    def sleep(self, seconds):
        """Count it."""
        self.slept += seconds


class Vendor:
    """Lists other tasks at each question."""

    account = "a" * 16

    def __init__(self, *listings, complete=True):
        self.listings = list(listings)
        self.asked = []
        self.complete = complete

    def tasks(self, *, prefix, since, until):
        """Return the next listing, the last one for ever, filtered as the adapter does."""
        self.asked.append((prefix, until - since))
        seen = self.listings.pop(0) if len(self.listings) > 1 else self.listings[0]
        tasks = [one for one in seen if one.name.startswith(prefix)]
        return Listing(tasks=tasks, complete=self.complete, server_time=None)


def seen(name, *, job_id=1, people=3, called=0, status=TaskStatus.WAITING, is_recall=False):
    """Return a task as the vendor lists it."""
    return SeenTask(
        name=name, job_id=job_id, people=people, called=called, status=status, is_recall=is_recall
    )


def receipt(*tasks, account="a" * 16, complete=True, sequence=2):
    """Return a receipt with *tasks* (name, people, state, job id)."""
    return Receipt(
        environment="sandbox",
        campaign="overdue",
        edition="2026-11",
        account=account,
        key_id="k" * 16,
        lineage="1" * 32,
        sequence=sequence,
        head="2" * 64,
        began_at=NOW,
        commit=None,
        plan_digest="3" * 64,
        acknowledged=3,
        rows=3,
        inputs={},
        tasks=tuple(ReceiptTask(name=n, people=p, state=s, job_id=j) for n, p, s, j in tasks),
        complete=complete,
    )


def find(vendor, *receipts, campaigns=("overdue",), others=(), sent=None):
    """Return what is known."""
    return known_tasks(
        campaigns,
        receipts,
        others,
        sent=sent or {},
        vendor=vendor,
        clock=Clock(),
        progress=Progress(),
        settle_time=timedelta(seconds=120),
    )


def test_the_vendor_is_asked_twice_for_all_editions():
    """A task that shows late is seen the second time; the prefix is the campaign's, 62 days back and two ahead."""
    vendor = Vendor([], [seen(A), seen(OLDER, job_id=2)])

    known = find(vendor)

    assert vendor.asked == [("overdue.", timedelta(days=64))] * 2
    assert known[A].task == TaskId(campaign="overdue", edition="2026-11", name=A)
    assert known[OLDER].task.edition == "2026.10-x"


def test_what_is_not_of_our_form_is_not_ours():
    """Recall rounds and names of other tools are set aside."""
    assert find(Vendor([seen(A, is_recall=True), seen("overdue.by-hand")])) == {}


def test_a_task_that_was_seen_once_is_known():
    """However the second listing looks."""
    assert set(find(Vendor([seen(A)], []))) == {A}


def test_two_tasks_of_one_name_count_together():
    """The account takes a name twice: that many people may be in them."""
    known = find(Vendor([seen(A, job_id=1), seen(A, job_id=2, people=4)]))

    assert known[A].people == 7


def test_receipts_of_other_campaigns_count():
    """A campaign whose file is gone is asked for all the same."""
    vendor = Vendor([])

    known = find(vendor, receipt((A, 3, "accepted", 7)), campaigns=())

    assert vendor.asked[0][0] == "overdue."
    assert known[A].job_id == 7


def test_a_list_that_cannot_be_read_whole_is_no_list():
    """Nothing is made of half of it."""
    with pytest.raises(UnavailableError, match="changed while it was read"):
        find(Vendor([seen(A)], complete=False))


@pytest.mark.parametrize(
    ("states", "listed", "over"),
    [
        (["rejected"], [], True),
        (["not sent", "not_sent"], [], True),
        (["failed"], [], True),
        (["planned"], [], False),
        (["sending"], [], False),
        (["doubtful"], [], False),
        (["not sent", "accepted"], [], False),
        (["rejected"], [seen(A)], False),
        (["accepted"], [seen(A, status=TaskStatus.FAILED)], True),
        ([], [seen(A, status=TaskStatus.FAILED, called=1)], False),
        ([], [seen(A, status=TaskStatus.CANCELLED)], False),
        (["withdrawn"], [], False),
        (["cancelled"], [], False),
    ],
)
def test_who_certainly_calls_nobody(states, listed, over):
    """The vendor's list goes before what receipts say, and a receipt never makes a task less certain."""
    receipts = [receipt((A, 3, state, None), sequence=n) for n, state in enumerate(states, start=2)]

    known = find(Vendor(listed), *receipts)

    assert known[A].is_over is over


def test_what_was_never_sent_is_not_known():
    """Planned, and left out when the receipt was completed: no request ever bore its name."""
    assert find(Vendor([]), receipt((A, 3, "not sent", None))) == {}


def test_another_account_needs_a_task_that_both_have():
    """An account under a new key lists the tasks of the old one; any other says nothing about them."""
    other = receipt((A, 3, "accepted", 7), account="b" * 16)

    assert set(find(Vendor([seen(A, job_id=7)]), other)) == {A}
    with pytest.raises(CredentialsError, match="went to vendor account bbbb"):
        find(Vendor([seen(A, job_id=8)]), other)
    with pytest.raises(CredentialsError):
        find(Vendor([]), sent={"b" * 16: {(A, 7)}})


def known(name, *listed, states=(), people=3):
    """Return a known task."""
    task = task_id_of(name)
    assert task is not None
    return KnownTask(task=task, people=people, job_id=1, seen=listed, states=frozenset(states))


def test_what_cannot_be_looked_into_closes_and_what_is_over_keeps_its_name():
    """Without today's files nothing is shown; the number to acknowledge is that of those who may have been called."""
    tasks = [known(A, seen(A)), known(B, states=["rejected"], people=5)]

    found = recover({task.task.name: task for task in tasks}, [], [], lambda _: None, generation=lambda *_: 0)
    facts = [fact for fact, _ in found.facts(now=NOW)]

    assert found.people == 3
    assert [(fact.task.name, fact.over) for fact in facts if isinstance(fact, TaskFound)] == [
        (B, True),
        (A, False),
    ]
    assert len(facts) == 2


def taken(*names):
    """Return the history of tasks of three people that the vendor took."""
    facts: list[Fact] = []
    for name in names:
        task = task_id_of(name)
        assert task is not None
        sending = Sending(
            task=task,
            settings_digest="s",
            people=3,
            attempt=1,
            generation=0,
            signed_at=NOW,
            epoch=1,
            planned_at=0,
            metadata="9",
            send_at=None,
        )
        facts += [sending, TaskAccepted(task=task, job_id=1, looked_up=False)]
    return fold(
        Entry(sequence=number, at=NOW, fact=fact, payload_sha256=None, previous="", hash="")
        for number, fact in enumerate(facts, start=1)
    )


def test_a_task_that_is_taken_over_is_not_found_again():
    """Its own entries say more; where the vendor lists it otherwise than it was sent, it is in doubt."""
    found = recover(
        {A: known(A, seen(A)), B: known(B, seen(B, status=TaskStatus.CANCELLED)), C: known(C, seen(C))},
        [taken(A, B)],
        [],
        lambda _: None,
        generation=lambda *_: 0,
    )

    assert [task.task.name for task in found.closing] == [C]
    assert [(type(one), one.task.name) for one in found.changed] == [(TaskDoubtful, B)]
