"""Count the calls of a task's people once more, where another campaign came in between."""

import polars as pl

from runner.apply.desk import Desk
from runner.frames import PERSON
from runner.planning.caps import at_cap, counting_near, span


def below_cap(desk: Desk, people: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return those of *people* whom the campaign may call now, and the head of the ledger that this was counted at.

    Args:
        desk: of a campaign with a cap.
        people: PERSON, ascending, and anything else; in no task of this campaign that may ring.
    """
    caps = desk.campaign.caps
    # First the head: what is appended while it is counted is looked at by the intent.
    head = desk.ledger.head().sequence
    if caps is None:
        return people, head
    counting = counting_near(desk.ledger, caps, people, now=desk.clock.now())
    blocks = desk.ledger.blocks(counting.sequences, within=span(people))
    capped = at_cap(counting.label(blocks), caps, rings=desk.campaign.rings)
    return people.join(capped, on=PERSON, how="anti", maintain_order="left"), head
