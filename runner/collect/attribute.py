"""Whose call was that? Reports name a number, a caller id, what was played and times; the ledger knows tasks and people.

A report is attributed where exactly one task explains it. Where several do it is ambiguous, and is counted as that; nothing
is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from runner.frames import (
    AUDIO,
    CALL,
    CALLED,
    CALLER,
    ENDED,
    JOB,
    PARENT_JOB,
    PERSON,
    PICKED_UP,
    RANG,
    SOURCE,
    SUBMITTED,
)
from runner.planning.history import IN_DOUBT, MAY_RING, TaskHistory

EARLY: Final = timedelta(minutes=10)
"""How long before its time a task's calls may seem to be: clocks differ."""

LATE: Final = timedelta(days=3)
"""How long after its time a task may ring: windows and recall rounds end with the day, and a suspended task may go on."""

TASK: Final = "@of_task"
"""Index of the task that a report is attributed to, UInt32."""

_SEQUENCE: Final = "sequence"
_ROW: Final = "@report"
_AT: Final = "@at"
_TIMES: Final = (CALLED, SUBMITTED, RANG, PICKED_UP, ENDED)

Blocks = Callable[[Sequence[int]], pl.DataFrame]
Known = Callable[[int, pl.DataFrame], pl.DataFrame]
Had = Callable[[int, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """What became of some reports.

    Attributes:
        rows: those that one task explains, with TASK.
        strangers: how many are of numbers that no task of the time has.
        elsewhere: how many are of people of our tasks, but of no call that one of them can have made.
        ambiguous: how many more than one task explains.
    """

    rows: pl.DataFrame
    strangers: int
    elsewhere: int
    ambiguous: int


def attribute(
    reports: pl.DataFrame, tasks: Sequence[TaskHistory], *, blocks: Blocks, known: Known, had: Had
) -> Attributed:
    """Return which of *tasks* each of *reports* is of.

    Args:
        reports: *reports* of `runner.frames` with PERSON.
        tasks: all that may have rung in that time.
        blocks: returns PERSON and ``sequence`` of the people of these entries.
        known: returns CALL of those of the given reports (CALL) that are attributed to the task with this index already. It
            decides between several tasks, but never for one in doubt: it may be what somebody pushed.
        had: returns PERSON and CALL of the calls to the given people (PERSON) that records confirm of the task with this
            index. A task that has rung somebody as often as it may explains no further call to her; for one in doubt this
            decides nothing either.
    """
    rows = reports.with_row_index(_ROW).with_columns(pl.coalesce(*_TIMES).alias(_AT))
    table = _in_time(_table(tasks), rows)
    people = blocks(table[_SEQUENCE].to_list()).select(PERSON, _SEQUENCE)
    people = people.join(rows.select(PERSON).unique(), on=PERSON, how="semi")
    pairs = rows.join(people, on=PERSON, how="inner").join(table, on=_SEQUENCE, how="inner")
    able = pairs.filter(_explains())
    # A task that was not taken, as the vendor said, explains a call only where no other does.
    able = able.filter(pl.col("@tier") == pl.col("@tier").min().over(_ROW))
    is_single = pl.len().over(_ROW) == 1
    single, several = able.filter(is_single), able.filter(~is_single)
    decided = _decided(several, known)
    chosen = pl.concat([single.select(_ROW, TASK), decided])
    left = several.join(decided, on=_ROW, how="anti")
    certain = able.join(chosen, on=[_ROW, TASK], how="semi").filter(pl.col(SOURCE) == "record")
    remaining = _remaining(left, certain.select(TASK, PERSON, CALL), had)
    decided = pl.concat([decided, remaining])
    chosen = pl.concat([chosen, remaining])
    of_ours = pairs[_ROW].n_unique()
    return Attributed(
        rows=rows.join(chosen, on=_ROW, how="inner", maintain_order="left").drop(_ROW, _AT),
        strangers=rows.height - of_ours,
        elsewhere=of_ours - able[_ROW].n_unique(),
        ambiguous=several[_ROW].n_unique() - decided.height,
    )


def _table(tasks: Sequence[TaskHistory]) -> pl.DataFrame:
    """Return what a call of each task looks like, one row a task."""
    rows = [
        {
            TASK: index,
            # The first attempt that may have been taken: those after it hold no others.
            _SEQUENCE: task.attempts[-1].block,
            "@from": _ms(task.attempts[-1].sending.calls_at - EARLY),
            "@until": _ms(task.sending.calls_at + LATE),
            "@task_caller": task.sending.caller,
            "@task_audio": task.sending.audio,
            "@task_job": task.job_id,
            "@tier": 1 if task.standing in MAY_RING else 2,
            "@doubt": task.standing in IN_DOUBT,
            "@rings": task.sending.rings,
        }
        for index, task in enumerate(tasks)
    ]
    schema = {
        TASK: pl.UInt32, _SEQUENCE: pl.Int64, "@from": pl.Int64, "@until": pl.Int64, "@task_caller": pl.String,
        "@task_audio": pl.String, "@task_job": pl.Int64, "@tier": pl.UInt8, "@doubt": pl.Boolean, "@rings": pl.UInt32,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _in_time(table: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the tasks of *table* that may have rung when any of *rows* was made; all where one does not say when."""
    if rows[_AT].null_count() or rows.is_empty():
        return table
    first, last = rows[_AT].min(), rows[_AT].max()
    return table.filter(pl.col("@from") <= last, pl.col("@until") >= first)


def _explains() -> pl.Expr:
    """Return whether the task of a pair can have made its call. What is not said on either side excludes nothing."""
    in_time = pl.col(_AT).is_between(pl.col("@from"), pl.col("@until"))
    same_caller = pl.col(CALLER) == pl.col("@task_caller")
    same_audio = pl.col(AUDIO) == pl.col("@task_audio")
    # A round of a recall names its own task and the one that it repeats.
    same_job = (pl.col(JOB) == pl.col("@task_job")) | (pl.col(PARENT_JOB) == pl.col("@task_job"))
    said = pl.any_horizontal(pl.col(JOB).is_not_null(), pl.col(PARENT_JOB).is_not_null())
    job = (
        pl.when(said & pl.col("@task_job").is_not_null())
        .then(same_job.fill_null(value=False))
        .otherwise(statement=True)
    )
    return pl.all_horizontal(
        in_time.fill_null(pl.col(SOURCE) == "push"),
        same_caller.fill_null(value=True),
        same_audio.fill_null(value=True),
        job,
    )


def _decided(several: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return _ROW and TASK of the reports whose call is attributed to exactly one of several tasks already."""
    found = [pl.DataFrame(schema={_ROW: several.schema[_ROW], TASK: pl.UInt32, "@doubt": pl.Boolean})]
    for (index,), rows in several.group_by(TASK):
        calls = known(int(str(index)), rows.select(CALL))
        found.append(rows.join(calls.select(CALL).unique(), on=CALL, how="semi").select(_ROW, TASK, "@doubt"))
    once = pl.concat(found).filter(pl.len().over(_ROW) == 1, ~pl.col("@doubt"))
    return once.select(_ROW, TASK)


def _remaining(several: pl.DataFrame, certain: pl.DataFrame, had: Had) -> pl.DataFrame:
    """Return _ROW and TASK of the records of *several* that one task is left for, since the others rang her before.

    Args:
        several: pairs of reports and tasks. Of pushes nothing is decided: what they say must not depend on their order.
        certain: TASK, PERSON and CALL of records that are attributed to one task at this time.
        had: see `attribute`.
    """
    records = several.filter(pl.col(SOURCE) == "record")
    frames = [certain]
    for (index,), rows in records.group_by(TASK):
        calls = had(int(str(index)), rows.select(PERSON).unique())
        frames.append(calls.select(pl.lit(index, dtype=pl.UInt32).alias(TASK), PERSON, CALL))
    calls = pl.concat(frames).unique().rename({CALL: "@other"})
    others = records.join(calls, on=[TASK, PERSON], how="inner").filter(pl.col(CALL) != pl.col("@other"))
    counts = others.group_by(_ROW, TASK).agg(pl.len().alias("@had"))
    able = records.join(counts, on=[_ROW, TASK], how="left").filter(
        pl.col("@had").fill_null(0) < pl.col("@rings")
    )
    return able.filter(pl.len().over(_ROW) == 1, ~pl.col("@doubt")).select(_ROW, TASK)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
