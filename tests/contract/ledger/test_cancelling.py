"""Taking back: decided under the lease, on all that is known, and told from a stop."""

import pytest

from runner.errors import HaltedError, LedgerError
from runner.ledger.export import export_lines
from runner.ledger.imports import import_lines
from runner.model.edition_fact import Withdrawn
from runner.model.ledger_fact import Halted
from runner.model.task_fact import TaskAccepted, TaskCancelled, TaskCancelling, TaskNotCancelled, TaskReplaced

WITHDRAWN = Withdrawn(campaign="overdue", edition="2026-11", reason="wrong list", by="anna@desk")


def cancelling(intent, why="replace"):
    """Return the intent to cancel the task of *intent*."""
    return TaskCancelling(task=intent.fact.task, why=why, epoch=1)


def taken(place, ledger):
    """Return a lease and an intent whose task was taken."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)
    ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=place.now)
    return lease, intent


def test_it_is_read_back_with_its_campaign(place, ledger):
    """Both come with the entries of campaign and edition, the withdrawal without a task."""
    lease, intent = taken(place, ledger)
    ledger.decide(cancelling(intent), lease=lease, seen=3, now=place.now)
    ledger.decide(WITHDRAWN, lease=lease, seen=3, now=place.now)

    with place.reader() as reader:
        facts = [e.fact for e in reader.entries(campaigns=["overdue"], edition="2026-11")]

    assert facts[2:] == [cancelling(intent), WITHDRAWN]
    assert ledger.verify() == 5


def test_news_of_the_task_stop_the_cancel(place, ledger):
    """Whoever did not know what was just learned of the task does not cancel it."""
    lease, intent = taken(place, ledger)

    with pytest.raises(LedgerError, match="something was learned about task"):
        ledger.decide(cancelling(intent), lease=lease, seen=2, now=place.now)


def test_only_people_sent_meanwhile_stop_the_withdrawal(place, ledger):
    """News of a task do not matter to it; a task that was sent after the look does."""
    lease, _ = taken(place, ledger)
    with pytest.raises(LedgerError, match="something was learned about overdue 2026-11"):
        ledger.decide(WITHDRAWN, lease=lease, seen=1, now=place.now)

    assert ledger.decide(WITHDRAWN, lease=lease, seen=2, now=place.now).sequence == 4


def test_a_plan_made_before_a_withdrawal_is_not_sent(place, ledger):
    """Who planned, and took the lease after somebody withdrew the campaign, sends nothing of that plan."""
    with place.rival() as other:
        theirs = other.acquire("overdue", now=place.now)
        other.decide(WITHDRAWN, lease=theirs, seen=1, now=place.now)
        other.release(theirs)
    mine = ledger.acquire("overdue", now=place.now)

    with pytest.raises(LedgerError, match="or withdrew it"):
        place.intend(ledger, mine, 1, 2, 3, planned_at=1)


def test_a_stop_keeps_calls_from_being_replaced_and_not_from_being_withdrawn(place, ledger):
    """While everything is stopped nothing is taken back that would have to be sent again."""
    lease, intent = taken(place, ledger)
    ledger.record(Halted(reason="wrong", by="ann"), now=place.now)

    with pytest.raises(HaltedError, match="stopped by ann"):
        ledger.decide(cancelling(intent), lease=lease, seen=3, now=place.now)

    assert ledger.decide(WITHDRAWN, lease=lease, seen=3, now=place.now).sequence == 5
    assert ledger.decide(cancelling(intent, "withdraw"), lease=lease, seen=3, now=place.now).sequence == 6


def test_under_a_lost_lease_nothing_is_taken_back(place, ledger):
    """A process that was passed by another cancels nothing any more."""
    lease, intent = taken(place, ledger)
    with place.rival(gone=True) as other:
        other.acquire("overdue", now=place.now)

    for fact in (cancelling(intent), WITHDRAWN):
        with pytest.raises(LedgerError, match="its lease was taken over by anna@"):
            ledger.decide(fact, lease=lease, seen=3, now=place.now)


def test_it_goes_along_to_another_place(place, ledger, other_place, tmp_path):
    """A ledger with a replacement and a withdrawal is the same, to the last hash, where it was imported."""
    lease, intent = taken(place, ledger)
    task = intent.fact.task
    ledger.decide(cancelling(intent), lease=lease, seen=3, now=place.now)
    ledger.record(TaskCancelled(task=task, job_id=7, why="replace"), now=place.now)
    ledger.record(TaskReplaced(task=task), now=place.now)
    ledger.record(TaskNotCancelled(task=task, job_id=7), now=place.now)
    ledger.decide(WITHDRAWN, lease=lease, seen=3, now=place.now)
    export_lines(ledger, tmp_path / "ledger.jsonl")

    there = import_lines(
        other_place.url,
        tmp_path / "ledger.jsonl",
        environment="sandbox",
        key_id=ledger.identity.key_id,
        now=place.now,
    )
    other_place.opened.append(there)

    assert there.head() == ledger.head()
    assert there.verify() == 8
