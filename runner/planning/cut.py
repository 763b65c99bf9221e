"""Cut cohorts into tasks: chunks of callees in the order of their keys, whatever ranges they come in."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from runner.frames import COHORT, TASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The callees of one task to be.

    Attributes:
        index: 0, 1, 2 … within its cohort; borders lie at multiples of the chunk size from the smallest key.
        frame: sorted by PERSON; the columns of the frames that were cut.
        again: block of the task in doubt that these people are sent again in, under its name; None for a new task.
    """

    cohort: int
    index: int
    frame: pl.DataFrame = field(repr=False)
    again: int | None = None


def cut(ranges: Iterable[pl.DataFrame], *, per_task: int) -> Iterator[Chunk]:
    """Yield the chunks of *ranges* (PERSON, COHORT, …), which come in ascending order of PERSON, each sorted by it.

    Chunks of at most *per_task* people; the last of each cohort may be smaller. Only the fragment of a cohort that
    crosses from one range into the next is kept in between. People with a TASK come last, a chunk for each task: see
    `without_split` for those that cannot be one.
    """
    carried: dict[int, pl.DataFrame] = {}
    counts: dict[int, int] = {}

    def chunk(cohort: int, frame: pl.DataFrame) -> Chunk:
        counts[cohort] = counts.get(cohort, -1) + 1
        return Chunk(cohort=cohort, index=counts[cohort], frame=frame)

    again: dict[int, list[pl.DataFrame]] = {}
    for every in ranges:
        one = every
        if TASK in every.columns:
            for (block,), part in (
                every.filter(pl.col(TASK).is_not_null()).partition_by(TASK, as_dict=True).items()
            ):
                again.setdefault(block, []).append(part)
            one = every.filter(pl.col(TASK).is_null())
        parts = one.partition_by(COHORT, as_dict=True, maintain_order=True)
        for (cohort,), part in sorted(parts.items(), key=lambda pair: pair[0]):
            whole = pl.concat([carried.pop(cohort), part]) if cohort in carried else part
            full = whole.height - whole.height % per_task
            for start in range(0, full, per_task):
                yield chunk(cohort, whole.slice(start, per_task))
            if full < whole.height:
                carried[cohort] = whole.slice(full)
    for cohort, frame in sorted(carried.items()):
        yield chunk(cohort, frame)
    for block, frames in sorted(again.items()):
        whole = pl.concat(frames)
        yield Chunk(cohort=whole[0, COHORT], index=0, frame=whole, again=block)


def split_tasks(ranges: Iterable[pl.DataFrame], *, per_task: int) -> dict[int, int]:
    """Return of the tasks in doubt (TASK) in *ranges* (COHORT, TASK) those that would be several requests today, with people.

    A name is one request, so who is in them stays in doubt.
    """
    found = [frame.filter(pl.col(TASK).is_not_null()).select(TASK, COHORT) for frame in ranges]
    if not found:
        return {}
    tasks = pl.concat(found).group_by(TASK).agg(pl.col(COHORT).n_unique().alias("cohorts"), pl.len())
    return dict(tasks.filter((pl.col("cohorts") > 1) | (pl.col("len") > per_task)).select(TASK, "len").rows())


def without_split(frame: pl.DataFrame, split: Collection[int]) -> pl.DataFrame:
    """Return *frame* without the people of the tasks *split*."""
    if not split:
        return frame
    return frame.filter(pl.col(TASK).is_null() | ~pl.col(TASK).is_in(sorted(split)))
