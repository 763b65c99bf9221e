"""Taking a ledger to another place, and into Parquet."""

import json
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.errors import CredentialsError, InvalidError, LedgerError
from runner.frames import CONTENT, PERSON
from runner.ledger.database import database_of
from runner.ledger.export import export_lines, export_parquet
from runner.ledger.imports import import_lines
from runner.model.task_fact import TaskAccepted, TaskRejected

KEY_ID = "feedfacecafebeef"


@pytest.fixture(name="filled")
def _filled(place, ledger, now):
    """A ledger of five entries: two tasks with people, taken under epochs 1 and 2, and their answers."""
    for number, people in enumerate([(1, 2, 2**127), (0, 2**128 - 1)]):
        lease = ledger.acquire("overdue", now=now)
        intent = place.intend(
            ledger, lease, *people, task=f"overdue.{number}", planned_at=ledger.head().sequence
        )
        answer = (
            TaskRejected(task=intent.fact.task, code="-1", reason='a\x00b\ud800 "é"\n', account=False)
            if number
            else TaskAccepted(task=intent.fact.task, job_id=7, looked_up=False)
        )
        ledger.record(answer, now=now)
        ledger.release(lease)
    return ledger


@pytest.fixture(name="file")
def _file(filled, tmp_path: Path) -> Path:
    """That ledger in a file."""
    path = tmp_path / "ledger.jsonl"
    export_lines(filled, path)
    return path


def moved(path: Path, place, **changes):
    """Return the ledger that *path* makes in *place*."""
    ledger = import_lines(
        place.url, path, **{"environment": "sandbox", "key_id": KEY_ID, "now": place.now, **changes}
    )
    place.opened.append(ledger)
    return ledger


def test_ledger_is_the_same_in_another_place(filled, file, other_place, tmp_path):
    """Every entry, every hash and every person arrives; what is exported there again is the same file, to the byte."""
    there = moved(file, other_place)
    export_lines(there, tmp_path / "again.jsonl")

    assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()
    assert there.identity == filled.identity
    assert there.head() == filled.head()
    assert there.verify() == filled.verify() == 5
    asked = {"campaigns": ["overdue"], "edition": "2026-11"}
    assert there.entries(**asked) == filled.entries(**asked)
    assert there.blocks([2, 4]).equals(filled.blocks([2, 4]))


def test_ledger_comes_back(file, other_place, second_postgres_place, tmp_path):
    """From a file into SQLite, from there into PostgreSQL and from there into a file again: nothing is lost."""
    export_lines(moved(file, other_place), tmp_path / "b.jsonl")
    export_lines(moved(tmp_path / "b.jsonl", second_postgres_place), tmp_path / "c.jsonl")

    assert (tmp_path / "c.jsonl").read_bytes() == file.read_bytes()


def test_ledger_goes_on_in_the_new_place(filled, file, other_place, now):
    """Nobody holds a campaign in the new place, the next epoch is greater than any before, and the chain goes on."""
    there = moved(file, other_place)

    assert there.holders() == ()
    lease = there.acquire("overdue", now=now)
    assert lease.epoch == 3
    assert other_place.intend(there, lease, 4, 5, planned_at=5).sequence == 6
    assert there.verify() == 6


def test_ledger_is_not_made_over_another(filled, file, place):
    """Where there is a ledger none is imported, not even the same one."""
    with pytest.raises(LedgerError, match=r"there is a ledger at .* already"):
        moved(file, place)

    assert filled.verify() == 5


def test_export_of_another_environment_or_key_is_refused(file, other_place):
    """A ledger is not imported into another environment, nor without its own key."""
    with pytest.raises(CredentialsError, match="of environment sandbox, not of production"):
        moved(file, other_place, environment="production")
    with pytest.raises(LedgerError, match="under key feedfacecafebeef, this is key 00") as caught:
        moved(file, other_place, key_id="00")

    assert "RUNNER_LEDGER_KEY" in (caught.value.problems[0].hint or "")
    assert not database_of(other_place.url).exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_export_with_any_line_changed_is_refused_as_a_whole(file, other_place, tmp_path, data):
    """A line that is missing, twice, moved, cut or changed by one character makes no ledger at all."""
    lines = file.read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    changes = {
        "missing": lines[:number] + lines[number + 1 :],
        "twice": lines[: number + 1] + lines[number:],
        "moved": lines[number:] + lines[:number],
        "cut": [*lines[:number], lines[number][:at]],
        "changed": [
            *lines[:number],
            lines[number][:at]
            + bytes([lines[number][at] ^ data.draw(st.integers(1, 255))])
            + lines[number][at + 1 :],
            *lines[number + 1 :],
        ],
    }
    changed = changes[data.draw(st.sampled_from(sorted(changes)))]
    path = tmp_path / "changed.jsonl"
    path.write_bytes(b"".join(changed))
    if _is_the_same(changed, lines):
        return

    with pytest.raises((LedgerError, CredentialsError)):
        moved(path, other_place)

    assert not database_of(other_place.url).exists()


def _is_the_same(changed: list[bytes], lines: list[bytes]) -> bool:
    """Return whether the lines mean the same, such as with another blank or an upper-case letter in an escape."""
    try:
        return [json.loads(line) for line in changed] == [json.loads(line) for line in lines] and all(
            line.endswith(b"\n") for line in changed
        )
    except ValueError:
        return False


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"[1]\n", b'{"format": "runner ledger"}\n', b"\xff\n", b"[" * 9999]
)
def test_file_that_is_no_export_is_refused(other_place, tmp_path, content):
    """Another file is refused, and nothing is made."""
    path = tmp_path / "x"
    path.write_bytes(content)

    with pytest.raises(LedgerError, match="line 1 of the export"):
        moved(path, other_place)

    assert not database_of(other_place.url).exists()


def test_missing_file_is_an_error_of_ours(other_place, tmp_path):
    """A file that is not there is said to be so."""
    with pytest.raises(LedgerError, match="cannot be read: No such file"):
        moved(tmp_path / "none", other_place)


def test_place_that_is_none_is_a_configuration_error(file, other_place):
    """A URL that names no place is exit 3, also here."""
    with pytest.raises(InvalidError):
        import_lines("mysql://x/y", file, environment="sandbox", key_id=KEY_ID, now=other_place.now)


def test_export_is_for_its_owner_alone_and_never_over_a_file(filled, file, tmp_path):
    """The file is 0600 and nothing else is left; a file that is there is not replaced."""
    before = file.read_bytes()

    with pytest.raises(LedgerError, match="already"):
        export_lines(filled, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET at = '2026-11-24T09:00:01.000000+00:00' WHERE sequence = 3",
        "UPDATE blocks SET n = 2 WHERE sequence = 2",
        "DELETE FROM blocks WHERE sequence = 4",
        "DELETE FROM entries WHERE sequence = 5",
    ],
)
@pytest.mark.parametrize("export", [export_lines, export_parquet])
def test_tampered_ledger_is_not_exported(filled, place, tmp_path, statement, export):
    """What is not as it was written is found on the way out, and no file is left."""
    place.run(statement, [])
    before = sorted(tmp_path.rglob("*"))

    with place.reader() as reader, pytest.raises(LedgerError):
        export(reader, tmp_path / "out")

    assert sorted(tmp_path.rglob("*")) == before


def test_parquet_holds_entries_and_people(filled, tmp_path, now):
    """For analysis: entries with their times, people as hexadecimal keys with the sequence of their task."""
    export_parquet(filled, tmp_path / "out")

    entries = pl.read_parquet(tmp_path / "out" / "entries.parquet")
    people = pl.read_parquet(tmp_path / "out" / "people-00001.parquet")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert entries["kind"].to_list() == ["genesis", "sending", "accepted", "sending", "rejected"]
    assert entries["at"].to_list() == [now] * 5
    assert entries["hash"].to_list()[-1] == filled.head().hash
    assert people.schema == {"sequence": pl.Int64, PERSON: pl.String, CONTENT: pl.String}
    assert people.select("sequence", PERSON).rows() == [
        (2, "0" * 31 + "1"),
        (2, "0" * 31 + "2"),
        (2, "8" + "0" * 31),
        (4, "0" * 32),
        (4, "f" * 32),
    ]


def test_parquet_is_never_written_over_a_folder(filled, tmp_path):
    """A folder that is there stays as it is."""
    (tmp_path / "out").mkdir()

    with pytest.raises(LedgerError, match="already"):
        export_parquet(filled, tmp_path / "out")

    assert list((tmp_path / "out").iterdir()) == []


def test_people_of_many_tasks_are_spread_over_files(filled, tmp_path, monkeypatch):
    """However many people there are, only some of them are in memory at once."""
    monkeypatch.setattr("runner.ledger.export._PEOPLE_A_FILE", 2)

    export_parquet(filled, tmp_path / "out")

    files = sorted((tmp_path / "out").glob("people-*.parquet"))
    assert [pl.read_parquet(file).height for file in files] == [3, 2]
