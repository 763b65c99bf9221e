"""Tasks, people and reports of calls, each as far as a test is about it."""

from datetime import UTC, datetime, timedelta

import polars as pl

from runner.frames import (
    AUDIO,
    CALL,
    CALLED,
    CALLER,
    CERTAINTY,
    JOB,
    NUMBER,
    OUTCOME,
    PARENT_JOB,
    PERSON,
    REPORT_SCHEMA,
    SOURCE,
)
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId
from runner.planning.history import Standing, TaskHistory

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def task(
    name: str,
    block: int,
    *,
    people: int = 2,
    standing: Standing = Standing.CONFIRMED,
    after: timedelta = timedelta(),
    caller: str | None = None,
    audio: str | None = None,
    job_id: int | None = None,
    **more: object,
) -> TaskHistory:
    """Return a task that was sent at noon, or so long *after*."""
    named = TaskId(campaign="c", edition="e", name=f"c.e.{name}")
    sending = Sending(
        task=named,
        settings_digest="5" * 64,
        people=people,
        attempt=1,
        generation=0,
        signed_at=NOON + after,
        epoch=1,
        planned_at=1,
        metadata="9",
        send_at=None,
        caller=caller,
        audio=audio,
    )
    return TaskHistory(
        task=named,
        sending=sending,
        block=block,
        standing=standing,
        job_id=job_id,
        said="",
        code=None,
        since=NOON,
        **more,  # type: ignore[arg-type]
    )


def report(
    call: str,
    person: int,
    *,
    after: timedelta | None = timedelta(minutes=5),
    source: str = "record",
    caller: str | None = None,
    audio: str | None = None,
    job: int | None = None,
    parent: int | None = None,
    outcome: str = "answered",
    certainty: int = 2,
) -> dict[str, object]:
    """Return a report of a call to *person*, so long after noon; None: it does not say when."""
    return {
        CALL: call,
        NUMBER: f"+4477009000{person:02}",
        PERSON: person,
        CALLED: None if after is None else int((NOON + after).timestamp() * 1000),
        SOURCE: source,
        CALLER: caller,
        AUDIO: audio,
        JOB: job,
        PARENT_JOB: parent,
        OUTCOME: outcome,
        CERTAINTY: certainty,
    }


def reports(*rows: dict[str, object]) -> pl.DataFrame:
    """Return *reports* with PERSON."""
    schema = {**REPORT_SCHEMA, PERSON: pl.UInt128()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
