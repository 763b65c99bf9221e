"""`runner report`: what became of the calls, in four formats, from the ledger alone."""

from datetime import UTC, datetime

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
from runner.model.ledger import TaskOutcomes
from runner.planning.history import fold
from tests.e2e.conftest import Bank

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
        ("html", '<th scope="row">answered</th><td>1</td><td>50.0 %</td>'),
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
