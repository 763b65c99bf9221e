"""Whatever is changed behind the ledger's back is found."""

from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import LedgerError
from runner.ledger.chain import Header, header_hash
from runner.ledger.open import create
from runner.ledger.schema import blocks, entries
from runner.model.task_fact import TaskAccepted
from runner.model.task_id import TaskId

ENTRY_COLUMNS = [column.name for column in entries.columns]
BLOCK_COLUMNS = [column.name for column in blocks.columns]


@pytest.fixture(name="filled")
def _filled(place, ledger):
    """A ledger of eight entries: two campaigns, three tasks with people, their answers."""
    for campaign, people in (("overdue", (1, 2, 3)), ("overdue", (7, 2**127)), ("reminder", (1, 9))):
        lease = ledger.acquire(campaign, now=place.now)
        planned_at = ledger.head().sequence
        intent = place.intend(ledger, lease, *people, task=f"{campaign}.{len(people)}", planned_at=planned_at)
        ledger.record(TaskAccepted(task=intent.fact.task, job_id=None, looked_up=True), now=place.now)
        ledger.release(lease)
    task = TaskId(campaign="overdue", edition="2026-11", name="overdue.3")
    ledger.record(TaskAccepted(task=task, job_id=5, looked_up=True), now=place.now)
    ledger.close()
    return place


def found(place) -> bool:
    """Return whether opening or verifying finds something."""
    try:
        with place.reader() as reader:
            reader.verify()
    except LedgerError:
        return True
    return False


def test_untouched_ledger_verifies(filled):
    """A ledger that nobody touched has all its entries."""
    with filled.reader() as reader:
        assert reader.verify() == 8


changed_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=70)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    sequence=st.integers(1, 8),
    column=st.sampled_from([name for name in ENTRY_COLUMNS if name != "sequence"]),
    data=st.data(),
)
def test_any_change_of_any_column_of_an_entry_is_found(filled, sequence, column, data):
    """Another value in any column of any entry, one character or all of it, is found."""
    with _changed(filled, ("entries", column, sequence), data):
        assert found(filled)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    sequence=st.sampled_from([2, 4, 6]),
    column=st.sampled_from([name for name in BLOCK_COLUMNS if name != "sequence"]),
    data=st.data(),
)
def test_any_change_of_any_column_of_a_block_is_found(filled, sequence, column, data):
    """Another value in any column of any block is found, when it is read and by verifying."""
    with _changed(filled, ("blocks", column, sequence), data):
        with filled.reader() as reader, pytest.raises(LedgerError, match=f"entry {sequence} "):
            reader.blocks([2, 4, 6])
        assert found(filled)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries WHERE sequence = 8",
        "DELETE FROM entries WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 1",
        "DELETE FROM entries",
        "DELETE FROM blocks WHERE sequence = 4",
        "UPDATE blocks SET sequence = 3 WHERE sequence = 4",
        "UPDATE entries SET sequence = 9 WHERE sequence = 8",
        "UPDATE entries SET campaign = 'other' WHERE sequence = 2",
        "UPDATE heads SET sequence = 7",
        "UPDATE heads SET hash = ''",
        "DELETE FROM heads",
        "INSERT INTO blocks SELECT 3, format, n, first, last, people, contents FROM blocks WHERE sequence = 4",
    ],
)
def test_removed_moved_and_added_rows_are_found(filled, statement):
    """An entry or a block that is missing, moved or added is found, the newest one included."""
    filled.run(statement, [])

    assert found(filled)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET campaign = 'other' WHERE sequence = 2",
        "UPDATE entries SET edition = '2026-12' WHERE sequence = 2",
        "DELETE FROM entries WHERE sequence = 2",
        "DELETE FROM entries WHERE sequence = 8",
        "UPDATE entries SET payload_sha256 = NULL WHERE sequence = 2",
    ],
)
def test_entry_hidden_from_a_plan_is_found_by_the_plan(filled, statement):
    """An entry that was moved out of a campaign's sight is found by whoever asks for that campaign."""
    filled.run(statement, [])

    with filled.reader() as reader, pytest.raises(LedgerError, match="entry"):
        reader.entries(campaigns=["overdue"], edition="2026-11")


def test_tail_does_not_fit_onto_another_beginning(filled, other_place):
    """Entries that verify by themselves do not verify behind the beginning of another ledger."""
    create(
        other_place.url, environment="sandbox", key_id="feedfacecafebeef", lineage="c" * 32, now=filled.now
    ).close()
    values = other_place.run("SELECT fact, hash FROM entries WHERE sequence = 1", [])
    filled.run("UPDATE entries SET fact = ?, hash = ? WHERE sequence = 1", values)

    with filled.reader() as reader, pytest.raises(LedgerError, match="entry 2 of the ledger does not follow"):
        reader.verify()


def test_kind_of_a_newer_version_is_not_passed_over(filled):
    """An entry of a kind that this version does not know stops it: what it does not understand may be a call."""
    last = Header(*filled.run("SELECT * FROM entries WHERE sequence = 8", []))
    newer = last._replace(kind="of-a-newer-version")
    newer = newer._replace(hash=header_hash(newer))
    filled.run("UPDATE entries SET kind = ?, hash = ? WHERE sequence = 8", [newer.kind, newer.hash])
    filled.run("UPDATE heads SET hash = ?", [newer.hash])

    with filled.reader() as reader, pytest.raises(LedgerError, match="kind that this version does not know"):
        reader.entries(campaigns=["overdue"], edition="2026-11")


def _others(value: object) -> st.SearchStrategy[object]:
    """Return values like *value*, but another: most of them by one character, byte or step."""
    if isinstance(value, int):
        return st.integers(-(2**31), 2**31 - 1).filter(lambda v: v != value)
    if value is None:
        return changed_text
    if isinstance(value, bytes):
        flipped = st.tuples(st.integers(0, len(value) - 1), st.integers(1, 255)).map(
            lambda at: value[: at[0]] + bytes([value[at[0]] ^ at[1]]) + value[at[0] + 1 :]
        )
        return flipped | st.sampled_from([b"", value + b"\0", value[:-16], value + bytes(16)]).filter(
            lambda v: v != value
        )
    assert isinstance(value, str)
    edited = st.tuples(st.integers(0, len(value)), changed_text).map(
        lambda at: value[: at[0]] + at[1] + value[at[0] + 1 :]
    )
    return (edited | changed_text).filter(lambda v: v != value)


@contextmanager
def _changed(place, cell, data):
    """Give a column of a row another value, and its own again at the end: Hypothesis uses one ledger many times."""
    table, column, sequence = cell
    (value,) = place.run(f"SELECT {column} FROM {table} WHERE sequence = ?", [sequence])
    other = data.draw(_others(value))
    place.run(f"UPDATE {table} SET {column} = ? WHERE sequence = ?", [other, sequence])
    try:
        yield
    finally:
        place.run(f"UPDATE {table} SET {column} = ? WHERE sequence = ?", [value, sequence])
