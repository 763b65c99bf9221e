"""Suppressions: recorded by anybody, of each person the newest word counts, and read in the transaction of every intent."""

from contextlib import closing

import polars as pl
import pytest

from runner.errors import LedgerError, SuppressedError
from runner.frames import PERSON
from runner.ledger.export import export_lines, export_parquet
from runner.ledger.imports import import_lines
from runner.ledger.open import open_writer
from runner.ledger.rebuild import Rebuilding, rebuild
from runner.model.ledger_fact import Genesis
from runner.model.people_fact import Suppressed, SuppressionLifted
from runner.model.task_fact import TaskAccepted
from tests.contract.ledger.conftest import KEY_ID, LINEAGE, NOW
from tests.contract.ledger.test_index import looking
from tests.contract.ledger.test_postgresql import documented, role

HIGH = 2**128 - 1


def keys(*people):
    """Return person keys as a column."""
    return pl.Series(PERSON, people, dtype=pl.UInt128)


def suppress(ledger, *people, lift=False):
    """Suppress *people*, or lift that; return for how many it is news."""
    return ledger.suppress(keys(*people), reason="asked", by="ann@desk", now=NOW, lift=lift)


def told(reader, **of):
    """Return who is suppressed, with the entry that says so."""
    return reader.suppressed(**of).rows()


def test_nobody_is_suppressed_at_first(ledger):
    """A new ledger has nobody."""
    assert told(ledger) == []


def test_suppressed_are_read_back(place, ledger):
    """Whoever is recorded is told to every reader, ascending, with the entry, and the chain holds."""
    with place.rival() as other:
        assert suppress(other, 7, HIGH, 5) == 3

    with place.reader() as reader:
        assert told(reader) == [(5, 2), (7, 2), (HIGH, 2)]
        assert reader.verify() == 2
    fact = Suppressed(people=3, reason="asked", by="ann@desk")
    assert place.run("SELECT kind, campaign FROM entries WHERE sequence = 2", []) == ("suppressed", None)
    assert fact.people == 3


def test_twice_is_once(ledger):
    """Repeating it, in another order and doubled, appends nothing; a new one among them is appended alone."""
    assert suppress(ledger, 5, 7) == 2
    assert suppress(ledger, 7, 5, 7) == 0
    assert ledger.head().sequence == 2
    assert suppress(ledger, 7, 9, 5, 9) == 1
    assert told(ledger) == [(5, 2), (7, 2), (9, 3)]


def test_nobody_is_no_entry(ledger):
    """Without people nothing is appended."""
    assert suppress(ledger) == 0
    assert ledger.head().sequence == 1


def test_newest_word_counts(ledger):
    """Suppressed, lifted and suppressed again is suppressed; lifting what never was appends nothing."""
    assert suppress(ledger, 9, lift=True) == 0
    assert suppress(ledger, 5, 7, 9) == 3
    assert suppress(ledger, 7, 8, lift=True) == 1
    assert told(ledger) == [(5, 2), (9, 2)]
    assert suppress(ledger, 7) == 1
    assert told(ledger) == [(5, 2), (7, 4), (9, 2)]


def test_after_an_entry_only_what_came_later_is_told(ledger):
    """Whoever asked before is left out, and so is whoever asked and changed her mind since."""
    suppress(ledger, 5)
    suppress(ledger, 7)
    suppress(ledger, 9)
    suppress(ledger, 9, lift=True)

    assert told(ledger, after=2) == [(7, 3)]
    assert told(ledger, after=5) == []


def test_many_are_several_entries_in_one_commit(ledger):
    """More than one block holds are cut, and nobody is lost."""
    many = list(range(1, 25_001))

    assert suppress(ledger, *many) == 25_000

    assert ledger.head().sequence == 4
    assert ledger.suppressed()[PERSON].to_list() == many
    assert suppress(ledger, *many, lift=True) == 25_000
    assert told(ledger) == []
    assert ledger.verify() == 7


def test_intent_is_refused_until_it_was_looked_again(place, ledger):
    """After a suppression an intent that did not see it appends nothing; one that did is appended."""
    lease = ledger.acquire("overdue", now=NOW)
    with place.rival() as other:
        suppress(other, 5)

    with pytest.raises(SuppressedError):
        place.intend(ledger, lease, 1, 2, 3)
    assert ledger.head().sequence == 2
    sending = place.sending(lease)
    entry = ledger.intend(sending, place.block(1, 2, 3), lease=lease, now=NOW, looked_at=2)

    assert entry.sequence == 3
    suppress(ledger, 6)
    two = place.sending(lease, task="c.e.two")
    with pytest.raises(SuppressedError):
        ledger.intend(two, place.block(7, 8, 9), lease=lease, now=NOW, looked_at=3)
    assert ledger.verify() == 4


def test_a_plan_made_after_it_needs_no_second_look(place, ledger):
    """An intent that was planned on the suppression goes through, and a lifting holds nobody up."""
    lease = ledger.acquire("overdue", now=NOW)
    suppress(ledger, 5)
    suppress(ledger, 5, lift=True)

    assert place.intend(ledger, lease, 1, 2, planned_at=2).sequence == 4


def test_evidence_is_kept_after_it(place, ledger):
    """What the vendor answers is appended whoever was suppressed meanwhile."""
    lease = ledger.acquire("overdue", now=NOW)
    intent = place.intend(ledger, lease, 1)
    suppress(ledger, 1)

    assert (
        ledger.record(TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False), now=NOW).sequence == 4
    )


@pytest.mark.parametrize("fact_type", [Suppressed, SuppressionLifted])
def test_it_is_no_bare_evidence(ledger, fact_type):
    """Without its people it is refused."""
    with pytest.raises(ValueError, match="no evidence"):
        ledger.record(fact_type(people=1, reason="r", by="b"), now=NOW)


def test_people_who_were_exchanged_are_found(place, ledger):
    """Another key in the place of hers is no suppression of somebody else, but a damaged ledger."""
    suppress(ledger, 5)
    other = (6).to_bytes(16, "big")
    place.run("UPDATE blocks SET people = ?, first = ?, last = ? WHERE sequence = 2", [other, other, other])

    with place.reader() as reader, pytest.raises(LedgerError, match="entry 2 of the ledger"):
        reader.suppressed()


def test_it_is_taken_along(place, other_place, ledger, tmp_path):
    """Exported and imported it holds in the new place, to the last hash; and the people are in the Parquet files."""
    suppress(ledger, 5, 7)
    suppress(ledger, 7, lift=True)
    head = export_lines(ledger, tmp_path / "ledger.jsonl")
    export_parquet(ledger, tmp_path / "parquet")

    with closing(
        import_lines(
            other_place.url, tmp_path / "ledger.jsonl", environment="sandbox", key_id=KEY_ID, now=NOW
        )
    ) as there:
        assert there.head() == head
        assert told(there) == [(5, 2)]
        assert suppress(there, 5) == 0
    people = pl.read_parquet(tmp_path / "parquet/people-00001.parquet")
    assert people["sequence"].to_list() == [2, 2, 3]


def test_a_rebuilt_ledger_takes_it_over(place, other_place, ledger):
    """Made anew from the ledger at hand, the new one has it."""
    suppress(ledger, 5, 7)
    suppress(ledger, 7, lift=True)
    genesis = Genesis(lineage=LINEAGE[::-1], environment="sandbox", key_id=KEY_ID)
    with place.reader() as old:
        what = Rebuilding(genesis=genesis, first=(), old=old, more=())
        made, _ = rebuild(other_place.url, what, aside="old", now=NOW)

    with closing(made):
        assert told(made) == [(5, 2)]
        assert made.verify() == 3


def test_who_is_suppressed_is_in_no_task(place, ledger):
    """The index tells of her block, as a search does, and neither takes it for a task."""
    lease = ledger.acquire("overdue", now=NOW)
    place.intend(ledger, lease, 1, 2)
    suppress(ledger, 2, 9)

    assert ledger.index_people() == 4
    with looking(ledger) as lookup:
        assert lookup.uncovered == ()
        assert lookup.holding([1]) == (2,)
        assert lookup.holding([2, 9]) == (2, 3)
        assert len(lookup.tasks_of(lookup.holding([2, 9]))) == 1
        assert lookup.tasks_of(lookup.holding([9])) == ()


@pytest.mark.postgres
def test_the_role_that_applies_may_suppress(postgres_place):
    """In PostgreSQL what `apply` may is enough."""
    postgres_place.create().close()
    with (
        role(postgres_place, *documented("runner_apply")) as url,
        open_writer(url, environment="sandbox", key_id=KEY_ID) as writer,
    ):
        assert suppress(writer, 5) == 1
        assert suppress(writer, 5, lift=True) == 1
