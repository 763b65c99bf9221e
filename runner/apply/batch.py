"""The callees of one task, and the request that is made from them."""

from dataclasses import dataclass, replace

import polars as pl

from runner.apply.desk import Desk
from runner.apply.suppressed import Suppressions
from runner.errors import LedgerError
from runner.frames import APPROVAL, CONTENT, NUMBER, PERSON
from runner.model.task import (
    TaskRequest,
)
from runner.model.task_id import TaskId
from runner.planning.again import tasks_to_send_again
from runner.planning.cut import Chunk
from runner.planning.names import task_name
from runner.planning.timing import timing_of
from runner.preview.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The callees of one task, and what their request is made from.

    Attributes:
        counted_at: sequence of the ledger when their calls were counted for the cap; None where they count already.
        suppressions: who is left out.
        first: number of the next attempt under this name.
    """

    desk: Desk
    prepared: Prepared
    chunk: Chunk
    audio: dict[str, str]
    task: TaskId
    counted_at: int | None
    suppressions: Suppressions
    first: int = 1

    @property
    def people(self) -> int:
        """Return how many there are."""
        return self.chunk.frame.height

    def of(self, people: pl.DataFrame, *, counted_at: int | None) -> "Batch":
        """Return the batch of *people* alone, which has another name unless it repeats one."""
        task = self.task if self.chunk.again is not None else _task_of(self.prepared, people)
        return replace(self, chunk=replace(self.chunk, frame=people), task=task, counted_at=counted_at)


def batch_of(
    desk: Desk, prepared: Prepared, chunk: Chunk, *, audio: dict[str, str], suppressions: Suppressions
) -> Batch:
    """Return the batch of *chunk*: a new task, or once more the one in doubt that its people are in.

    Raises:
        LedgerError: that task is not what it was when this was planned.
    """
    batch = Batch(
        desk=desk,
        prepared=prepared,
        chunk=chunk,
        audio=audio,
        task=_task_of(prepared, chunk.frame),
        counted_at=prepared.planned_at,
        suppressions=suppressions,
    )
    if chunk.again is None:
        return batch
    before = next((one for one in tasks_to_send_again(desk.history()) if one.block == chunk.again), None)
    if before is None:
        message = "a task that was to be sent again under its name is not in doubt any more"
        raise LedgerError(message, hint="Repeat the command: it looks again.", code="ledger-moved-on")
    return replace(batch, task=before.task, counted_at=None, first=before.sending.attempt + 1)


def _task_of(prepared: Prepared, people: pl.DataFrame) -> TaskId:
    campaign = prepared.campaign
    name = task_name(campaign.name, campaign.edition, people[APPROVAL], generation=prepared.generation)
    return TaskId(campaign=campaign.name, edition=campaign.edition, name=name)


def nobody_of(batch: Batch) -> Batch:
    """Return *batch* with nobody left in it."""
    return replace(batch, chunk=replace(batch.chunk, frame=batch.chunk.frame.clear()))


def request_of(batch: Batch) -> TaskRequest:
    """Return the request, its times counted from now."""
    cohort = batch.prepared.cohorts[batch.chunk.cohort]
    return TaskRequest(
        name=batch.task.name,
        settings=batch.prepared.variants[cohort.variant].settings,
        timing=timing_of(batch.desk.campaign, now=batch.desk.clock.now()),
        skeletons=cohort.skeletons,
        callees=batch.chunk.frame.select(PERSON, NUMBER, CONTENT, "^@slot.*$"),
        audio=batch.audio,
    )
