"""Who is at the cap on calls, by key range."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import polars as pl

from runner.frames import PERSON, TASK
from runner.model.campaign import Campaign
from runner.model.policy import Caps
from runner.planning.caps import NOBODY, RINGS, at_cap, counting_in
from runner.ports import LedgerReader
from runner.preview.asked import Asked
from runner.preview.prepared import Prepared
from runner.preview.spreading import blocks_of, spread
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls that count for the cap on a campaign's people, in scratch by key range."""

    campaign: Campaign
    scratch: Scratch
    prefix: str

    def at_cap(self, people: pl.DataFrame, number: int) -> pl.DataFrame:
        """Return those (PERSON) of *people*, and perhaps others, of key range *number* whom the campaign may not call now."""
        caps, rings, name = self.campaign.caps, self.campaign.rings, f"{self.prefix}-{number}"
        if caps is None:
            return NOBODY
        if rings > caps.calls:
            return people.select(PERSON)
        return at_cap(self.scratch.read(name), caps, rings=rings) if name in self.scratch else NOBODY


def read_calls(asked: Asked, *, before: Sequence[Prepared] = ()) -> Calls:
    """Return the calls that count, cut into key ranges; none without a cap.

    Those of all campaigns in the ledger, and those that the campaigns planned *before* this one, in one plan, are to make;
    the latter in place of those in tasks that they replace.
    """
    campaign, prefix = asked.campaign, asked.names("calls")
    if campaign.caps is not None:
        replaced = frozenset(task.name for one in before for task in one.plan.replaces)
        made = _made(asked.ledger, campaign.caps, now=asked.now, without=replaced)
        spread(chain(made, _to_make(before)), former=asked.former, scratch=asked.scratch, prefix=prefix)
    return Calls(campaign=campaign, scratch=asked.scratch, prefix=prefix)


def _made(
    ledger: LedgerReader | None, caps: Caps, *, now: datetime, without: frozenset[str]
) -> Iterator[pl.DataFrame]:
    if ledger is not None:
        counting = counting_in(ledger, caps, now=now, without=without)
        yield from blocks_of(ledger, counting.sequences, counting.label)


def _to_make(before: Sequence[Prepared]) -> Iterator[pl.DataFrame]:
    for one in before:
        rings = pl.lit(one.campaign.rings, pl.UInt32).alias(RINGS)
        for people in one.ranges():
            # Who is sent once more under the name of a task in doubt counts by that one.
            first = people.filter(pl.col(TASK).is_null()) if TASK in people.columns else people
            yield first.select(PERSON, rings)
