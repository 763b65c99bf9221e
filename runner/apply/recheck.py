"""Look once more at what is confirmed of a task's people, where they are called because an earlier edition missed them."""

from dataclasses import replace

import polars as pl

from runner.apply.desk import Desk
from runner.frames import PERSON
from runner.model.outcome_fact import TaskOutcomes
from runner.planning.cut import Chunk
from runner.planning.history import fold
from runner.planning.recalling import kind_of, open_blocks
from runner.preview.prepared import Prepared
from runner.report.confirmed import confirmed


def still_recalled(desk: Desk, prepared: Prepared, chunk: Chunk) -> Chunk:
    """Return *chunk* without those whom evidence since the plan tells to be reached, or in doubt, in the earlier edition.

    What came since is looked at by itself: who has any record by now that would not have her called again is left out.
    """
    campaign, ledger = desk.campaign, desk.ledger
    again = campaign.again
    if again is None:
        return chunk
    names = (campaign.name, *campaign.formerly)
    entries = ledger.entries(campaigns=names, edition=again.of)
    newer = [entry for entry in entries if entry.sequence > prepared.planned_at]
    if not newer:
        return chunk
    outcomes = ledger.outcomes([entry.sequence for entry in newer if isinstance(entry.fact, TaskOutcomes)])
    kind = kind_of(again.outcomes).cast(pl.String)
    reached = confirmed(outcomes).filter(~kind.is_in([one.value for one in again.outcomes]))
    rings = open_blocks(fold(entries), now=desk.clock.now()).rings
    doubtful = ledger.blocks([sequence for sequence, number in rings.items() if number is None])
    theirs = prepared.present(pl.concat([reached.select(PERSON), doubtful.select(PERSON)]))
    people = chunk.frame.join(theirs, on=PERSON, how="anti", maintain_order="left")
    return chunk if people.height == chunk.frame.height else replace(chunk, frame=people)
