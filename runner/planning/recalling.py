"""Whom an edition with `[again]` calls: those of an earlier edition with a certain confirmed outcome. Pure.

Only what call records confirmed counts, and twice: as far as the ledger went when the block was written, which is what was
reviewed, and today. Somebody whose outcome is another one by now is not called, and who has it only now is not either.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from runner.frames import BUCKET, CONFIRMED, KEY_TYPE, PERSON, REASON
from runner.model.campaign import Missed
from runner.model.entry import Entry
from runner.model.outcome_fact import OutcomesErased
from runner.model.plan import CALLABLE, Bucket
from runner.planning.history import IN_DOUBT, SENT, History, TaskHistory
from runner.planning.prior import is_waiting

DOUBT, TO_RING, MOVED, LATER = "in doubt", "may still ring", "another outcome by now", "confirmed later"
REACHED, UNKNOWN = "answered", "unknown"
CHOSEN = "chosen"

CHOICE_TYPE: Final = pl.Enum(
    [
        *(DOUBT, TO_RING, MOVED, LATER, REACHED),
        *(one.value for one in Missed),
        *(UNKNOWN, CHOSEN),
    ]
)
"""What is to be said of somebody: CHOSEN, or why not. The order is the weight: of several the first one stands."""

CHOICE_SCHEMA: Final = pl.Schema({PERSON: KEY_TYPE, REASON: CHOICE_TYPE})

ROUNDS_END: Final = timedelta(days=3)
"""How long after its time a task's recall rounds may ring: they wait for the hours of the next days."""

THEN, NOW, RINGS, PRESSED, CALLS = "@then", "@now", "@rings", "@pressed", "@calls"
"""Columns: kinds of `kind_of` as of the block and today; how often a task may ring; see `runner.report.confirmed`."""

_CALLABLE = [bucket.value for bucket in Bucket if bucket in CALLABLE]


def kind_of(outcomes: Collection[Missed]) -> pl.Expr:
    """Return, for a frame of `runner.report.confirmed.confirmed`, what each person is for *outcomes*, as CHOICE_TYPE.

    Who answered and pressed no key is told from who pressed one only where *outcomes* asks for it.
    """
    outcome = pl.col(CONFIRMED).cast(pl.String)
    is_keyless = (outcome == REACHED) & ~pl.col(PRESSED) & pl.lit(Missed.NO_KEY in outcomes)
    kind = pl.when(is_keyless).then(pl.lit(Missed.NO_KEY.value)).otherwise(outcome)
    return kind.cast(CHOICE_TYPE)


def choices(known: pl.DataFrame, outcomes: Collection[Missed], *, open_: pl.DataFrame) -> pl.DataFrame:
    """Return `CHOICE_SCHEMA`, one row for each person of the earlier edition of whom anything is to be said.

    Args:
        known: PERSON, THEN, NOW, CALLS of today: who has a call record, each once. Null: none as of then.
        outcomes: who has one of these is to be called.
        open_: of `open_people`: who may be called by the earlier edition yet, or may have been without anybody knowing.
    """
    wanted = [one.value for one in outcomes]
    then, now = pl.col(THEN).is_in(wanted).fill_null(value=False), pl.col(NOW).is_in(wanted)
    choice = (
        pl.when(then & now)
        .then(pl.lit(CHOSEN))
        .when(then)
        .then(pl.lit(MOVED))
        .when(now)
        .then(pl.lit(LATER))
        .otherwise(pl.col(NOW).cast(pl.String))
        .cast(CHOICE_TYPE)
    )
    said = known.select(PERSON, choice.alias(REASON))
    return strictest(pl.concat([said, _still_open(known, open_)]))


def _still_open(known: pl.DataFrame, open_: pl.DataFrame) -> pl.DataFrame:
    """Return `CHOICE_SCHEMA` of those in doubt, and of those who were not rung as often as they may be."""
    joined = open_.join(known.select(PERSON, CALLS), on=PERSON, how="left")
    left = joined.filter(
        pl.col(RINGS).is_null() | (pl.col(CALLS).fill_null(0) < pl.col(RINGS)),
    )
    why = pl.when(pl.col(RINGS).is_null()).then(pl.lit(DOUBT)).otherwise(pl.lit(TO_RING))
    return left.select(PERSON, why.cast(CHOICE_TYPE).alias(REASON))


def strictest(said: pl.DataFrame) -> pl.DataFrame:
    """Return *said* (`CHOICE_SCHEMA`), each person once: with the reason against a call where there is one."""
    return (
        said.group_by(PERSON)
        .agg(pl.col(REASON).to_physical().min())
        .select(
            PERSON,
            pl.col(REASON)
            .replace_strict(dict(enumerate(CHOICE_TYPE.categories)), return_dtype=CHOICE_TYPE)
            .alias(REASON),
        )
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of entries with outcomes.

    Attributes:
        expired: entries whose outcomes nobody has any more.
        thinned: entries that single people were taken out of, because they are to be forgotten.
        origin: of an entry with the rest of another one, the entry that said it first.
    """

    expired: frozenset[int]
    thinned: frozenset[int]
    origin: dict[int, int]


def kept(sequences: Collection[int], erasures: Collection[Entry]) -> Kept:
    """Return what is left of the entries *sequences* by *erasures*, ascending, of the whole ledger."""
    expired, thinned = set[int](), set[int]()
    origin: dict[int, int] = {}
    for erasure in erasures:
        fact = erasure.fact
        if not isinstance(fact, OutcomesErased) or fact.entry not in sequences:
            continue
        if not fact.is_of_people:
            expired.add(fact.entry)
            continue
        thinned.add(fact.entry)
        if erasure.sequence + 1 in sequences:
            origin[erasure.sequence + 1] = origin.get(fact.entry, fact.entry)
    return Kept(expired=frozenset(expired), thinned=frozenset(thinned), origin=origin)


@dataclass(frozen=True, slots=True)
class Open:
    """Which blocks of the earlier edition hold people who are not done with.

    Attributes:
        rings: by the block's sequence how often it may ring somebody; None = it is in doubt who was called.
    """

    rings: dict[int, int | None]

    @property
    def sequences(self) -> tuple[int, ...]:
        """Return the sequences of those blocks, ascending."""
        return tuple(sorted(self.rings))

    def label(self, blocks: pl.DataFrame) -> pl.DataFrame:
        """Return PERSON and RINGS (UInt32) of *blocks* (PERSON, ``sequence`` and others)."""
        schema = {"sequence": pl.Int64, RINGS: pl.UInt32}
        table = pl.DataFrame(sorted(self.rings.items()), schema=schema, orient="row")
        return blocks.select(PERSON, "sequence").join(table, on="sequence", how="inner").select(PERSON, RINGS)


def open_blocks(history: History, *, now: datetime) -> Open:
    """Return the blocks of *history*, of the earlier edition, whose people may be called yet, or may have been.

    In doubt: the tasks that are, and earlier attempts that may have been taken. To ring yet: what waits, and tasks whose
    recall rounds were not all seen to be over.
    """
    return Open({block: rings for task in history.tasks for block, rings in _open_in(task, now)})


def _open_in(task: TaskHistory, now: datetime) -> Iterator[tuple[int, int | None]]:
    if task.standing in IN_DOUBT:
        yield from ((attempt.block, None) for attempt in task.attempts)
        return
    yield from ((attempt.block, None) for attempt in task.attempts[1:])
    if task.standing not in SENT:
        return
    has_rounds = task.sending.rings > 1 and not task.over and not task.are_rounds_over
    if is_waiting(task, now=now) or (has_rounds and now < task.sending.calls_at + ROUNDS_END):
        yield task.block, task.sending.rings


def with_choice(frame: pl.DataFrame, said: pl.DataFrame | None) -> pl.DataFrame:
    """Return *frame* (PERSON, BUCKET of `runner.planning.prior.with_bucket`) with REASON, and whom nobody recalls set aside.

    REASON is CHOSEN or why not, null for people of whom nothing is confirmed. Who is in doubt in this very edition stays so.

    Args:
        frame: today's people.
        said: of `choices`, of these people; None where the campaign has no `[again]`: then REASON is not added.
    """
    if said is None:
        return frame
    joined = frame.join(said, on=PERSON, how="left", maintain_order="left")
    is_left = pl.col(BUCKET).is_in(_CALLABLE) & (pl.col(REASON) != CHOSEN).fill_null(value=True)
    bucket = (
        pl.when(is_left & (pl.col(BUCKET) == Bucket.AGAIN.value))
        .then(pl.lit(Bucket.IN_DOUBT.value))
        .when(is_left)
        .then(pl.lit(Bucket.NOT_RECALLED.value))
        .otherwise(pl.col(BUCKET).cast(pl.String))
        .cast(frame.schema[BUCKET])
    )
    return joined.with_columns(bucket.alias(BUCKET))


def not_recalled(frame: pl.DataFrame) -> dict[str | None, int]:
    """Return why how many rows of *frame* (of `with_choice`) are not recalled; None: nothing is confirmed of them."""
    if REASON not in frame.columns:
        return {}
    left = frame.filter(pl.col(BUCKET) == Bucket.NOT_RECALLED.value)
    return dict(left.group_by(pl.col(REASON).cast(pl.String)).len().rows())


def as_they_would_be_called(frame: pl.DataFrame) -> pl.DataFrame:
    """Return *frame* (of `with_choice`) without those who would not be recalled today, though their call may wait."""
    return frame.filter(pl.col(REASON) == CHOSEN) if REASON in frame.columns else frame
