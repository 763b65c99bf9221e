"""What became of people before: the ledger's blocks as one frame per campaign, and the bucket that follows for each person."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from runner.frames import BUCKET, CONTENT, PERSON, VARIANT
from runner.model.plan import Bucket
from runner.planning.history import IN_DOUBT, SENT, History, Standing, TaskHistory
from runner.planning.variants import Variant

RANK = "@prior"
PRIOR_CONTENT = "@prior_content"
PRIOR_SETTINGS = "@prior_settings"
PRIOR_BLOCK = "@prior_block"

PRIOR_COLUMNS = (PRIOR_CONTENT, PRIOR_SETTINGS, PRIOR_BLOCK)
"""What `with_bucket` adds besides the bucket."""

_OWED, _REJECTED, _MAYBE, _CALLED, _WAITING, _DOUBT = 1, 2, 3, 4, 5, 6

BEFORE_IT_RINGS = timedelta(minutes=15)
"""A task that starts sooner than this counts as ringing."""

PRIOR_SCHEMA = pl.Schema(
    {
        PERSON: pl.UInt128,
        RANK: pl.UInt8,
        PRIOR_CONTENT: pl.UInt128,
        PRIOR_SETTINGS: pl.UInt32,
        PRIOR_BLOCK: pl.Int64,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is known of people of one campaign and edition.

    Attributes:
        people: one row a person (`PRIOR_SCHEMA`), sorted by PERSON: the weightiest of what is known of them.
        refused: PERSON, PRIOR_CONTENT, PRIOR_SETTINGS of every rejection, which is not repeated as it was.
        settings: digests that PRIOR_SETTINGS is an index into.
    """

    people: pl.DataFrame
    refused: pl.DataFrame
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which blocks of a history say something about people, and how much it weighs.

    Attributes:
        sequences: of those blocks, ascending.
        settings: digests that PRIOR_SETTINGS is an index into.
    """

    sequences: tuple[int, ...]
    settings: tuple[str, ...]
    table: pl.DataFrame

    def label(self, block: pl.DataFrame) -> pl.DataFrame:
        """Return PERSON, PRIOR_CONTENT, PRIOR_BLOCK, RANK and PRIOR_SETTINGS of *block* (PERSON, CONTENT, ``sequence``)."""
        labelled = block.join(self.table, on="sequence", how="inner")
        return labelled.rename({CONTENT: PRIOR_CONTENT, "sequence": PRIOR_BLOCK})


def ranking_of(history: History, *, now: datetime) -> Ranking:
    """Return the ranking of the tasks of *history*; those that set their people free are not in it."""
    ranked = sorted(
        ((one.block, rank, one) for task in history.tasks for one, rank in _ranks(task, now)),
        key=lambda ranked: ranked[0],
    )
    settings = tuple(sorted({task.sending.settings_digest for _, _, task in ranked}))
    table = pl.DataFrame(
        {
            "sequence": [block for block, _, _ in ranked],
            RANK: [rank for _, rank, _ in ranked],
            PRIOR_SETTINGS: [settings.index(task.sending.settings_digest) for _, _, task in ranked],
        },
        schema={"sequence": pl.Int64, RANK: pl.UInt8, PRIOR_SETTINGS: pl.UInt32},
    )
    return Ranking(sequences=tuple(block for block, _, _ in ranked), settings=settings, table=table)


def prior_from(labelled: pl.DataFrame, settings: tuple[str, ...]) -> Prior:
    """Return what the *labelled* rows (see `Ranking.label`) say of each person; all rows of a person must be there."""
    known = labelled.sort(PERSON, RANK, PRIOR_BLOCK)
    return Prior(
        people=known.unique(PERSON, keep="last", maintain_order=True).select(PRIOR_SCHEMA.names()),
        refused=known.filter(pl.col(RANK) == _REJECTED).select(PERSON, PRIOR_CONTENT, PRIOR_SETTINGS),
        settings=settings,
    )


NOTHING_BEFORE = Prior(
    people=pl.DataFrame(schema=PRIOR_SCHEMA),
    refused=pl.DataFrame(schema=PRIOR_SCHEMA).drop(RANK, PRIOR_BLOCK),
    settings=(),
)


def with_bucket(
    frame: pl.DataFrame,
    prior: Prior,
    variants: Sequence[Variant],
    *,
    over: bool,
    closed: bool = False,
    withdrawn: bool = False,
    replacing: Collection[int] = (),
    again: Collection[int] = (),
) -> pl.DataFrame:
    """Return *frame* (PERSON, VARIANT, CONTENT) with BUCKET (an Enum of `Bucket`) and `PRIOR_COLUMNS`.

    Args:
        frame: today's people.
        prior: what became of them before.
        variants: today's settings.
        over: the campaign has ended, so that nobody is called any more.
        closed: anybody may have been called, so that whoever is not known to have been is in doubt.
        withdrawn: nobody of this edition is called any more.
        replacing: blocks of waiting tasks that are to be cancelled; their people are called again.
        again: blocks of tasks that are not at the vendor, which would refuse their name if they were: who would hear and
            get today what was sent is sent again under that name.
    """
    joined = frame.join(prior.people, on=PERSON, how="left", maintain_order="left")
    if prior.refused.is_empty():
        joined = joined.with_columns(pl.lit(value=False).alias("@refused"))
    else:
        joined = _with_refused(joined, prior, variants)
    ended: Bucket | None = Bucket.OUTSIDE if over else None
    if withdrawn or closed:
        ended = Bucket.WITHDRAWN if withdrawn else Bucket.IN_DOUBT
    same = pl.col(CONTENT) == pl.col(PRIOR_CONTENT)
    # Most plans replace and repeat nothing, and then there is nothing to compare.
    is_replaced = is_again = pl.lit(value=False)
    if replacing:
        is_replaced = (pl.col(RANK) == _WAITING) & pl.col(PRIOR_BLOCK).is_in(sorted(replacing))
    if again and ended is None:
        is_again = (pl.col(RANK) == _DOUBT) & pl.col(PRIOR_BLOCK).is_in(sorted(again))
        is_again &= is_same(prior, variants)
    bucket = (
        pl.when(is_again)
        .then(pl.lit(Bucket.AGAIN.value))
        .when(pl.col(RANK).is_in([_DOUBT, _MAYBE]))
        .then(pl.lit(Bucket.IN_DOUBT.value))
        .when((pl.col(RANK) == _WAITING) & ~is_replaced)
        .then(pl.lit(Bucket.WAITING.value))
        .when((pl.col(RANK) == _CALLED) & same)
        .then(pl.lit(Bucket.CALLED_SAME.value))
        .when(pl.col(RANK) == _CALLED)
        .then(pl.lit(Bucket.CALLED_CHANGED.value))
        .when(pl.col("@refused"))
        .then(pl.lit(Bucket.REJECTED.value))
        .when(is_replaced | (pl.col(RANK) == _OWED))
        .then(pl.lit((ended or Bucket.REPLACED).value))
        .otherwise(pl.lit((ended or Bucket.NEW).value))
        .cast(pl.Enum([b.value for b in Bucket]))
    )
    return joined.with_columns(bucket.alias(BUCKET)).drop(RANK, "@refused")


def is_same(prior: Prior, variants: Sequence[Variant]) -> pl.Expr:
    """Return, for a frame of `with_bucket`, whether content and settings of a row are what they were before."""
    return (pl.col(CONTENT) == pl.col(PRIOR_CONTENT)) & (
        _settings_today(prior, variants) == pl.col(PRIOR_SETTINGS)
    )


def _settings_today(prior: Prior, variants: Sequence[Variant]) -> pl.Expr:
    """Return today's settings of each row as PRIOR_SETTINGS numbers them; those that were never sent as another number."""
    codes = {digest: i for i, digest in enumerate(prior.settings)}
    mine = [codes.get(v.settings.digest, len(codes)) for v in variants]
    return pl.col(VARIANT).replace_strict(dict(enumerate(mine)), return_dtype=pl.UInt32)


def _with_refused(joined: pl.DataFrame, prior: Prior, variants: Sequence[Variant]) -> pl.DataFrame:
    today = joined.with_columns(_settings_today(prior, variants).alias("@today"))
    refused = prior.refused.unique().with_columns(pl.lit(value=True).alias("@refused"))
    return (
        today.join(
            refused,
            left_on=[PERSON, CONTENT, "@today"],
            right_on=[PERSON, PRIOR_CONTENT, PRIOR_SETTINGS],
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("@refused").fill_null(value=False))
        .drop("@today")
    )


def _ranks(task: TaskHistory, now: datetime) -> Iterator[tuple[TaskHistory, int]]:
    """Yield the attempts of *task* that say something of people; who is only in an earlier one may have been called."""
    newest = _rank(task, now)
    if newest:
        yield task, newest
        yield from ((attempt, _MAYBE) for attempt in task.attempts[1:])


def _rank(task: TaskHistory, now: datetime) -> int:
    if task.standing in IN_DOUBT:
        return _DOUBT
    if task.standing in SENT:
        return _WAITING if is_waiting(task, now=now) else _CALLED
    return {Standing.REJECTED: _REJECTED, Standing.CANCELLED: _OWED}.get(task.standing, 0)


def is_waiting(task: TaskHistory, *, now: datetime) -> bool:
    """Tell whether *task* was handed over for a time that is more than `BEFORE_IT_RINGS` away."""
    send_at = task.sending.send_at
    is_sent = task.standing in SENT and not task.over
    return is_sent and send_at is not None and send_at - BEFORE_IT_RINGS > now
