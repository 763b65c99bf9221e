"""A campaign that is ready: its plan, and its callees in scratch, cut from there into requests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from runner.model.campaign import Campaign
from runner.model.plan import CampaignPlan, Plan
from runner.model.skeleton import Skeleton
from runner.planning.review import Review
from runner.planning.variants import Variant


class CohortLike(Protocol):
    """What a request needs to know of a cohort."""

    @property
    def variant(self) -> int:
        """Return the index of its settings."""
        ...

    @property
    def skeletons(self) -> dict[int, Skeleton]:
        """Return its skeletons by number of the text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One campaign of a preview.

    Attributes:
        ranges: yields the callees by key range, ascending: PERSON, NUMBER, CONTENT, APPROVAL, COHORT and the slots.
        planned_at: sequence of the ledger's head when its history was read; 0 without a ledger.
        review: how today's people compare with a reviewed plan; None without one.
        metadata: version of the number metadata.
    """

    campaign: Campaign
    plan: CampaignPlan
    variants: tuple[Variant, ...]
    cohorts: tuple[CohortLike, ...]
    ranges: Callable[[], Iterator[pl.DataFrame]] = field(repr=False)
    planned_at: int
    generation: int
    review: Review | None
    metadata: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A plan and, per campaign in the same order, what apply sends from."""

    plan: Plan
    prepared: tuple[Prepared, ...]
