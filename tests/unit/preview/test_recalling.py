"""Whom an edition recalls, by key range: the number of ranges changes nothing, and a former number counts for its person."""

from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from runner.audience.renumbered import FORMER_SCHEMA
from runner.errors import RefusedError, Where
from runner.frames import CALL, CERTAINTY, OUTCOME, OUTCOME_SCHEMA, PERSON, REASON, SOURCE
from runner.model.campaign import Again, Missed
from runner.model.edition_fact import EditionReopened
from runner.model.entry import Entry, Head
from runner.model.outcome_fact import TaskOutcomes
from runner.model.rebuild_fact import TaskFound
from runner.model.task_fact import Sending, TaskConfirmed
from runner.model.task_id import TaskId
from runner.preview.asked import Asked
from runner.preview.former import Former
from runner.preview.recalling import read_choices
from runner.sources.scratch import Scratch

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TASK = TaskId(campaign="c", edition="e", name="t")
TOP = 2**127
SENT = (
    Sending(
        task=TASK,
        settings_digest="s",
        people=4,
        attempt=1,
        generation=0,
        signed_at=NOON,
        epoch=1,
        planned_at=0,
        metadata="9",
        send_at=None,
    ),
    TaskConfirmed(task=TASK, job_id=1, people=4),
    TaskOutcomes(task=TASK, rows=4, confirmed=4),
)
FOUND = TaskFound(task=TASK, people=4, job_id=None, over=False, said="of a lost ledger")
REOPENED = EditionReopened(campaign="c", edition="e", people=4, reason="asked", by="ann")


class Silent:
    """A progress that nobody sees."""

    def step(self, what, *, done, total):
        """Say nothing."""

    def note(self, message):
        """Say nothing."""


class Book:
    """A ledger with these facts, and outcomes of its third entry: what became of people by key."""

    def __init__(self, *facts, said):
        self.identity = SimpleNamespace(lineage="0123abcd" * 4)
        self._facts = facts
        self._said = said

    def head(self):
        return Head(sequence=len(self._facts), hash="0" * 64)

    def entries(self, *, campaigns, edition):
        assert (list(campaigns), edition) == (["c"], "e")
        return tuple(
            Entry(sequence=at, at=NOON, fact=fact, payload_sha256=None, previous="", hash="")
            for at, fact in enumerate(self._facts, start=1)
        )

    def erasures(self):
        return ()

    def blocks(self, sequences):
        return pl.DataFrame(schema={PERSON: pl.UInt128, "sequence": pl.Int64})

    def outcomes(self, sequences):
        rows = [
            dict.fromkeys(OUTCOME_SCHEMA)
            | {PERSON: key, CALL: str(key), OUTCOME: outcome, CERTAINTY: 1, SOURCE: "record", "sequence": 3}
            for key, outcome in self._said.items()
        ]
        return pl.DataFrame(rows, schema={**OUTCOME_SCHEMA, "sequence": pl.Int64}, orient="row")


@pytest.fixture(name="scratch")
def _scratch(tmp_path):
    with Scratch(tmp_path, repository=tmp_path / "repository") as scratch:
        yield scratch


def campaign(*, people=2):
    """Return as much of a campaign as is asked for."""
    block = Again(of="e", outcomes=(Missed.BUSY,), sequence=3, lineage="0123abcd", people=people)
    where = Where(path="campaigns/c.toml", line=1)
    return SimpleNamespace(name="c", formerly=(), again=block, where=lambda _: where)


def read(book, scratch, *, ranges=1, former=(), people=2):
    """Return what is said of everybody, over all ranges: key and reason."""
    renumbered = Former(scratch=scratch, prefix="f", ranges=ranges)
    renumbered.add(pl.DataFrame(list(former), schema=FORMER_SCHEMA, orient="row"))
    asked = Asked(
        campaign=campaign(people=people),
        ledger=book,
        former=renumbered,
        scratch=scratch,
        prefix="c",
        now=NOON,
    )
    found = read_choices(asked, progress=Silent())
    frames = [found.of_range(number) for number in range(ranges)]
    return dict(pl.concat([f for f in frames if f is not None]).select(PERSON, REASON).sort(PERSON).rows())


SAID = {1: "busy", 2: "answered", TOP: "busy", TOP + 1: "no_answer"}


@pytest.mark.parametrize("ranges", [1, 2, 8])
def test_ranges_change_nothing(scratch, ranges):
    """In however many ranges, each person is said the same of."""
    assert read(Book(*SENT, said=SAID), scratch, ranges=ranges) == {
        1: "chosen",
        2: "answered",
        TOP: "chosen",
        TOP + 1: "no_answer",
    }


def test_a_former_number_counts_for_its_person(scratch):
    """Who was called under a former number is recalled under the present one, unless she was reached under either."""
    former = [(1, TOP + 7), (TOP, 2)]

    assert read(Book(*SENT, said=SAID), scratch, ranges=2, former=former) == {
        2: "answered",
        TOP + 1: "no_answer",
        TOP + 7: "chosen",
    }


def test_a_closed_edition_recalls_nobody(scratch):
    """As long as anybody may be in a task that a lost ledger knew, anybody may be in doubt; reopened, what is known counts."""
    with pytest.raises(RefusedError) as caught:
        read(Book(*SENT, FOUND, said=SAID), scratch)

    assert caught.value.problems[0].code == "again-closed"
    assert len(read(Book(*SENT, FOUND, REOPENED, said=SAID), scratch)) == 4


@pytest.mark.parametrize("people", [1, 3])
def test_other_figures_are_refused(scratch, people):
    """More or fewer than the block says: it was not made from this."""
    with pytest.raises(RefusedError) as caught:
        read(Book(*SENT, said=SAID), scratch, people=people)

    assert caught.value.problems[0].code == "again-moved"
