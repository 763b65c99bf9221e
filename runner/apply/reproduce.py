"""Who is in a task of which only the name is known: shown by making the name again from today's files.

A name is a hash over the keyed values of everybody in the task, what they hear and under which settings. If the files of
today give a request of that very name, its people are the task's people, and nobody else.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from runner.frames import APPROVAL, BLOCK_SCHEMA, COHORT, CONTENT, PERSON
from runner.planning.cut import Chunk, cut
from runner.planning.names import task_name
from runner.preview.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduced:
    """A task whose people are shown.

    Attributes:
        generation: that entered its name.
        block: its people, PERSON and CONTENT, sorted.
        metadata: version of the number metadata that they are keyed under.
        caller: id that it shows; None where it names none.
        rings: how often it may ring each of them.
    """

    name: str
    generation: int
    settings_digest: str
    block: pl.DataFrame = field(repr=False)
    metadata: str
    caller: str | None
    rings: int


def reproduce(
    prepared: Prepared, names: Collection[str], *, generations: Sequence[int]
) -> Iterator[Reproduced]:
    """Yield the tasks among *names* that today's people of *prepared* are.

    Args:
        prepared: a campaign, planned against what is known.
        names: of tasks of its name and edition.
        generations: that may have entered their names.
    """
    ranges = (one.select(PERSON, CONTENT, APPROVAL, COHORT) for one in prepared.ranges())
    for chunk in cut(ranges, per_task=prepared.campaign.limits.per_task):
        made = _made(prepared, chunk, names, generations)
        if made is not None:
            yield made


def _made(
    prepared: Prepared, chunk: Chunk, names: Collection[str], generations: Sequence[int]
) -> Reproduced | None:
    campaign, variant = prepared.campaign, prepared.cohorts[chunk.cohort].variant
    for generation in generations:
        name = task_name(campaign.name, campaign.edition, chunk.frame[APPROVAL], generation=generation)
        if name in names:
            settings = prepared.variants[variant].settings
            return Reproduced(
                name=name,
                generation=generation,
                settings_digest=settings.digest,
                block=chunk.frame.select(BLOCK_SCHEMA.names()),
                metadata=prepared.metadata,
                caller=settings.caller_id,
                rings=campaign.rings,
            )
    return None
