"""Caps: how often people were called, or may be, over all campaigns and editions of a ledger, and who is at the cap."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from runner.frames import BUCKET, PERSON
from runner.model.plan import CALLABLE, Bucket
from runner.model.policy import Caps
from runner.planning.history import MAY_RING, TaskHistory, fold
from runner.ports import LedgerReader

RINGS = "@rings"
CALLS_SCHEMA = pl.Schema({PERSON: pl.UInt128, RINGS: pl.UInt32})
NOBODY = pl.DataFrame(schema={PERSON: pl.UInt128})

_SEQUENCE = "sequence"
_CAPPED = "@capped"
_CALLABLE = [bucket.value for bucket in Bucket if bucket in CALLABLE]


@dataclass(frozen=True, slots=True)
class Counting:
    """Which blocks of a ledger count for a cap, and for how many calls each.

    Attributes:
        table: ``sequence``: Int64 of the block, RINGS: UInt32.
    """

    table: pl.DataFrame

    @property
    def sequences(self) -> tuple[int, ...]:
        """Return the sequences of those blocks, ascending."""
        return tuple(self.table[_SEQUENCE].to_list())

    def label(self, blocks: pl.DataFrame) -> pl.DataFrame:
        """Return `CALLS_SCHEMA` of *blocks* (PERSON, ``sequence`` and others), those that do not count left out."""
        joined = blocks.select(PERSON, _SEQUENCE).join(self.table, on=_SEQUENCE, how="inner")
        return joined.select(CALLS_SCHEMA.names())


def counting(tasks: Iterable[TaskHistory], *, since: datetime) -> Counting:
    """Return what of *tasks* counts: what may ring, or may have rung, at *since* or later. A doubt is a call."""
    counted = sorted(
        (task.attempts[-1].block, task.sending.rings)
        for task in tasks
        if task.standing in MAY_RING and task.sending.calls_at >= since
    )
    return Counting(pl.DataFrame(counted, schema={_SEQUENCE: pl.Int64, RINGS: pl.UInt32}, orient="row"))


def counting_in(
    ledger: LedgerReader, caps: Caps, *, now: datetime, without: Collection[str] = ()
) -> Counting:
    """Return what in *ledger* counts for *caps*: calls of the last days, and those that are still to come.

    Tasks whose names are in *without* do not count: they are to be taken back.
    """
    since = now - timedelta(days=caps.days)
    editions = dict.fromkeys((task.campaign, task.edition) for task in ledger.sent_since(since))
    return counting(
        (
            task
            for campaign, edition in editions
            for task in fold(ledger.entries(campaigns=(campaign,), edition=edition)).tasks
            if task.task.name not in without
        ),
        since=since,
    )


def counting_near(ledger: LedgerReader, caps: Caps, people: pl.DataFrame, *, now: datetime) -> Counting:
    """Return what of it can be about *people* (PERSON, ascending): few tasks, and nothing is read about the others."""
    since = now - timedelta(days=caps.days)
    return counting(
        (
            told
            for task in ledger.sent_since(since, within=span(people))
            for told in fold(
                ledger.entries(campaigns=(task.campaign,), edition=task.edition, task=task.name)
            ).tasks
        ),
        since=since,
    )


def span(people: pl.DataFrame) -> tuple[int, int]:
    """Return the first and the last key of *people* (PERSON, ascending), of whom there is at least one."""
    return people[0, PERSON], people[-1, PERSON]


def at_cap(calls: pl.DataFrame, caps: Caps, *, rings: int) -> pl.DataFrame:
    """Return those (PERSON) of *calls* whom *rings* more calls would bring over the cap.

    Args:
        calls: `CALLS_SCHEMA`, any number of rows a person.
        caps: the cap.
        rings: of the campaign that is to call them. Who was never called is not in *calls*, and so never in the result.
    """
    sums = calls.group_by(PERSON).agg(pl.col(RINGS).cast(pl.Int64).sum())
    return sums.filter(pl.col(RINGS) + rings > caps.calls).select(PERSON)


def with_cap(frame: pl.DataFrame, capped: pl.DataFrame) -> pl.DataFrame:
    """Return *frame* (PERSON, BUCKET) with those who are to be called, and among *capped* (PERSON), outside."""
    if capped.is_empty():
        return frame
    marked = capped.with_columns(pl.lit(value=True).alias(_CAPPED))
    is_capped = pl.col(BUCKET).is_in(_CALLABLE) & pl.col(_CAPPED).fill_null(value=False)
    outside = pl.lit(Bucket.OUTSIDE.value).cast(frame.schema[BUCKET])
    return (
        frame.join(marked, on=PERSON, how="left", maintain_order="left")
        .with_columns(pl.when(is_capped).then(outside).otherwise(pl.col(BUCKET)).alias(BUCKET))
        .drop(_CAPPED)
    )
