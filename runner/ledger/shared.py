"""Whether other campaigns sent something to the people of a block since their calls were counted."""

import polars as pl
from sqlalchemy import Connection, select

from runner.errors import RecountError
from runner.frames import PERSON
from runner.ledger.blocks import frame_of
from runner.ledger.checked import checked_blocks, near
from runner.ledger.schema import blocks, entries


def refuse_shared(connection: Connection, campaign: str, block: pl.DataFrame, *, since: int) -> None:
    """Return if nothing was sent after the entry *since* by campaigns other than *campaign* to people of *block*.

    Chunks are cut in the order of the person keys, so most blocks of another campaign are told from this one by their
    first and last key alone.

    Args:
        connection: of a transaction that holds the lock on the head, so that nobody else appends beside it.
        campaign: whose intent this is; what else it sends, it sends under the same lease and to other people.
        block: PERSON, ascending, and others.
        since: sequence of an entry.

    Raises:
        RecountError: something was sent.
    """
    people = block.select(PERSON)
    newer = (
        select(entries.c.sequence)
        .join_from(entries, blocks, entries.c.sequence == blocks.c.sequence)
        .where(entries.c.sequence > since, entries.c.campaign != campaign)
        .where(near((people[0, PERSON], people[-1, PERSON])))
        .order_by(entries.c.sequence)
    )
    for other in checked_blocks(connection, list(connection.scalars(newer))):
        if people.join(frame_of([other]), on=PERSON, how="semi").height:
            raise RecountError(
                f"another campaign sent something to people of this task of {campaign} after their calls were counted",
                hint="Repeat the command: it counts again.",
                code="recount",
            )
