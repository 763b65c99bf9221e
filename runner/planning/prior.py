"""What became of people before: the ledger's blocks as one frame per campaign, and the bucket that follows for each person."""

from collections.abc import Sequence
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

_REJECTED, _CALLED, _WAITING, _DOUBT = 1, 2, 3, 4

BEFORE_IT_RINGS = timedelta(minutes=15)
"""A task that starts sooner than this counts as ringing."""

PRIOR_SCHEMA = pl.Schema(
    {PERSON: pl.UInt128, RANK: pl.UInt8, PRIOR_CONTENT: pl.UInt128, PRIOR_SETTINGS: pl.UInt32}
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
        """Return PERSON, PRIOR_CONTENT, ``sequence``, RANK and PRIOR_SETTINGS of *block* (PERSON, CONTENT, ``sequence``)."""
        return block.join(self.table, on="sequence", how="inner").rename({CONTENT: PRIOR_CONTENT})


def ranking_of(history: History, *, now: datetime) -> Ranking:
    """Return the ranking of the tasks of *history*; those that set their people free are not in it."""
    ranked = sorted(
        ((task.block, rank, task) for task in history.tasks if (rank := _rank(task, now))),
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
    known = labelled.sort(PERSON, RANK, "sequence")
    return Prior(
        people=known.unique(PERSON, keep="last", maintain_order=True).select(PRIOR_SCHEMA.names()),
        refused=known.filter(pl.col(RANK) == _REJECTED).select(PERSON, PRIOR_CONTENT, PRIOR_SETTINGS),
        settings=settings,
    )


NOTHING_BEFORE = Prior(
    people=pl.DataFrame(schema=PRIOR_SCHEMA),
    refused=pl.DataFrame(schema=PRIOR_SCHEMA).drop(RANK),
    settings=(),
)


def with_bucket(
    frame: pl.DataFrame, prior: Prior, variants: Sequence[Variant], *, over: bool, closed: bool = False
) -> pl.DataFrame:
    """Return *frame* (PERSON, VARIANT, CONTENT) with BUCKET (an Enum of `Bucket`), PRIOR_CONTENT and PRIOR_SETTINGS.

    *over* says that the campaign has ended, so that nobody new is called; *closed* that anybody may have been called, so
    that whoever is not known to have been is in doubt.
    """
    joined = frame.join(prior.people, on=PERSON, how="left", maintain_order="left")
    if prior.refused.is_empty():
        joined = joined.with_columns(pl.lit(value=False).alias("@refused"))
    else:
        joined = _with_refused(joined, prior, variants)
    new = Bucket.IN_DOUBT if closed else Bucket.OUTSIDE if over else Bucket.NEW
    same = pl.col(CONTENT) == pl.col(PRIOR_CONTENT)
    bucket = (
        pl.when(pl.col(RANK) == _DOUBT)
        .then(pl.lit(Bucket.IN_DOUBT.value))
        .when(pl.col(RANK) == _WAITING)
        .then(pl.lit(Bucket.WAITING.value))
        .when((pl.col(RANK) == _CALLED) & same)
        .then(pl.lit(Bucket.CALLED_SAME.value))
        .when(pl.col(RANK) == _CALLED)
        .then(pl.lit(Bucket.CALLED_CHANGED.value))
        .when(pl.col("@refused"))
        .then(pl.lit(Bucket.REJECTED.value))
        .otherwise(pl.lit(new.value))
        .cast(pl.Enum([b.value for b in Bucket]))
    )
    return joined.with_columns(bucket.alias(BUCKET)).drop(RANK, "@refused")


def _with_refused(joined: pl.DataFrame, prior: Prior, variants: Sequence[Variant]) -> pl.DataFrame:
    codes = {digest: i for i, digest in enumerate(prior.settings)}
    mine = [codes.get(v.settings.digest, len(codes)) for v in variants]
    today = joined.with_columns(
        pl.col(VARIANT).replace_strict(dict(enumerate(mine)), return_dtype=pl.UInt32).alias("@today")
    )
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


def _rank(task: TaskHistory, now: datetime) -> int:
    if task.standing in IN_DOUBT:
        return _DOUBT
    if task.standing in SENT:
        send_at = task.sending.send_at
        return _WAITING if send_at is not None and send_at - BEFORE_IT_RINGS > now else _CALLED
    return _REJECTED if task.standing is Standing.REJECTED else 0
