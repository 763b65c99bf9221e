"""Which waiting tasks are not what the campaign says today, and what becomes of their people. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from runner.frames import BUCKET
from runner.model.campaign import Campaign
from runner.model.plan import Bucket, Replacement
from runner.planning.history import History, Standing, TaskHistory
from runner.planning.prior import PRIOR_BLOCK, Prior, is_same, is_waiting
from runner.planning.variants import Variant

_REPLACEABLE = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})
"""What the vendor took by its own word; of what a person states to be sent nobody knows that it can be cancelled."""


def unchanged_people(frame: pl.DataFrame, prior: Prior, variants: Sequence[Variant]) -> dict[int, int]:
    """Return by block how many of its people wait in it and would be called today exactly as they will be.

    Args:
        frame: of `runner.planning.prior.with_bucket`, of one range.
        prior: what it was made with.
        variants: today's settings.
    """
    waiting = frame.filter(pl.col(BUCKET) == Bucket.WAITING.value)
    if waiting.is_empty():
        return {}
    return dict(waiting.filter(is_same(prior, variants)).group_by(PRIOR_BLOCK).len().rows())


def stale_tasks(
    history: History, unchanged: Mapping[int, int], campaign: Campaign, *, now: datetime
) -> tuple[TaskHistory, ...]:
    """Return the waiting tasks that would be sent otherwise today: to fewer people, with other words, or at another time.

    Args:
        history: of the campaign and edition.
        unchanged: the sums of `unchanged_people` over all ranges.
        campaign: as it is today.
        now: aware.
    """
    if history.withdrawn is not None:
        return ()
    return tuple(
        task
        for task in replaceable(history, now=now)
        if unchanged.get(task.block, 0) < task.sending.people or _is_moved(task, campaign)
    )


def replaceable(history: History, *, now: datetime) -> tuple[TaskHistory, ...]:
    """Return the tasks that can be replaced by what is known of them: they wait, and not for the next quarter of an hour."""
    return tuple(
        task
        for task in history.in_standing(_REPLACEABLE)
        if task.earlier is None and is_waiting(task, now=now)
    )


def called_again(
    frame: pl.DataFrame, prior: Prior, variants: Sequence[Variant]
) -> dict[int, tuple[int, int]]:
    """Return by block how many of its people are to be called again, and how many of these with other words or settings.

    Args:
        frame: of `runner.planning.prior.with_bucket`, as far as it is to be called.
        prior: what it was made with.
        variants: today's settings.
    """
    again = frame.filter(pl.col(BUCKET) == Bucket.REPLACED.value)
    if again.is_empty():
        return {}
    counts = again.group_by(PRIOR_BLOCK).agg(pl.len(), (~is_same(prior, variants)).sum().alias("changed"))
    return {block: (people, changed) for block, people, changed in counts.rows()}


def replaced_count(frame: pl.DataFrame) -> int:
    """Return how many rows of *frame* (BUCKET) are of people to be called again."""
    return frame.filter(pl.col(BUCKET) == Bucket.REPLACED.value).height


def replacements(
    stale: Collection[TaskHistory], again: Mapping[int, tuple[int, int]]
) -> tuple[Replacement, ...]:
    """Return what becomes of each of the *stale* tasks, in their order, by the sums of `called_again`."""
    return tuple(
        Replacement(
            name=task.task.name,
            people=task.sending.people,
            again=again.get(task.block, (0, 0))[0],
            changed=again.get(task.block, (0, 0))[1],
        )
        for task in stale
    )


def _is_moved(task: TaskHistory, campaign: Campaign) -> bool:
    """Tell whether the campaign begins at another time than *task*, or has ended by then."""
    schedule, send_at = campaign.schedule, task.sending.send_at
    if schedule is None or schedule.at is None or send_at is None:
        return True
    return schedule.at != send_at or (schedule.not_after is not None and send_at > schedule.not_after)
