"""Cut cohorts into tasks: chunks of callees in the order of their keys, whatever ranges they come in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from runner.frames import COHORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The callees of one task to be.

    Attributes:
        index: 0, 1, 2 … within its cohort; borders lie at multiples of the chunk size from the smallest key.
        frame: sorted by PERSON; the columns of the frames that were cut.
    """

    cohort: int
    index: int
    frame: pl.DataFrame = field(repr=False)


def cut(ranges: Iterable[pl.DataFrame], *, per_task: int) -> Iterator[Chunk]:
    """Yield the chunks of *ranges* (PERSON, COHORT, …), which come in ascending order of PERSON, each sorted by it.

    Chunks of at most *per_task* people; the last of each cohort may be smaller. Only the fragment of a cohort that
    crosses from one range into the next is kept in between.
    """
    carried: dict[int, pl.DataFrame] = {}
    counts: dict[int, int] = {}

    def chunk(cohort: int, frame: pl.DataFrame) -> Chunk:
        counts[cohort] = counts.get(cohort, -1) + 1
        return Chunk(cohort=cohort, index=counts[cohort], frame=frame)

    for one in ranges:
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
