"""What a writer appends, and what it may not."""

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from runner.errors import LedgerError
from runner.frames import CONTENT, PERSON
from runner.model.entry import Head
from runner.model.ledger_fact import Bound, Genesis
from runner.model.task_fact import TaskAccepted, TaskRejected, TaskResolved
from runner.model.task_id import TaskId

if TYPE_CHECKING:
    from runner.ports import Ledger, LedgerReader


def test_ledger_satisfies_its_ports(ledger):
    """The SQL ledger is a `Ledger` and a `LedgerReader`."""
    as_ledger: Ledger = ledger
    as_reader: LedgerReader = ledger

    assert as_ledger is as_reader


def test_intent_and_block_are_read_back_as_they_were_written(place, ledger):
    """An intent is an entry with its people, visible to another reader at once."""
    lease = ledger.acquire("overdue", now=place.now)
    fact = place.sending(lease, people=2)

    entry = ledger.intend(fact, place.block(5, 2**128 - 1), lease=lease, now=place.now)

    with place.reader() as reader:
        assert reader.entries(campaigns=["overdue"], edition="2026-11") == (entry,)
        assert reader.blocks([2]).to_dict(as_series=False) == {
            PERSON: [5, 2**128 - 1],
            CONTENT: [15, 2**128 - 11],
            "sequence": [2, 2],
        }
    assert (entry.sequence, entry.fact, entry.at) == (2, fact, place.now)


def test_evidence_follows_on_any_head(place, ledger):
    """An answer is appended after whatever stands last, and the head is its hash."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)

    entry = ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=place.now)

    assert entry.previous == intent.hash
    assert ledger.head() == Head(sequence=3, hash=entry.hash)


def test_evidence_of_an_owner_that_lost_its_lease_is_kept(place, ledger):
    """What a fenced owner learned is appended all the same: it is a fact."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)
    with place.rival(gone=True) as other:
        other.acquire("overdue", now=place.now)

    entry = ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=place.now)

    assert entry.sequence == 3


def test_intent_under_a_lost_lease_is_refused(place, ledger):
    """An intent under an epoch that was passed is refused, and nothing is appended."""
    lease = ledger.acquire("overdue", now=place.now)
    with place.rival(gone=True) as other:
        other.acquire("overdue", now=place.now)

    with pytest.raises(LedgerError, match="its lease was taken over by anna@"):
        place.intend(ledger, lease, 1, 2, 3)

    assert ledger.head().sequence == 1
    assert ledger.verify() == 1


def test_intent_under_a_lease_that_was_given_back_is_refused(place, ledger):
    """Who gave a campaign back sends nothing for it any more."""
    lease = ledger.acquire("overdue", now=place.now)
    ledger.release(lease)

    with pytest.raises(LedgerError, match="no longer held by this process"):
        place.intend(ledger, lease, 1, 2, 3)


def test_intent_planned_before_a_rival_sent_is_refused(place, ledger):
    """A plan that does not know of a task that somebody else sent since is refused, to be made again."""
    with place.rival() as other:
        theirs = other.acquire("overdue", now=place.now)
        place.intend(other, theirs, 1, 2, 3)
        other.release(theirs)
    mine = ledger.acquire("overdue", now=place.now)

    with pytest.raises(LedgerError, match="somebody else sent a task of campaign overdue"):
        place.intend(ledger, mine, 4, 5, 6, task="c.e.two", planned_at=1)

    assert place.intend(ledger, mine, 4, 5, 6, task="c.e.two", planned_at=2)


def test_intents_of_one_lease_follow_each_other_under_one_plan(place, ledger):
    """An owner's own tasks since the plan do not stand in the way of its next one."""
    lease = ledger.acquire("overdue", now=place.now)

    sequences = [place.intend(ledger, lease, n, task=f"c.e.{n}").sequence for n in (1, 2, 3)]

    assert sequences == [2, 3, 4]


def test_tasks_of_other_campaigns_do_not_stand_in_the_way(place, ledger):
    """Two campaigns are applied at once without waiting for each other."""
    mine = ledger.acquire("overdue", now=place.now)
    with place.rival() as other:
        theirs = other.acquire("reminder", now=place.now)
        place.intend(other, theirs, 1, 2, 3)

    assert place.intend(ledger, mine, 1, 2, 3).sequence == 3


def test_intent_of_a_longer_ledger_is_refused(place, ledger):
    """A plan that was made on entries which this ledger does not have is refused: the ledger was set back."""
    lease = ledger.acquire("overdue", now=place.now)

    with pytest.raises(LedgerError, match="had 9 entries, now it has 1"):
        place.intend(ledger, lease, 1, 2, 3, planned_at=9)


@pytest.mark.parametrize(
    ("people", "rows"),
    [(3, (1, 2)), (2, (2, 1)), (2, (1, 1)), (0, ())],
    ids=["short", "unsorted", "twice", "empty"],
)
def test_block_that_is_not_what_the_intent_says_is_a_bug(place, ledger, people, rows):
    """A block with another number of people, out of order, with one twice or with nobody is never kept."""
    lease = ledger.acquire("overdue", now=place.now)

    with pytest.raises(ValueError, match="block"):
        ledger.intend(place.sending(lease, people=people), place.block(*rows), lease=lease, now=place.now)


def test_block_of_other_columns_is_a_bug(place, ledger):
    """A block has the two columns of keys and nothing else: no number gets into a ledger by mistake."""
    lease = ledger.acquire("overdue", now=place.now)

    with pytest.raises(ValueError, match="columns"):
        ledger.intend(
            place.sending(lease, people=1), pl.DataFrame({PERSON: ["x"]}), lease=lease, now=place.now
        )


def test_intent_under_the_lease_of_another_campaign_is_a_bug(place, ledger):
    """An intent names the epoch and campaign of the lease that it is made under."""
    lease, other = ledger.acquire("overdue", now=place.now), ledger.acquire("reminder", now=place.now)

    with pytest.raises(ValueError, match="under the lease"):
        ledger.intend(place.sending(lease), place.block(1, 2, 3), lease=other, now=place.now)


def test_intent_is_no_evidence(place, ledger):
    """A `Sending` or a `Genesis` cannot be slipped in past the lease."""
    lease = ledger.acquire("overdue", now=place.now)

    with pytest.raises(ValueError, match="Sending is no evidence"):
        ledger.record(place.sending(lease), now=place.now)
    with pytest.raises(ValueError, match="Genesis is no evidence"):
        ledger.record(Genesis(lineage="a" * 32, environment="sandbox", key_id="b"), now=place.now)


def test_time_without_zone_is_refused(place, ledger):
    """A wall clock without a zone is a bug, and nothing is appended."""
    with pytest.raises(ValueError, match="without a zone"):
        ledger.record(Bound(account="a"), now=datetime(2026, 11, 24))  # noqa: DTZ001  that is the point

    assert ledger.head().sequence == 1


def stated(intent, *, accepted=False):
    """Return a person's statement about the task of *intent*."""
    return TaskResolved(
        task=intent.fact.task, accepted=accepted, people=3, reason="asked the vendor", by="anna"
    )


def test_decision_is_made_on_all_that_is_known(place, ledger):
    """A statement about a task is appended under the lease, where nothing was learned of the task since it was looked at."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)
    other = place.intend(ledger, lease, 4, task="c.e.two")
    ledger.record(TaskAccepted(task=other.fact.task, job_id=8, looked_up=False), now=place.now)

    assert ledger.decide(stated(intent), lease=lease, seen=2, now=place.now).sequence == 5


def test_decision_that_was_passed_by_an_answer_is_refused(place, ledger):
    """Who did not know of the vendor's answer cannot state that the task is absent, whoever appended the answer."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)
    with place.rival() as other:
        other.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=True), now=place.now)

    with pytest.raises(LedgerError, match=r"something was learned about task c\.e\.one"):
        ledger.decide(stated(intent), lease=lease, seen=2, now=place.now)

    assert ledger.head().sequence == 3


def test_decision_under_a_lost_lease_is_refused(place, ledger):
    """A process that was passed by another decides nothing any more."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)
    with place.rival(gone=True) as other:
        other.acquire("overdue", now=place.now)

    with pytest.raises(LedgerError, match="its lease was taken over by anna@"):
        ledger.decide(stated(intent), lease=lease, seen=2, now=place.now)


def test_decision_is_no_evidence(place, ledger):
    """A statement cannot be slipped in past the lease."""
    lease = ledger.acquire("overdue", now=place.now)
    intent = place.intend(ledger, lease, 1, 2, 3)

    with pytest.raises(ValueError, match="TaskResolved is no evidence"):
        ledger.record(stated(intent), now=place.now)


@pytest.mark.parametrize(
    "reason", ["a\x00b", "\ud800", "\ud83d\ude00", "\u202e right to left", "", "'; DROP TABLE entries"]
)
def test_evidence_is_kept_whatever_the_vendor_wrote(place, ledger, reason):
    """No text of the vendor keeps its answer out of the ledger."""
    task = TaskId(campaign="overdue", edition="2026-11", name="c.e.one")

    entry = ledger.record(TaskRejected(task=task, code="-1", reason=reason, account=False), now=place.now)

    with place.reader() as reader:
        assert reader.entries(campaigns=["overdue"], edition="2026-11") == (entry,)
    assert entry.fact.reason.encode("utf-16", "surrogatepass") == reason.encode("utf-16", "surrogatepass")


def test_entries_are_those_of_the_campaigns_and_the_edition(place, ledger):
    """A campaign sees its own entries and those under its former names, of one edition, in the order of the chain."""
    for campaign, edition in (("new", "e1"), ("old", "e1"), ("new", "e2"), ("other", "e1"), ("new", "e1")):
        task = TaskId(campaign=campaign, edition=edition, name="t")
        ledger.record(TaskAccepted(task=task, job_id=None, looked_up=True), now=place.now)

    found = ledger.entries(campaigns={"new", "old"}, edition="e1")

    assert [entry.sequence for entry in found] == [2, 3, 6]
    assert ledger.entries(campaigns=(), edition="e1") == ()


def test_several_pieces_of_evidence_are_one_commit(place, ledger):
    """Evidence about several tasks is appended in order, all of it or none; nothing at all is nothing."""
    first, second = (TaskId(campaign="new", edition="e1", name=name) for name in ("a", "b"))
    facts = [TaskAccepted(task=task, job_id=7, looked_up=False) for task in (first, second)]

    entries = ledger.record_all(facts, now=place.now)

    assert [(entry.sequence, entry.fact) for entry in entries] == [(2, facts[0]), (3, facts[1])]
    assert (ledger.verify(), ledger.record_all((), now=place.now)) == (3, ())
    with pytest.raises(ValueError, match="is no evidence"):
        ledger.record_all(
            [facts[0], Genesis(lineage="a" * 32, environment="sandbox", key_id="b")], now=place.now
        )
    assert ledger.verify() == 3


def test_entries_of_one_task(place, ledger):
    """One task can be asked for, so that what happened to a thousand others is not read for each of them."""
    for name in ("a", "b", "a"):
        task = TaskId(campaign="new", edition="e1", name=name)
        ledger.record(TaskAccepted(task=task, job_id=None, looked_up=True), now=place.now)

    found = ledger.entries(campaigns=["new"], edition="e1", task="a")

    assert [entry.sequence for entry in found] == [2, 4]
    assert ledger.entries(campaigns=["new"], edition="e2", task="a") == ()


def test_blocks_come_ordered_by_sequence_and_person(place, ledger):
    """Blocks come in the order of the chain, whatever order they are asked in, each once."""
    lease = ledger.acquire("overdue", now=place.now)
    for name, people in (("a", (4, 9)), ("b", (1, 2))):
        place.intend(ledger, lease, *people, task=name)

    found = ledger.blocks([3, 2, 3])

    assert found.select(PERSON, "sequence").rows() == [(4, 2), (9, 2), (1, 3), (2, 3)]
    assert found.schema == {PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64}
    assert ledger.blocks([]).schema == found.schema


def test_block_that_is_not_there_is_an_error(place, ledger):
    """Asking for the people of an entry that has none is an error, never an empty answer."""
    with pytest.raises(LedgerError, match="entry 1 of the ledger has lost its people"):
        ledger.blocks([1])


def test_hash_of_a_sequence(place, ledger):
    """The hash at a sequence is that of its entry; there is none beyond the head."""
    assert ledger.hash_at(1) == ledger.head().hash
    assert ledger.hash_at(2) is None


def test_identity_is_that_of_the_genesis(place, ledger):
    """A new ledger belongs to its environment and key, and to no account yet."""
    identity = ledger.identity

    assert (identity.lineage, identity.environment, identity.key_id, identity.account) == (
        "0123456789abcdef0123456789abcdef",
        "sandbox",
        "feedfacecafebeef",
        None,
    )
