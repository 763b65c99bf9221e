"""Count the calls of a task's people once more, where another campaign came in between."""

import polars as pl

from runner.apply.desk import Desk
from runner.frames import PERSON
from runner.model.policy import Caps
from runner.planning.caps import at_cap, counting_in, counting_near, span
from runner.preview.prepared import Prepared


def below_cap(desk: Desk, prepared: Prepared, people: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return those of *people* whom the campaign may call now, and the head of the ledger that this was counted at.

    Args:
        desk: of a campaign with a cap.
        prepared: the campaign.
        people: PERSON, ascending, and anything else; in no task of this campaign that may ring.
    """
    caps = desk.campaign.caps
    # First the head: what is appended while it is counted is looked at by the intent.
    head = desk.ledger.head().sequence
    if caps is None:
        return people, head
    calls = _calls(desk, caps, prepared, people)
    capped = at_cap(calls, caps, rings=desk.campaign.rings)
    return people.join(capped, on=PERSON, how="anti", maintain_order="left"), head


def _calls(desk: Desk, caps: Caps, prepared: Prepared, people: pl.DataFrame) -> pl.DataFrame:
    ledger, now = desk.ledger, desk.clock.now()
    if not prepared.is_renumbered:
        counting = counting_near(ledger, caps, people, now=now)
        return counting.label(ledger.blocks(counting.sequences, within=span(people)))
    # The keys of former numbers lie anywhere.
    counting = counting_in(ledger, caps, now=now)
    return prepared.present(counting.label(ledger.blocks(counting.sequences)))
