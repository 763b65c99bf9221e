"""From reports to the ledger: the same, whatever their order, number and portions."""

from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.collect import fold as fold_module
from runner.collect.fold import Folder
from runner.digest.keyed import keyed
from runner.frames import CONTENT, COUNTRY, NUMBER, OUTCOME_SCHEMA, PERSON, REPORT_SCHEMA
from runner.report.outcome import calls
from tests.unit.collect.conftest import NOON, report, reports, task

SUBKEY = "5" * 64
PEOPLE = {n: keyed(SUBKEY, f"+4477009000{n:02}") for n in (1, 2, 3)}


class Clock:
    def now(self):
        return NOON


@dataclass
class Memory:
    """A ledger with one task of three people, and what is appended of its calls."""

    appended: list[pl.DataFrame] = field(default_factory=list)

    def tasks(self):
        return [replace(task("one", 10, people=3), outcomes=tuple(range(len(self.appended))))]

    def blocks(self, sequences, *, within=None):
        people = sorted(PEOPLE.values())
        return pl.DataFrame(
            {PERSON: people, CONTENT: people, "sequence": [10] * 3},
            schema={PERSON: pl.UInt128, CONTENT: pl.UInt128, "sequence": pl.Int64},
        ).filter(pl.col("sequence").is_in(list(sequences)))

    def outcomes(self, sequences):
        schema = {**OUTCOME_SCHEMA, "sequence": pl.Int64()}
        frames = [self.appended[n].with_columns(pl.lit(n, pl.Int64).alias("sequence")) for n in sequences]
        return pl.concat([pl.DataFrame(schema=schema), *frames])

    def record_outcomes(self, found, *, now):
        assert now == NOON
        self.appended += [frame for _, frame in found]
        return ()

    def known(self):
        """Return what the ledger says of calls."""
        return calls(self.outcomes(range(len(self.appended))).drop("sequence"))


OUTCOMES = st.sampled_from(["unknown", "failed", "no_answer", "busy", "voicemail", "answered"])
REPORTS = st.builds(
    report,
    st.sampled_from(["11", "22", "33", "44"]),
    st.sampled_from([1, 2, 3]),
    source=st.sampled_from(["push", "record"]),
    outcome=OUTCOMES,
    certainty=st.sampled_from([0, 1, 2]),
)


def folder_of(ledger: Any) -> Folder:
    """Return what folds into *ledger*, at noon."""
    clock: Any = Clock()
    return Folder(ledger, clock, subkey=SUBKEY, tasks=ledger.tasks)


def folded(portions):
    """Return a ledger into which *portions* of reports were folded, one after the other."""
    ledger = Memory()
    folder = folder_of(ledger)
    for portion in portions:
        folder.fold(reports(*portion).select(list(REPORT_SCHEMA)))
    return ledger


@given(data=st.data(), rows=st.lists(REPORTS, min_size=1, max_size=12))
def test_order_number_and_portions_do_not_matter(data, rows):
    """Shuffled, repeated and cut into portions, reports leave the same as all at once."""
    rows = [row | {NUMBER: f"+44770090000{1 + int(row['@call']) % 3}"} for row in rows]
    again = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows), max_size=6))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(again)), max_size=3)))
    portions = [again[start:end] for start, end in zip([0, *cuts], [*cuts, len(again)], strict=True)]

    assert folded(portions).known().equals(folded([rows]).known())


@given(rows=st.lists(REPORTS, min_size=1, max_size=8))
def test_the_same_again_appends_nothing(rows):
    """Reports that say nothing new leave the ledger as it is."""
    ledger = folded([rows])
    before = len(ledger.appended)

    folder_of(ledger).fold(reports(*rows).select(list(REPORT_SCHEMA)))

    assert len(ledger.appended) == before


def test_people_are_keys_and_countries():
    """What is appended names a person by her key and the country of her number, and has no number."""
    ledger = folded([[report("11", 1)]])

    (frame,) = ledger.appended
    assert frame[PERSON].to_list() == [PEOPLE[1]]
    assert frame[COUNTRY].to_list() == ["GB"]
    assert NUMBER not in frame.columns


def test_what_was_read_once_is_not_read_again(monkeypatch):
    """Within a run each entry of outcomes is read once, also where portions come that say nothing new."""
    ledger = Memory()
    asked: list[int] = []
    read = ledger.outcomes

    def outcomes(sequences):
        asked.extend(sequences)
        return read(sequences)

    monkeypatch.setattr(ledger, "outcomes", outcomes)
    folder = folder_of(ledger)
    for call in ("11", "22", "33", "11", "22"):
        folder.fold(reports(report(call, 1)).select(list(REPORT_SCHEMA)))

    assert len(ledger.appended) == 3
    assert sorted(asked) == [0, 1, 2]


def test_no_more_is_kept_than_fits(monkeypatch):
    """Where more was read than is kept in memory, it is read again, and comes to the same."""
    monkeypatch.setattr(fold_module, "_MOST_KEPT", 0)
    rows = [report("11", 1), report("22", 2), report("11", 1)]

    assert folded([[row] for row in rows]).known().equals(folded([rows]).known())


def test_person_is_found_under_the_number_of_before():
    """Mexico dropped the 1 after 52: a call to the old or the new form is of whoever was sent under either."""
    old, new = "+5215512345678", "+525512345678"
    for stored, called in ((old, new), (new, old)):
        ledger: Any = Memory()
        ledger.blocks = lambda *_, stored=stored, **__: pl.DataFrame(
            {PERSON: [keyed(SUBKEY, stored)], "sequence": [10]},
            schema={PERSON: pl.UInt128, "sequence": pl.Int64},
        )
        folder_of(ledger).fold(reports(report("11", 1) | {NUMBER: called}).select(list(REPORT_SCHEMA)))

        (frame,) = ledger.appended
        assert frame[PERSON].to_list() == [keyed(SUBKEY, new)]
        assert frame[COUNTRY].to_list() == ["MX"]
