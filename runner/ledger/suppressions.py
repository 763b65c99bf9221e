"""Who asked never to be called again: of each person the newest word counts."""

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Connection, bindparam, select

from runner.errors import SuppressedError
from runner.frames import BLOCK_SCHEMA, CONTENT, PERSON
from runner.ledger.blocks import SEQUENCE, Block, frame_of, packed_block
from runner.ledger.checked import blocks_of_kinds
from runner.ledger.frequent import Frequent
from runner.ledger.schema import entries
from runner.model.people_fact import Suppressed, SuppressionLifted

_SUPPRESSED, _LIFTED = "suppressed", "unsuppressed"
_PEOPLE_A_BLOCK = 10_000

_NEWER = Frequent(
    select(entries.c.sequence)
    .where(entries.c.kind == _SUPPRESSED, entries.c.sequence > bindparam("since"))
    .limit(1)
)


def suppressed_people(
    connection: Connection, *, after: int = 0, within: tuple[int, int] | None = None
) -> pl.DataFrame:
    """Return who is suppressed by what was said after the entry *after*: PERSON, ascending, and ``sequence``: Int64.

    With *within*, those may be left out who are not from the first person key to the last one of it.
    """
    found, kinds = blocks_of_kinds(connection, (_SUPPRESSED, _LIFTED), after=after, within=within)
    is_suppressed = pl.col(SEQUENCE).is_in([s for s, kind in kinds.items() if kind == _SUPPRESSED])
    newest = frame_of(found).sort(PERSON, SEQUENCE).unique(PERSON, keep="last", maintain_order=True)
    return newest.filter(is_suppressed).select(PERSON, SEQUENCE)


def refuse_suppressed(connection: Connection, *, since: int) -> None:
    """Return if nobody was suppressed after the entry *since*.

    Whom that concerns is looked at by whoever asked, outside of this transaction: an audience may know people under
    numbers that they had before.

    Args:
        connection: of a transaction that holds the lock on the head, so that nobody else appends beside it.
        since: sequence of an entry.

    Raises:
        SuppressedError: somebody was.
    """
    if _NEWER.run(connection, {"since": since}):
        raise SuppressedError(
            "people were suppressed after it was looked who is",
            hint="Repeat the command: it looks again.",
            code="suppressed-since",
        )


def suppressing(
    connection: Connection, people: pl.Series, *, reason: str, by: str, lift: bool
) -> Iterator[tuple[Suppressed | SuppressionLifted, Block]]:
    """Yield, each with its block, what is to be appended for *people* (PERSON) to be suppressed, or with *lift* not any more.

    Those are left out for whom it is no news.

    Args:
        connection: of a transaction that holds the lock on the head.
        people: in any order, repeated or not.
        reason: in the words of whoever wants it.
        by: who that is.
        lift: they are not suppressed any more.
    """
    fact_type = SuppressionLifted if lift else Suppressed
    for frame in _new_to(connection, people, lift=lift):
        yield fact_type(people=frame.height, reason=reason, by=by), packed_block(0, frame)


def _new_to(connection: Connection, people: pl.Series, *, lift: bool) -> Iterator[pl.DataFrame]:
    """Yield blocks (`BLOCK_SCHEMA`) of those of *people* for whom it is news that they are suppressed, or not any more."""
    asked = people.unique().sort().to_frame(PERSON)
    if asked.is_empty():
        return
    known = suppressed_people(connection, within=(asked[0, PERSON], asked[-1, PERSON]))
    news = asked.join(known, on=PERSON, how="semi" if lift else "anti", maintain_order="left")
    # There is nothing that they would hear.
    frame = news.select(PERSON, pl.lit(0, pl.UInt128).alias(CONTENT)).select(BLOCK_SCHEMA.names())
    yield from frame.iter_slices(_PEOPLE_A_BLOCK)
