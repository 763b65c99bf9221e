"""What should not happen: it is noticed before anybody is called, and reported without a word of anybody's data."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Bank

CANARIES = ("Ann", "Bob", "Cem", "7700900", "7700 900", "120.50", "1999.00")


def crash_log(err: str) -> str:
    """Return the log that a bug's message names, and remove it."""
    place = Path(next(word for word in err.split() if word.startswith("/")).rstrip(","))
    assert place.stat().st_mode & 0o777 == 0o600
    text = place.read_text()
    place.unlink()
    return text


def test_people_lost_between_rows_and_requests(bank: Bank) -> None:
    """A plan whose requests do not hold everybody whom it counts is no plan: exit 1, nothing sent."""
    bank.monkeypatch.setattr("runner.preview.run.cut", lambda *_args, **_more: iter(()))

    ended = bank.run("apply", "--ack-calls", 3)

    assert ended.code == 1
    assert "This is a bug in runner" in ended.err
    assert "ProofError" in crash_log(ended.err)
    assert bank.requests() == {}


@pytest.mark.parametrize(
    "place",
    [
        "runner.preview.reading.prepare",
        "runner.preview.run.lower_all",
        "runner.preview.part.render",
        "runner.apply.send.cut",
        "runner.apply.opening.reconcile",
        "runner.apply.batch.timing_of",
        "runner.ledger.store.SqlLedger.intend",
        "runner.ledger.receipts.TomlReceipts.write",
    ],
)
def test_a_bug_tells_nothing_of_people(bank: Bank, place: str) -> None:
    """An exception of a library quotes values; neither output nor crash log does, and the next apply goes on."""
    message = f"+447700900001 Ann {bank.root} 120.50"

    def break_down(*_args: object, **_more: object) -> None:
        raise RuntimeError(message)

    with bank.monkeypatch.context() as patch:
        patch.setattr(place, break_down)
        ended = bank.run("apply", "--ack-calls", 3)
    log = crash_log(ended.err)

    assert ended.code == 1
    assert "Traceback" not in ended.all
    assert not [word for word in CANARIES if word in ended.all + log]
    assert bank.run("apply", "--ack-calls", 3).code == 0
    assert bank.numbers() == ["447700900001", "447700900002", "447700900003"]


def test_a_bug_while_the_request_is_under_way(bank: Bank) -> None:
    """Whatever breaks after the vendor took the task, the next apply finds it and calls nobody again."""
    message = "an unforeseen answer"

    def break_down(_answer: object) -> None:
        raise RuntimeError(message)

    with bank.monkeypatch.context() as patch:
        patch.setattr("runner.laaffic.adapter.answer_of", break_down)
        ended = bank.run("apply", "--ack-calls", 3)
    crash_log(ended.err)

    assert ended.code == 1
    assert bank.run("apply").code == 0
    assert bank.requests()["send"] == 1
