"""What became of calls, beside the people of their tasks."""

import io
from contextlib import closing
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from runner.errors import LedgerError
from runner.frames import (
    AUDIO,
    CALL,
    CERTAINTY,
    COUNTRY,
    DURATION,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    PERSON,
    SOURCE,
)
from runner.ledger.export import export_lines, export_parquet
from runner.ledger.imports import import_lines
from runner.ledger.inbox import inbox_of
from runner.ledger.open import open_writer
from runner.model.outcome_fact import OutcomesErased, RecordsRead, TaskOutcomes
from runner.model.task_id import TaskId
from runner.planning.history import fold
from tests.contract.ledger.conftest import KEY_ID
from tests.contract.ledger.test_postgresql import documented, role

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TASK = TaskId(campaign="overdue", edition="2026-11", name="c.e.one")


def calls(*rows: tuple[int, str, str]) -> pl.DataFrame:
    """Return *outcomes* with person, call and outcome; the rest is the same, or missing."""
    frame = pl.DataFrame(
        rows, schema={PERSON: pl.UInt128, CALL: pl.String, OUTCOME: pl.String}, orient="row"
    ).with_columns(
        pl.lit("GB").alias(COUNTRY), pl.lit("6").alias(KEY), pl.lit(13).alias(DURATION),
        pl.lit(2).alias(CERTAINTY), pl.lit("record").alias(SOURCE), pl.lit(None).alias(AUDIO),
    )  # fmt: skip
    missing = [pl.lit(None).alias(name) for name in OUTCOME_SCHEMA if name not in frame.columns]
    return frame.with_columns(missing).select(pl.col(n).cast(t) for n, t in OUTCOME_SCHEMA.items())


TWO = calls((2**127 + 5, "22", "busy"), (7, "11", "answered"))
ONE = calls((7, "33", "voicemail"))


@pytest.fixture(name="written")
def _written(place, ledger):
    """A ledger with a task and two entries of outcomes: 2 the intent, 3 and 4 the outcomes."""
    lease = ledger.acquire("overdue", now=NOW)
    place.intend(ledger, lease, 7, 2**127 + 5)
    ledger.record_outcomes([(_fact(TWO), TWO), (_fact(ONE), ONE)], now=NOW)
    ledger.release(lease)
    return ledger


def _fact(frame: pl.DataFrame) -> TaskOutcomes:
    return TaskOutcomes(task=TASK, rows=frame.height, confirmed=frame.height)


def test_outcomes_come_back(place, written):
    """What became of calls is read as it was written, sorted by person and call, with the entry that it is of."""
    read = place.reader().outcomes([4, 3])

    expected = pl.concat([TWO.sort(PERSON), ONE])
    assert read.drop("sequence").equals(expected)
    assert read["sequence"].to_list() == [3, 3, 4]
    assert written.verify() == 4


def test_history_knows_where_they_are(written):
    """The entries of a task name its outcomes, and leave its standing as it is."""
    (task,) = fold(written.entries(campaigns=["overdue"], edition="2026-11")).tasks

    assert task.outcomes == (3, 4)
    assert task.standing == "sending"


def test_nothing_is_no_outcome(place, written):
    """Asked for none, or for entries that have none, it has none."""
    assert written.outcomes([]).height == 0
    assert written.outcomes([2]).height == 0
    assert written.record_outcomes([], now=NOW) == ()


def test_frame_must_be_what_is_said(written):
    """Outcomes with another number of rows than said, or of no person, are refused."""
    with pytest.raises(ValueError, match="as many rows"):
        written.record_outcomes([(_fact(TWO), ONE)], now=NOW)
    with pytest.raises(ValueError, match="of people"):
        written.record_outcomes(
            [(_fact(ONE), ONE.with_columns(pl.lit(None, pl.UInt128).alias(PERSON)))], now=NOW
        )
    with pytest.raises(ValueError, match="no evidence"):
        written.record(_fact(ONE), now=NOW)


@pytest.mark.parametrize("column", ["people", "details"])
def test_changed_outcomes_are_found(place, written, column):
    """A byte that was changed is found by reading and by verifying."""
    place.run(f"UPDATE outcomes SET {column} = ? WHERE sequence = 3", [b"x" * 32])

    for look in (lambda: place.reader().outcomes([3]), written.verify):
        with pytest.raises(LedgerError, match="entry 3 of the ledger has other outcomes"):
            look()


def test_lost_outcomes_are_found(place, written):
    """Outcomes that are gone without an entry that says so are found by verifying."""
    place.run("DELETE FROM outcomes WHERE sequence = 3", [])

    with pytest.raises(
        LedgerError, match="entry 3 of the ledger has outcomes that do not belong to it, or lacks"
    ):
        written.verify()


def test_outcomes_can_be_erased(place, written):
    """Erased outcomes are gone, the chain says so and verifies, and erasing again does nothing."""
    (erased,) = written.erase_outcomes([3], reason="retention", now=NOW)

    assert erased.fact == OutcomesErased(entry=3, reason="retention")
    assert written.erase_outcomes([3, 99], reason="retention", now=NOW) == ()
    reader = place.reader()
    assert reader.outcomes([3, 4])["sequence"].to_list() == [4]
    assert reader.verify() == 5
    assert place.run("SELECT count(*) FROM outcomes", []) == (1,)


def test_old_outcomes_can_be_erased(written):
    """Only outcomes of entries before a time are erased, each once."""
    later = NOW + timedelta(days=90)
    written.record_outcomes([(_fact(ONE), ONE)], now=later)

    erased = written.erase_outcomes_before(NOW + timedelta(days=1), reason="retention", now=later)

    assert [entry.fact.entry for entry in erased] == [3, 4]
    assert written.erase_outcomes_before(later, reason="retention", now=later) == ()
    assert written.outcomes([3, 4, 5])["sequence"].to_list() == [5]
    assert written.verify() == 7


def test_outcomes_move_with_the_ledger(place, written, other_place, tmp_path):
    """Export and import take outcomes along, and what was erased stays erased."""
    written.erase_outcomes([3], reason="retention", now=NOW)
    export_lines(written, tmp_path / "ledger.jsonl")

    moved = import_lines(
        other_place.url, tmp_path / "ledger.jsonl", environment="sandbox", key_id=KEY_ID, now=NOW
    )

    assert moved.head() == written.head()
    assert moved.outcomes([3, 4]).drop("sequence").equals(ONE)
    moved.close()
    export_parquet(written, tmp_path / "parquet")


def test_outcomes_that_were_lost_do_not_move(place, written, other_place, tmp_path):
    """An export whose outcomes are missing, without an entry that says so, makes no ledger."""
    export_lines(written, tmp_path / "ledger.jsonl")
    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    head, _, tail = lines[3].partition(b',"outcomes":')
    assert tail
    lines[3] = head + b"}\n"
    (tmp_path / "cut.jsonl").write_bytes(b"".join(lines))

    with pytest.raises(LedgerError, match="has lost its outcomes"):
        import_lines(other_place.url, tmp_path / "cut.jsonl", environment="sandbox", key_id=KEY_ID, now=NOW)


def test_reading_of_records_is_kept(written):
    """Up to when the vendor's records were read is an entry like others."""
    fact = RecordsRead(account="a", since=NOW, until=NOW, complete=True)
    entry = written.record(fact, now=NOW)

    assert written.records_read() == (entry,)
    assert fold([entry]).tasks == ()


def test_details_can_be_read_by_others(place, written):
    """The details are an Arrow IPC file with names as text, that any tool reads."""
    row = place.run("SELECT details FROM outcomes WHERE sequence = 3", [])
    assert row is not None

    frame = pl.read_ipc(io.BytesIO(bytes(row[0])))

    assert frame[OUTCOME].to_list() == ["answered", "busy"]


@pytest.mark.postgres
def test_documented_role_collects(postgres_place):
    """Under the documented role outcomes are appended, people indexed, the inbox emptied; nothing is sent, and nothing changed."""
    with postgres_place.create() as ledger:
        lease = ledger.acquire("overdue", now=NOW)
        postgres_place.intend(ledger, lease, 7, 2**127 + 5)
        ledger.release(lease)
    with closing(inbox_of(postgres_place.url)) as inbox:
        inbox.put([b"one"], now=NOW)
    with (
        role(postgres_place, *documented("runner_collect")) as url,
        closing(inbox_of(url)) as inbox,
        open_writer(url, environment="sandbox", key_id=KEY_ID) as writer,
    ):
        writer.record_outcomes([(_fact(TWO), TWO)], now=NOW)
        writer.record(RecordsRead(account="a", since=NOW, until=NOW, complete=True), now=NOW)
        assert writer.outcomes([3]).height == 2
        assert writer.verify() == 4
        assert writer.index_people() == 2
        inbox.remove([push.id for push in inbox.take(10)])
        assert inbox.depth() == 0
        with pytest.raises(LedgerError, match="does not let this user do that"):
            writer.acquire("overdue", now=NOW)
