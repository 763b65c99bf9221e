"""`runner report`: what became of the calls, in four formats, from the ledger alone."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from runner.frames import (
    CALL,
    CALLED,
    CERTAINTY,
    COST,
    COUNTRY,
    CURRENCY,
    DURATION,
    KEY,
    OUTCOME,
    OUTCOME_SCHEMA,
    PERSON,
    SOURCE,
)
from runner.ledger.open import open_writer
from runner.model.outcome_fact import TaskOutcomes
from runner.planning.history import fold
from tests.e2e.conftest import ANN, BOB, CEM, HEADER, Bank

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def learn(bank: Bank, *outcomes: tuple[str, str, str | None], edition: str = "2026-11") -> None:
    """Write into the ledger what became of the first people of the only task: (outcome, source, key) each."""
    writer = open_writer(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    (task,) = fold(writer.entries(campaigns=["overdue"], edition=edition)).tasks
    people = writer.blocks([task.block])[PERSON].to_list()
    rows = [
        dict.fromkeys(OUTCOME_SCHEMA)
        | {
            PERSON: person,
            COUNTRY: "GB",
            CALL: f"call{at}",
            CALLED: 1_795_510_800_000,
            DURATION: 12 if outcome == "answered" else None,
            COST: "0.01",
            CURRENCY: "USD",
            KEY: key,
            OUTCOME: outcome,
            CERTAINTY: 2,
            SOURCE: source,
        }
        for at, (person, (outcome, source, key)) in enumerate(zip(people, outcomes, strict=False))
    ]
    frame = pl.DataFrame(rows, schema=OUTCOME_SCHEMA, orient="row")
    confirmed = sum(source == "record" for _, source, _ in outcomes)
    fact = TaskOutcomes(task=task.task, rows=frame.height, confirmed=confirmed)
    writer.record_outcomes([(fact, frame)], now=NOW)


@pytest.fixture
def called(bank: Bank) -> Bank:
    """A bank that has called three people: one answered, one was busy by a push alone, nothing was heard of the third."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    learn(bank, ("answered", "record", "6"), ("busy", "push", None))
    return bank


def test_without_a_ledger(bank: Bank) -> None:
    """Before anything was applied there is nothing to report, and that is no error."""
    ended = bank.run("report")

    assert (ended.code, ended.out) == (0, "sandbox: nothing was handed over\n")
    assert bank.run("report", "--format", "json").json()["campaigns"] == []


def test_the_summary(called: Bank) -> None:
    """Accepted, reported and confirmed people, one count per outcome, and keys; each exact."""
    value = called.run("report", "--format", "json").json()

    assert value["format_version"] == 1
    assert value["summary"] == {
        "planned": 3,
        "accepted": 3,
        "calls": 2,
        "reported": 1,
        "confirmed": 1,
        "answered": 1,
        "voicemail": 0,
        "busy": 1,
        "no_answer": 0,
        "failed": 0,
        "unknown": 0,
        "keys": {"6": 1},
    }
    (campaign,) = value["campaigns"]
    assert (campaign["name"], campaign["edition"]) == ("overdue", "2026-11")
    assert campaign["missing"]["silent"] == 1
    assert campaign["countries"] == [
        {"name": "GB", "calls": "<10", "outcomes": {"answered": "<10", "busy": "<10"}}
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", "accepted 3 > rang 2 > answered 1 > key 1 > SMS triggered 1"),
        ("markdown", "| answered | 1 | 50.0 % |"),
        ("html", 'class="answered"/></svg></td><td>1</td><td>50.0 %</td></tr>'),
    ],
)
def test_other_formats(called: Bank, kind: str, words: str) -> None:
    """The same for people; nobody's name or number is in it."""
    ended = called.run("report", "--format", kind, "campaigns/overdue.toml")

    assert ended.code == 0
    assert words in ended.out
    assert "Ann" not in ended.out
    assert "7700900" not in ended.out


def test_a_stretch_of_time(called: Bank) -> None:
    """Calls outside of it are left out; a time without an offset is UTC."""
    assert called.run("report", "--since", "2026-11-25", "--format", "json").json()["summary"]["calls"] == 0
    assert (
        called.run("report", "--until", "2026-11-24T09:00:01", "--format", "json").json()["summary"]["calls"]
        == 2
    )
    assert called.run("report", "--until", "soon").code == 64


def test_two_editions_are_compared(called: Bank) -> None:
    """Each has its figures, and a table has both."""
    called.campaign('"2026-11"', '"2026-12"')
    assert called.run("apply", "--ack-calls", 3).code == 0
    learn(called, ("no_answer", "record", None), edition="2026-12")

    ended = called.run("report", "campaigns/overdue.toml", "--edition", "2026-11", "--edition", "2026-12")

    assert ended.code == 0
    assert "overdue: editions" in ended.out
    only = called.run("report", "campaigns/overdue.toml", "--format", "json").json()
    assert [campaign["edition"] for campaign in only["campaigns"]] == ["2026-12"]
    everything = called.run("report", "--format", "json").json()
    assert [campaign["edition"] for campaign in everything["campaigns"]] == ["2026-12", "2026-11"]


def test_it_changes_nothing(called: Bank) -> None:
    """No file and no entry is another one afterwards, and the vendor was asked nothing."""
    before, asked, entries = called.files(), called.requests(), called.run("ledger", "verify").out

    called.run("report")

    # SQLite moves pages between its own files whenever the last connection to them ends.
    assert {name: content for name, content in called.files().items() if "ledger.db" not in name} == {
        name: content for name, content in before.items() if "ledger.db" not in name
    }
    assert called.run("ledger", "verify").out == entries
    assert called.requests() == asked


def test_an_export(called: Bank, tmp_path: Path) -> None:
    """Every call, people by a pseudonym that stays the same and is no key of the ledger, readable by the owner alone."""
    places = [tmp_path / name for name in ("calls.parquet", "again.parquet", "calls.csv")]
    for place in places:
        assert called.run("report", "--export", place).code == 0
        assert place.stat().st_mode & 0o777 == 0o600

    table, again = (pl.read_parquet(place) for place in places[:2])
    assert table.equals(again)
    assert table.drop("person").rows(named=True)[0] == {
        "campaign": "overdue",
        "edition": "2026-11",
        "call": "call0",
        "country": "GB",
        "cost": "0.01",
        "currency": "USD",
        "key": "6",
        "audio": None,
        "submitted_at": None,
        "called_at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "rang_at": None,
        "answered_at": None,
        "ended_at": None,
        "duration_s": 12,
        "charged_s": None,
        "reported": None,
        "confirmed": "answered",
        "outcome": "answered",
    }
    writer = open_writer(f"sqlite:///{called.ledger}", environment="sandbox", key_id=None)
    (task,) = fold(writer.entries(campaigns=["overdue"], edition="2026-11")).tasks
    keys = {f"{person:032x}" for person in writer.blocks([task.block])[PERSON]}
    assert table["person"].str.contains(r"^[0-9a-f]{32}$").all()
    assert not keys & set(table["person"])
    assert "2026-11-24T09:00:00.000Z" in places[2].read_text(encoding="utf-8")


def test_places_that_an_export_is_refused_at(called: Bank, tmp_path: Path) -> None:
    """What exists is not written over, a link is not followed, and what git would commit is not written."""
    taken = tmp_path / "taken.csv"
    taken.write_text("mine", encoding="utf-8")
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    subprocess.run(["git", "init", "-q", str(called.root)], check=True)

    for place in (taken, link, tmp_path / "calls.txt", tmp_path / "no/calls.csv", called.root / "calls.csv"):
        assert called.run("report", "--export", place).code == 3

    assert taken.read_text(encoding="utf-8") == "mine"
    assert not (called.root / "calls.csv").exists()
    called.write(".gitignore", "*.csv\n")
    assert called.run("report", "--export", called.root / "calls.csv").code == 0


def test_an_export_with_numbers(called: Bank, tmp_path: Path) -> None:
    """Numbers are joined out of the audience where that is asked for; who is not in it any more is counted and has none."""
    before, now, other = (tmp_path / name for name in ("before.parquet", "now.csv", "other.parquet"))
    assert called.run("report", "--export", before, "--numbers").code == 0
    table = pl.read_parquet(before)
    by_number = {"+447700900001": ANN, "+447700900002": BOB, "+447700900003": CEM}
    stays, goes = table["number"]  # which two of the three it is depends on the ledger's key
    called.audience(*(row for number, row in by_number.items() if number != goes))
    kept = tmp_path / "kept.csv"
    kept.write_text(f"{HEADER}\n{ANN}\n{BOB}\n{CEM}\n", encoding="utf-8")

    ended = called.run("report", "--export", now, "--numbers")
    again = called.run("report", "campaigns/overdue.toml", "--export", other, "--numbers", "--audience", kept)

    assert stays != goes
    assert {stays, goes} < set(by_number)
    assert table.columns.index("number") == table.columns.index("person") + 1
    assert (ended.code, again.code) == (0, 0)
    assert "not in the audience as it is now: 1 person" in ended.err
    assert "not in the audience as it is now: 0 people" in again.err
    assert pl.read_parquet(other).equals(table)
    assert now.stat().st_mode & 0o777 == before.stat().st_mode & 0o777 == 0o600
    assert pl.read_csv(now, infer_schema=False)["number"].drop_nulls().to_list() == [f"'{stays}"]
    assert "7700900" not in ended.all + again.all


def test_numbers_are_written_outside_of_git_only(called: Bank, tmp_path: Path) -> None:
    """In a work tree not even an ignored file is made, also where git itself does not answer; and never on stdout."""
    called.write(".gitignore", "*.csv\n")
    subprocess.run(["git", "init", "-q", str(called.root)], check=True)
    broken = tmp_path / "broken"
    (broken / "deep").mkdir(parents=True)
    (broken / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")

    for place in (called.root / "calls.csv", broken / "deep" / "calls.csv", "/dev/stdout", "-"):
        ended = called.run("report", "--export", place, "--numbers")
        assert ended.code == 3
        assert "7700900" not in ended.all
    assert not (called.root / "calls.csv").exists()
    assert not (broken / "deep" / "calls.csv").exists()
    assert called.run("report", "--numbers").code == 64
    assert called.run("report", "--export", tmp_path / "a.csv", "--audience", "x.csv").code == 64
    assert not (tmp_path / "a.csv").exists()
