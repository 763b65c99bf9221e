"""A campaign that is ready: its plan, and its callees in scratch, cut from there into requests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from runner.model.campaign import Campaign
from runner.model.plan import CampaignPlan, Plan
from runner.model.skeleton import Skeleton
from runner.planning.review import Review
from runner.planning.variants import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCohort:
    """What a request needs to know of a cohort: the index of its settings, and its skeletons by number of the text."""

    variant: int
    skeletons: dict[int, Skeleton] = field(repr=False)


def _as_they_are(people: pl.DataFrame) -> pl.DataFrame:
    return people


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One campaign of a preview.

    Attributes:
        cohorts: what COHORT is an index into.
        ranges: yields the callees by key range, ascending: PERSON, NUMBER, CONTENT, APPROVAL, COHORT and the slots.
        generation: what enters the names of its tasks, when those that it replaces are cancelled.
        planned_at: sequence of the ledger's head when its history was read; 0 without a ledger.
        review: how today's people compare with a reviewed plan; None without one.
        metadata: version of the number metadata.
        present: gives people of the ledger (PERSON and others) the keys that they have in this audience.
        is_renumbered: some of them may be known to the ledger under a former number.
        left_out: people of tasks that were taken back whom the reviewed plan does not let be called again.
    """

    campaign: Campaign
    plan: CampaignPlan
    variants: tuple[Variant, ...]
    cohorts: tuple[ReadyCohort, ...]
    ranges: Callable[[], Iterator[pl.DataFrame]] = field(repr=False)
    planned_at: int
    generation: int
    review: Review | None
    metadata: str
    present: Callable[[pl.DataFrame], pl.DataFrame] = field(default=_as_they_are, repr=False)
    is_renumbered: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A plan and, per campaign in the same order, what apply sends from."""

    plan: Plan
    prepared: tuple[Prepared, ...]
