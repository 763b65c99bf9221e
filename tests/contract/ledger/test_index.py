"""The index of prefixes: whatever it covers, who is in which block is answered as a search of all blocks would."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from runner.errors import LedgerError
from runner.ledger import prefixes
from runner.ledger.lookup import LedgerLookup
from runner.ledger.store import SqlLedger

FIVE_SHARED = 0xAB_CDEF0123 << 88
KEYS = st.one_of(
    st.integers(0, 2**128 - 1),
    st.integers(0, 3).map(lambda low: FIVE_SHARED + low),
    st.sampled_from([0, 1, 2**120, 2**120 - 1, 2**88, 2**88 - 1, 2**128 - 1]),
)
"""Also keys that share their first five bytes, and those at the ends of what a row of the index holds."""

BLOCKS = st.lists(st.sets(KEYS, min_size=1, max_size=6), min_size=1, max_size=6)


@contextmanager
def looking(ledger: SqlLedger) -> Iterator[LedgerLookup]:
    """Yield the ledger as `runner who` looks into it."""
    with ledger.reading() as connection:

        def query(statement: str, **values: object) -> Sequence[Sequence[object]]:
            return [tuple(row) for row in connection.execute(text(statement), values)]

        yield LedgerLookup(query, place=ledger.place)


def holding(ledger: SqlLedger, *keys: int) -> tuple[int, ...]:
    """Return the blocks that hold one of *keys*, by the look-up."""
    with looking(ledger) as found:
        return found.holding(keys)


def scanned(ledger: SqlLedger) -> tuple[int, ...]:
    """Return the blocks that the look-up has to search itself."""
    with looking(ledger) as found:
        return found.uncovered


@pytest.fixture(name="send")
def _send(place, ledger):
    """Send a task to people, and return the sequence of its block."""
    lease = ledger.acquire("overdue", now=place.now)
    sent: list[int] = []

    def send(*people: int) -> int:
        name = f"overdue.2026-11.{len(sent)}"
        entry = place.intend(ledger, lease, *sorted(people), task=name, planned_at=ledger.head().sequence)
        sent.append(int(entry.sequence))
        return sent[-1]

    return send


def test_who_is_in_a_task_is_found_with_and_without_the_index(ledger, send):
    """Before anything is indexed, when some tasks are, and when all are, the same answer is given."""
    first, second = send(1, FIVE_SHARED, 2**128 - 1), send(2, FIVE_SHARED + 1)
    before = [holding(ledger, key) for key in (1, 2, FIVE_SHARED, FIVE_SHARED + 1, 3)]

    ledger.index_people()
    covered = scanned(ledger)
    between = [holding(ledger, key) for key in (1, 2, FIVE_SHARED, FIVE_SHARED + 1, 3)]
    third = send(1, 3)

    assert before == between == [(first,), (second,), (first,), (second,), ()]
    assert (covered, scanned(ledger)) == ((), (third,))
    assert [holding(ledger, key) for key in (1, 2, 3)] == [(first, third), (second,), (third,)]
    assert holding(ledger, 2, 3, 77) == (second, third)


def test_indexing_appends_no_entry(ledger, send):
    """The index is derived: the chain is as it was, and verifies."""
    send(1, 2, 3)
    head = ledger.head()

    assert ledger.index_people() == 3
    assert ledger.index_people() == 0
    assert (ledger.head(), ledger.verify()) == (head, head.sequence)


def test_small_runs_are_put_together(place, ledger, send):
    """A hundred small applies leave a handful of runs, and everybody is found in each."""
    for person in range(1, 41):
        send(person, 1000)
        ledger.index_people()

    (runs,) = place.run("SELECT count(*) FROM prefix_runs", [])
    assert runs <= 6
    assert len(holding(ledger, 1000)) == 40
    assert [len(holding(ledger, person)) for person in (1, 40, 41)] == [1, 1, 0]


def test_many_people_are_several_runs(place, ledger, send, monkeypatch):
    """What one transaction writes is bounded."""
    monkeypatch.setattr(prefixes, "MOST_PEOPLE", 5)
    sent = [send(1 + at, 100 + at, 2**127) for at in range(4)]

    ledger.index_people()

    assert place.run("SELECT count(*) FROM prefix_runs", []) == (4,)
    assert holding(ledger, 2**127) == tuple(sent)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE prefixes SET prefixes = positions",
        "UPDATE prefixes SET positions = prefixes",
        "UPDATE prefixes SET sha256 = ''",
        "DELETE FROM prefixes",
        "UPDATE prefix_runs SET blocks = counts",
        "UPDATE prefix_runs SET counts = blocks",
        "UPDATE prefix_runs SET format = 2",
        "UPDATE prefix_runs SET sha256 = ''",
        "UPDATE prefix_runs SET people = 0",
    ],
)
def test_damaged_index_is_not_believed(place, ledger, send, damage):
    """Whatever became of the index, who was called is not said to be in no task; and it is written again."""
    sent = send(1, 2, 3)
    ledger.index_people()
    place.run(damage, [])

    assert holding(ledger, 2) == (sent,)
    assert holding(ledger, 4) == ()
    assert ledger.index_people(anew=True) == 3
    assert (holding(ledger, 2), scanned(ledger)) == ((sent,), ())


def test_index_of_other_blocks_is_not_believed(place, ledger, send):
    """A run that came with another ledger's tables covers nothing of this one."""
    one, two = send(1, 2), send(3, 4)
    ledger.index_people()
    place.run(
        "UPDATE entries SET payload_sha256 = (SELECT payload_sha256 FROM entries WHERE sequence = ?) WHERE sequence = ?",
        [one, two],
    )

    with pytest.raises(LedgerError, match="is not what its hash says"):
        holding(ledger, 3)


def test_people_that_are_not_what_the_entry_says_are_not_an_answer(place, ledger, send):
    """A block is verified before it is said to hold somebody."""
    sent = send(1, 2, 3)
    ledger.index_people()
    place.run("UPDATE blocks SET contents = people WHERE sequence = ?", [sent])

    with pytest.raises(LedgerError, match="has other people than its hash says"):
        holding(ledger, 2)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=BLOCKS, after=BLOCKS, others=st.lists(KEYS, max_size=4))
def test_index_and_search_give_the_same_answer(ledger, send, before, after, others):
    """For any sets of people, indexed, indexed in part or not at all, the answer is who is in which task."""
    every = {send(*people): people for people in before}
    ledger.index_people()
    every |= {send(*people): people for people in after}
    keys = sorted({key for people in every.values() for key in people} | set(others))

    for key in keys:
        expected = {sequence for sequence, people in every.items() if key in people}
        assert expected == {s for s in holding(ledger, key) if s in every}
    assert set(every) >= set(scanned(ledger)) >= set(list(every)[len(before) :])
