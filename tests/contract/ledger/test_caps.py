"""What the ledger does for caps: who was sent something lately, near which people, and since somebody counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runner.errors import LedgerError, RecountError
from runner.frames import PERSON
from runner.model.task_fact import Sending

TOP = 2**128 - 1


def intend(place, ledger, lease, *people, counted_at=None, **changes):
    """Append an intent of today to call *people*, changed as wanted."""
    task = replace(
        place.sending(lease).task, edition=changes.pop("edition", "2026-11"), name=changes.pop("name")
    )
    fact = replace(place.sending(lease, people=len(people)), task=task, **changes)
    return ledger.intend(fact, place.block(*people), lease=lease, now=place.now, counted_at=counted_at)


def test_tasks_with_calls_since_then(place, ledger):
    """A task counts by when it was signed, or for when it is scheduled; and only where it reaches into what is asked for."""
    days = timedelta(days=1)
    for number, (campaign, edition, signed, scheduled) in enumerate(
        [
            ("overdue", "old", -9, None),
            ("overdue", "new", -9, None),
            ("overdue", "new", -1, None),
            ("reminder", "e", -9, 3),
            ("welcome", "e", -7, None),
        ]
    ):
        lease = ledger.acquire(campaign, now=place.now)
        intend(
            place,
            ledger,
            lease,
            number,
            name=f"t{number}",
            edition=edition,
            planned_at=ledger.head().sequence,
            signed_at=place.now + signed * days,
            send_at=None if scheduled is None else place.now + scheduled * days,
        )
        ledger.release(lease)

    with place.reader() as reader:
        week = place.now - 7 * days
        assert [(task.campaign, task.edition, task.name) for task in reader.sent_since(week)] == [
            ("overdue", "new", "t2"),
            ("reminder", "e", "t3"),
            ("welcome", "e", "t4"),
        ]
        later = reader.sent_since(week + timedelta(microseconds=1))
        assert [task.name for task in later] == ["t2", "t3"]
        assert [task.name for task in reader.sent_since(week, within=(3, 9))] == ["t3", "t4"]
        assert reader.sent_since(place.now + 4 * days) == ()


def test_task_with_several_requests_is_told_once(place, ledger):
    """A request that was repeated under its name is one task."""
    lease = ledger.acquire("overdue", now=place.now)
    for attempt in (1, 2):
        intend(place, ledger, lease, 1, name="t", attempt=attempt)

    assert [task.name for task in ledger.sent_since(place.now)] == ["t"]


def test_rings_are_read_back(place, ledger):
    """How often a task may ring is kept with its intent."""
    lease = ledger.acquire("overdue", now=place.now)
    intend(place, ledger, lease, 1, name="t", rings=4)

    (entry,) = ledger.entries(campaigns=["overdue"], edition="2026-11")

    assert isinstance(entry.fact, Sending)
    assert entry.fact.rings == 4


def test_blocks_near_some_people(place, ledger):
    """Of blocks in the order of their keys only those are read that reach into what is asked for."""
    lease = ledger.acquire("overdue", now=place.now)
    people = [(0, 5), (10, 15), (20, TOP)]
    sequences = [
        intend(place, ledger, lease, *some, name=f"t{number}").sequence for number, some in enumerate(people)
    ]

    def near(first, last):
        return ledger.blocks(sequences, within=(first, last))[PERSON].to_list()

    assert near(0, TOP) == ledger.blocks(sequences)[PERSON].to_list() == [0, 5, 10, 15, 20, TOP]
    assert near(5, 9) == [0, 5]
    assert near(5, 10) == [0, 5, 10, 15]
    assert near(12, 13) == [10, 15]
    assert near(16, 19) == []
    assert near(TOP, TOP) == [20, TOP]


def test_intent_is_refused_where_another_campaign_called_since_the_count(place, ledger):
    """Somebody in this task was sent something by another campaign since calls were counted: nothing is appended."""
    mine = ledger.acquire("overdue", now=place.now)
    with place.rival() as other:
        theirs = other.acquire("reminder", now=place.now)
        intend(place, other, theirs, 3, 4, TOP, name="r1")

    with pytest.raises(
        RecountError, match="another campaign sent something to people of this task of overdue"
    ):
        intend(place, ledger, mine, 1, 4, 7, name="o1", counted_at=1)

    assert ledger.head().sequence == 2
    assert ledger.verify() == 2
    assert intend(place, ledger, mine, 1, 4, 7, name="o1", counted_at=2).sequence == 3


def test_intent_goes_on_where_others_called_other_people(place, ledger):
    """Blocks whose keys lie beside each other, or between each other, share nobody and stand in nobody's way."""
    mine = ledger.acquire("overdue", now=place.now)
    with place.rival() as other:
        theirs = other.acquire("reminder", now=place.now)
        intend(place, other, theirs, 10, 11, name="r1")
        intend(place, other, theirs, 2, 9, name="r2")

    assert intend(place, ledger, mine, 1, 3, 8, name="o1", counted_at=1).sequence == 4


def test_own_tasks_need_no_new_count(place, ledger):
    """What the campaign itself sent since the count was sent under the same lease, and is known to it."""
    mine = ledger.acquire("overdue", now=place.now)
    intend(place, ledger, mine, 1, 2, name="o1", counted_at=1)

    assert intend(place, ledger, mine, 1, 2, name="o2", counted_at=1).sequence == 3


def test_without_a_cap_nobody_looks(place, ledger):
    """Where nothing was counted, campaigns share people freely."""
    mine = ledger.acquire("overdue", now=place.now)
    with place.rival() as other:
        theirs = other.acquire("reminder", now=place.now)
        intend(place, other, theirs, 1, 2, name="r1")

    assert intend(place, ledger, mine, 1, 2, name="o1").sequence == 3


def test_recount_is_a_refusal_of_the_ledger():
    """Where nobody counts again, it ends a command as every other refusal of the ledger does."""
    assert issubclass(RecountError, LedgerError)
