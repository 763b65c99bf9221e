"""Suppressions and forgetting against a model: whatever was said in whatever order, by whichever of two processes."""

import tempfile
from contextlib import closing
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.frames import CALL, PERSON
from runner.model.outcome_fact import TaskOutcomes
from runner.model.task_id import TaskId
from tests.contract.ledger.conftest import NOW, sqlite_place
from tests.contract.ledger.test_outcomes import calls

PEOPLE = st.sets(st.sampled_from([0, 1, 7, 2**64, 2**127, 2**128 - 1]), min_size=1, max_size=4)
WORDS = st.lists(st.tuples(PEOPLE, st.booleans()), max_size=8)
TASK = TaskId(campaign="overdue", edition="2026-11", name="c.e.one")
EVERYBODY = [1, 7, 2**64, 2**127]


def keys(people):
    """Return person keys as a column."""
    return pl.Series(PERSON, sorted(people), dtype=pl.UInt128)


def a_folder():
    """Return a new folder, in memory where there is such a place."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=WORDS, since=st.integers(0, 8))
def test_of_each_person_the_newest_word_counts(words, since):
    """Who is suppressed is who was said to be last, news are counted right, and so is what came after any entry."""
    with a_folder() as folder:
        place = sqlite_place(Path(folder))
        with place.create() as ledger, closing(place.rival()) as rival:
            model: dict[int, bool] = {}
            said: list[dict[int, bool]] = []
            for number, (people, lift) in enumerate(words):
                news = {one for one in people if model.get(one, False) == lift}
                teller = rival if number % 2 else ledger
                found = teller.suppress(keys(people), reason="r", by="b", now=NOW, lift=lift)
                assert found == len(news)
                if news:
                    said.append(dict.fromkeys(news, not lift))
                model |= dict.fromkeys(news, not lift)

            assert ledger.suppressed()[PERSON].to_list() == sorted(
                one for one, is_so in model.items() if is_so
            )
            later: dict[int, bool] = {}
            for word in said[since:]:
                later |= word
            told = ledger.suppressed(after=1 + since)[PERSON].to_list()
            assert told == sorted(one for one, is_so in later.items() if is_so)
            assert ledger.verify() == 1 + len(said)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["reports", "forget"]), st.sets(st.sampled_from(EVERYBODY), min_size=1)),
        max_size=6,
    )
)
def test_nothing_is_known_of_whoever_was_forgotten(steps):
    """Reports and forgetting in any order: of others everything that was reported is known, of them nothing."""
    with a_folder() as folder:
        place = sqlite_place(Path(folder))
        with place.create() as ledger:
            lease = ledger.acquire("overdue", now=NOW)
            place.intend(ledger, lease, *EVERYBODY)
            known: set[tuple[int, str]] = set()
            gone: set[int] = set()
            for number, (what, people) in enumerate(steps):
                if what == "forget":
                    gone |= people
                    erased = {row for row in known if row[0] in people}
                    ledger.forget(keys(people), reason="r", by="b", now=NOW)
                    assert ledger.erase_people(sorted(people), reason="forgotten", now=NOW) == len(erased)
                    known -= erased
                    continue
                rows = [(one, f"{number}-{one}", "busy") for one in sorted(people)]
                frame = calls(*rows)
                ledger.record_outcomes(
                    [(TaskOutcomes(task=TASK, rows=frame.height, confirmed=frame.height), frame)], now=NOW
                )
                known |= {row[:2] for row in rows if row[0] not in gone}

            found = ledger.outcomes(range(1, ledger.head().sequence + 1)).select(PERSON, CALL).rows()
            assert sorted(found) == sorted(known)
            ledger.verify()
