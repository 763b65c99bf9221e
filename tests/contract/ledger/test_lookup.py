"""Looking people up: by the driver alone where the ledger is a file, and with the same answers as every other reader."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from runner.collect.person import known
from runner.errors import CredentialsError, LedgerError
from runner.frames import OUTCOME_SCHEMA, PERSON
from runner.ledger.lookup import LedgerLookup
from runner.ledger.open import open_writer
from runner.ledger.open_lookup import open_lookup
from runner.ledger.ownership import require_owner
from runner.model.edition_fact import Withdrawn
from runner.model.ledger_fact import Bound
from runner.model.receipt import Receipt
from runner.model.task_fact import TaskAccepted
from runner.model.task_id import TaskId
from runner.planning.history import Standing, fold
from tests.contract.ledger.conftest import KEY_ID, Place
from tests.contract.ledger.test_outcomes import ONE, TWO, _fact
from tests.contract.ledger.test_postgresql import documented, role

TASK = TaskId(campaign="overdue", edition="2026-11", name="c.e.one")


@pytest.fixture(name="filled")
def _filled(place, ledger, now):
    """A ledger with a task of two people, accepted, outcomes of both, and one of somebody else: 2 to 6."""
    lease = ledger.acquire("overdue", now=now)
    place.intend(ledger, lease, 7, 2**127 + 5)
    ledger.record(TaskAccepted(task=TASK, job_id=5, looked_up=False), now=now)
    ledger.record_outcomes([(_fact(TWO), TWO), (_fact(ONE), ONE)], now=now)
    place.intend(ledger, lease, 9, task="c.e.two", planned_at=5)
    ledger.release(lease)
    return ledger


def no_receipts(tasks: Collection[str]) -> tuple[Receipt, ...]:
    """Return the receipts that name one of *tasks*: none."""
    return ()


@contextmanager
def looking(place: Place) -> Iterator[LedgerLookup]:
    """Yield the ledger of *place*, which there is."""
    with open_lookup(place.url) as lookup:
        assert lookup is not None
        yield lookup


def test_where_there_is_no_ledger_there_is_none(place):
    """Nothing is made by looking."""
    with open_lookup(place.url) as lookup:
        assert lookup is None


def test_identity_hashes_and_place_are_those_of_the_ledger(place, filled, now):
    """What receipts are checked against is what every reader says."""
    filled.record(Bound(account="a"), now=now)
    with looking(place) as lookup:
        assert (lookup.identity, lookup.place, lookup.replaced()) == (filled.identity, filled.place, ())
        assert [lookup.hash_at(at) for at in range(9)] == [filled.hash_at(at) for at in range(9)]


def test_a_task_and_its_entries_are_found_by_a_person(place, filled):
    """The person's tasks are those whose people hold her, each with its own entries."""
    with looking(place) as lookup:
        assert (lookup.holding([7]), lookup.holding([9]), lookup.holding([8])) == ((2,), (6,), ())
        assert lookup.holding([7, 9]) == (2, 6)
        assert lookup.tasks_of([2]) == (TASK,)
        assert lookup.entries_of(TASK) == filled.entries(
            campaigns=["overdue"], edition="2026-11", task="c.e.one"
        )


def test_a_decision_about_the_edition_is_among_the_entries_of_its_tasks(place, filled, now):
    """A task folds to the same with its own entries and its edition's as with all of them."""
    lease = filled.acquire("other", now=now)
    filled.decide(
        Withdrawn(campaign="other", edition="2026-11", reason="over", by="anna"), lease=lease, seen=6, now=now
    )
    filled.release(lease)
    with looking(place) as lookup:
        history = fold(lookup.entries_of(TASK))
        every = fold(filled.entries(campaigns=["overdue"], edition="2026-11"))

        assert history.named("c.e.one") == every.named("c.e.one")
        assert (
            fold(lookup.entries_of(TaskId(campaign="other", edition="2026-11", name="x"))).withdrawn
            is not None
        )
    assert every.tasks[0].standing is Standing.ACCEPTED


def test_outcomes_of_one_person_are_hers_alone(place, filled):
    """Of all blocks the rows of her keys, as a reader that reads everything has them; none where there is none."""
    everything = filled.outcomes([4, 5]).filter(pl.col(PERSON) == 7).select(*OUTCOME_SCHEMA)
    with looking(place) as lookup:
        hers = lookup.outcomes_of([4, 5], [7, 1])

        assert hers is not None
        assert hers.equals(everything)
        assert hers.height == 2
        assert lookup.outcomes_of([4, 5], [9]) is None
        assert lookup.outcomes_of([], [7]) is None


def test_the_newest_word_about_a_person_counts(place, filled, now):
    """Who is suppressed or forgotten is told as such, the first until it is lifted; the index covers both, too."""
    people = pl.Series([7, 8], dtype=pl.UInt128)
    filled.suppress(people, reason="asked", by="anna", now=now)
    filled.index_people()
    with looking(place) as lookup:
        assert lookup.uncovered == ()
        assert lookup.holding([8]) == (7,)
        assert lookup.tasks_of(lookup.holding([7, 8])) == (TASK,)
        assert (
            known(lookup, no_receipts, [7]).suppressed_at,
            known(lookup, no_receipts, [9]).suppressed_at,
        ) == (now, None)
    filled.suppress(people, reason="again", by="anna", lift=True, now=now)
    filled.forget(people, reason="asked", by="anna", now=now)
    with looking(place) as lookup:
        told = known(lookup, no_receipts, [8])
        assert (told.tasks, told.suppressed_at, told.forgotten_at) == ((), None, now)


def test_content_keys_of_one_person(place, filled):
    """They are those of her row."""
    with looking(place) as lookup:
        assert lookup.contents_of(2, [7]) == (17,)
        assert lookup.contents_of(2, [9]) == ()


def test_outcomes_that_were_erased_are_none(place, filled, now):
    """What was erased is not there, and that is no error."""
    filled.erase_outcomes([4, 5], reason="expired", now=now)
    with looking(place) as lookup:
        assert lookup.outcomes_of([4, 5], [7]) is None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE heads SET sequence = 5",
        "UPDATE heads SET hash = 'x'",
        "UPDATE entries SET fact = '{}' WHERE sequence = 3",
        "UPDATE outcomes SET people = details WHERE sequence = 4",
        "DELETE FROM blocks WHERE sequence = 2",
    ],
)
def test_ledger_that_is_not_what_it_says_gives_no_answer(place, filled, damage):
    """The chain is followed, and each block that answers is verified."""
    place.run(damage, [])

    def look() -> None:
        with looking(place) as lookup:
            lookup.holding([7])
            lookup.outcomes_of([4, 5], [7])

    with pytest.raises(LedgerError, match=r"of the ledger"):
        look()


def test_ledger_of_another_schema_is_refused(place, ledger):
    """It is said what to do."""
    ledger.close()
    place.run("UPDATE alembic_version SET version_num = '0001'", [])

    with pytest.raises(LedgerError, match=r"has schema 0001") as refused, open_lookup(place.url):
        pass
    assert "runner ledger migrate" in (refused.value.problems[0].hint or "")


def test_file_that_is_no_ledger_is_refused(tmp_path):
    """An SQLite database of another program, and something else, each get a reason."""
    other, nothing = tmp_path / "other.db", tmp_path / "nothing.db"
    other.touch(mode=0o600)
    nothing.touch(mode=0o600)
    nothing.write_bytes(b"no database at all" * 100)

    with (
        pytest.raises(LedgerError, match="is a database, but not a ledger"),
        open_lookup(f"sqlite:///{other}"),
    ):
        pass
    with pytest.raises(LedgerError, match="is not an SQLite database"), open_lookup(f"sqlite:///{nothing}"):
        pass


def test_public_file_is_refused(other_place):
    """As for every other reader, a ledger that others can read is refused."""
    other_place.create().close()
    path = other_place.url.removeprefix("sqlite:///")
    Path(path).chmod(0o644)

    with pytest.raises(LedgerError, match="can be read by others"), open_lookup(other_place.url):
        pass


def test_ledger_of_somebody_else_is_refused(place, ledger):
    """Environment and key are compared as on every opening."""
    with looking(place) as lookup:
        identity = lookup.identity
    require_owner(identity, place="here", environment="sandbox", key_id=KEY_ID)
    require_owner(identity, place="here", environment="sandbox", key_id=None)

    with pytest.raises(CredentialsError, match="belongs to environment sandbox, not to staging"):
        require_owner(identity, place="here", environment="staging", key_id=None)
    with pytest.raises(LedgerError, match="was written under key"):
        require_owner(identity, place="here", environment="sandbox", key_id="0" * 16)


def test_looking_up_needs_neither_the_library_of_databases_nor_that_of_columns(other_place, start):
    """For somebody of whose calls nothing is known, a ledger in a file is asked by SQLite's driver alone."""
    with other_place.create() as ledger:
        lease = ledger.acquire("overdue", now=other_place.now)
        other_place.intend(ledger, lease, 7)
        ledger.release(lease)
        ledger.index_people()
    script = """
import sys
from runner.ledger.open_lookup import open_lookup
from runner.collect.person import known
with open_lookup(sys.argv[1]) as lookup:
    none = lambda tasks: ()
    print(len(known(lookup, none, [7]).tasks), len(known(lookup, none, [8]).tasks))
print([name for name in ("sqlalchemy", "polars", "numpy", "pydantic", "typer") if name in sys.modules])
"""
    out, _ = start(script, other_place.url).communicate()

    assert out == "1 0\n[]\n"


@pytest.mark.postgres
def test_documented_roles_may_look_up_and_index(postgres_place, now):
    """In PostgreSQL who may read may look people up, and who may apply may write the index, and write it anew."""
    with postgres_place.create() as ledger:
        lease = ledger.acquire("overdue", now=now)
        postgres_place.intend(ledger, lease, 7)
        ledger.release(lease)
    with (
        role(postgres_place, *documented("runner_apply")) as url,
        open_writer(url, environment="sandbox", key_id=KEY_ID) as writer,
    ):
        assert (writer.index_people(), writer.index_people(anew=True)) == (1, 1)
    with role(postgres_place, *documented("runner_read")) as url, open_lookup(url) as lookup:
        assert lookup is not None
        assert (lookup.uncovered, lookup.holding([7])) == ((), (2,))
