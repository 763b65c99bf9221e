"""What list and records prove."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from runner.collect.settle import by_list, by_records
from runner.frames import OUTCOME_SCHEMA, PERSON, SOURCE
from runner.model.task import Listing, SeenTask, TaskStatus
from runner.model.task_fact import TaskAccepted, TaskConfirmed, TaskDoubtful
from runner.planning.history import History, Standing
from tests.unit.collect.conftest import task

DIGITS = "abcdefghijklmn"


@dataclass
class Outcomes:
    """A ledger that knows so many recorded and pushed people of every task."""

    recorded: int
    pushed: int = 0

    def outcomes(self, sequences):
        people = [*range(self.recorded), *range(self.pushed)]
        sources = ["record"] * self.recorded + ["push"] * self.pushed
        frame = pl.DataFrame(
            {PERSON: people, SOURCE: sources}, schema={PERSON: pl.UInt128, SOURCE: pl.String}
        )
        missing = [pl.lit(None).alias(name) for name in OUTCOME_SCHEMA if name not in frame.columns]
        return frame.with_columns(missing) if sequences else frame.clear()


def proved(standing, *, recorded, pushed=0, people=4, **more):
    """Return what records prove of a task of four that stands so."""
    one = task(DIGITS, 10, people=people, standing=standing, outcomes=(20,), **more)
    ledger: Any = Outcomes(recorded, pushed)
    return by_records([one], ledger)


@pytest.mark.parametrize("standing", [Standing.SENDING, Standing.UNKNOWN, Standing.ABSENT, Standing.REJECTED])
def test_lost_answer_is_settled_by_half_of_the_records(standing):
    """One stray call settles nothing; when half of its people have a record, the task was taken."""
    assert proved(standing, recorded=1) == []
    (fact,) = proved(standing, recorded=2)
    assert isinstance(fact, TaskAccepted)


@pytest.mark.parametrize("standing", list(Standing))
def test_pushes_prove_nothing(standing):
    """However many people a push names, no standing changes by it."""
    assert proved(standing, recorded=0, pushed=4) == []


def test_odd_task_needs_all_records():
    """A task that is otherwise than it was sent is settled when every one of its people was called."""
    assert proved(Standing.DOUBTFUL, recorded=3, job_id=7) == []
    (fact,) = proved(Standing.DOUBTFUL, recorded=4, job_id=7)
    assert isinstance(fact, TaskConfirmed)
    assert proved(Standing.DOUBTFUL, recorded=4, job_id=7, final=True) == []


@pytest.mark.parametrize("standing", [Standing.STATED_ABSENT, Standing.FAILED, Standing.WITHDRAWN])
def test_call_of_a_task_that_is_over_is_for_a_person(standing):
    """Records of a task whose people are free again, or withdrawn, mean that some may be called twice."""
    (fact,) = proved(standing, recorded=1)

    assert isinstance(fact, TaskDoubtful)
    assert fact.final
    assert "1 of its people was called" in fact.reason


def listing(*tasks):
    """Return what the vendor lists."""
    return Listing(tasks=tasks, complete=True, server_time=None)


def seen(name=DIGITS, status=TaskStatus.CALLING, people=4, called=0, **more):
    """Return a listed task."""
    return SeenTask(job_id=7, name=f"c.e.{name}", status=status, people=people, called=called, **more)


@pytest.mark.parametrize(
    ("standing", "status", "fact"),
    [
        (Standing.UNKNOWN, TaskStatus.WAITING, TaskAccepted),
        (Standing.ABSENT, TaskStatus.FINISHED, TaskAccepted),
        (Standing.ACCEPTED, TaskStatus.CALLING, TaskConfirmed),
        (Standing.DOUBTFUL, TaskStatus.FINISHED, TaskConfirmed),
        (Standing.CONFIRMED, TaskStatus.SUSPENDED, TaskDoubtful),
        (Standing.ACCEPTED, TaskStatus.CANCELLED, TaskDoubtful),
        (Standing.CONFIRMED, TaskStatus.FINISHED, None),
        (Standing.CANCELLING, TaskStatus.CANCELLED, None),
        (Standing.CANCELLED, TaskStatus.CANCELLED, None),
        (Standing.ACCEPTED, TaskStatus.FAILED, None),
    ],
)
def test_list_proves(standing, status, fact):
    """What the vendor lists settles what was open, and puts into doubt what somebody else has changed."""
    one = task(DIGITS, 10, people=4, standing=standing)

    facts, _ = by_list(History((one,)), listing(seen(status=status)))

    assert [type(found) for found in facts] == ([] if fact is None else [fact])


def test_what_is_missing_proves_nothing():
    """A task that is not in the list stays as it is."""
    one = task(DIGITS, 10, people=4, standing=Standing.UNKNOWN)

    assert by_list(History((one,)), listing()) == ([], [])


def test_drift_is_what_we_did_not_do():
    """Cancelled, failed and foreign tasks are drift; recall rounds and other editions are not."""
    one = task(DIGITS, 10, people=4, standing=Standing.CONFIRMED)
    shown = [
        seen(status=TaskStatus.CANCELLED),
        seen("opqrstuvwxyz22"),
        seen("opqrstuvwxyz33", is_recall=True),
        seen("2.opqrstuvwxyz44"),
    ]

    _, drift = by_list(History((one,)), listing(*shown))

    assert [(found.task, found.what) for found in drift] == [
        ("c.e.abcdefghijklmn", "cancelled at the vendor, not by us"),
        ("c.e.opqrstuvwxyz22", "not of this ledger"),
    ]
