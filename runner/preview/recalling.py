"""What the ledger says of the people of an earlier edition, by key range, for a campaign that calls some of them again."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from runner.audience.ranges import range_count, split
from runner.counts import people
from runner.errors import RefusedError
from runner.frames import OUTCOME_SCHEMA, PERSON, REASON
from runner.model.campaign import Again, Campaign, Missed
from runner.planning.history import History, fold
from runner.planning.recalling import (
    CALLS,
    CHOICE_SCHEMA,
    CHOSEN,
    NOW,
    RINGS,
    THEN,
    choices,
    kept,
    kind_of,
    open_blocks,
    strictest,
)
from runner.ports import LedgerReader, Progress
from runner.preview.asked import Asked
from runner.report.confirmed import READ, confirmed, records_of
from runner.sources.scratch import Scratch

_BLOCKS_AT_ONCE = 50
_SEQUENCE = "sequence"
_NO_RECORDS = pl.DataFrame(schema={name: OUTCOME_SCHEMA[name] for name in READ} | {_SEQUENCE: pl.Int64})
_OPEN_SCHEMA = pl.Schema({PERSON: pl.UInt128, RINGS: pl.UInt32})

LINEAGE_DIGITS = 8
"""So many digits of a ledger's lineage stand in a campaign file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who of an audience is recalled, in scratch by key range; without `[again]` nothing is said of anybody."""

    again: Again | None
    scratch: Scratch
    prefix: str

    def of_range(self, number: int) -> pl.DataFrame | None:
        """Return `CHOICE_SCHEMA` of the people of key range *number*; None where the campaign has no `[again]`."""
        if self.again is None:
            return None
        name = f"{self.prefix}-{number}"
        if name not in self.scratch:
            return pl.DataFrame(schema=CHOICE_SCHEMA)
        return strictest(self.scratch.read(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of the people of one key range of an earlier edition.

    Attributes:
        pinned: how many had a wanted outcome as of the block.
        said: `CHOICE_SCHEMA`, of all who have a call record, are in doubt, or may still ring.
        kinds: those to be recalled, by what became of them.
        is_thinned: people of that edition were forgotten, and are in here no more.
    """

    pinned: int
    said: pl.DataFrame = field(repr=False)
    kinds: dict[Missed, int]
    is_thinned: bool


def read_choices(asked: Asked, *, progress: Progress) -> Choices:
    """Return whom of its audience the campaign recalls, under the numbers that they have now.

    Raises:
        RefusedError: the block was made from another ledger, what it rests on is not kept any more, or the figures are
            others than it says.
    """
    campaign, ledger, former, scratch = asked.campaign, asked.ledger, asked.former, asked.scratch
    again, prefix = campaign.again, asked.names("recalled")
    found = Choices(again=again, scratch=scratch, prefix=prefix)
    if again is None:
        return found
    earlier_edition(campaign, ledger, of=again.of)
    if ledger is None or ledger.identity.lineage[:LINEAGE_DIGITS] != again.lineage:
        message = f"`[again]` was written from another ledger ({again.lineage}) than that of this environment"
        raise _refused(campaign, "again.as_of", "again-other-ledger", message, hint=_HINT)
    if again.sequence > ledger.head().sequence:
        message = f"`[again]` names entry {again.sequence}, which this ledger does not have"
        hint = "restore the newest copy of the ledger"
        raise _refused(campaign, "again.as_of", "again-ahead", message, hint=hint)
    pinned, is_thinned = 0, False
    earlier = f"{prefix}-earlier"
    for one in tell(
        campaign,
        again,
        ledger,
        scratch=scratch,
        prefix=earlier,
        ranges=former.ranges,
        now=asked.now,
        progress=progress,
    ):
        pinned += one.pinned
        is_thinned = one.is_thinned
        for number, part in split(former.present(one.said), former.ranges).items():
            scratch.append(f"{prefix}-{number}", part)
    # Of those who asked to be forgotten nothing is known any more: fewer are called than were reviewed.
    if pinned != again.people and not (is_thinned and 0 < pinned < again.people):
        message = (
            f"the figures moved: of edition {again.of}, {people(pinned)} had these outcomes as of {again.as_of}, "
            f"`[again] people` is {again.people:,}"
        )
        raise _refused(campaign, "again.people", "again-moved", message, hint=_HINT)
    return found


_HINT = "run `runner recall` with --renew and this ledger, and have the change reviewed"


def earlier_edition(campaign: Campaign, ledger: LedgerReader | None, *, of: str) -> History:
    """Return the history of the earlier edition *of* of *campaign*, former names included.

    Raises:
        RefusedError: nothing was handed over in it, or anybody may have been.
    """
    key = "again.of" if campaign.again is not None and campaign.again.of == of else "edition"
    names = (campaign.name, *campaign.formerly)
    history = History(()) if ledger is None else fold(ledger.entries(campaigns=names, edition=of))
    if history.closed_by:
        message = f"nobody knows who was called in edition {of}: a lost ledger knew"
        hint = "docs/ledger.md says how a closed edition is reopened"
        raise _refused(campaign, key, "again-closed", message, hint=hint)
    if not history.tasks:
        message = f"nothing was handed over in edition {of} of {campaign.name}, as far as this ledger knows"
        raise _refused(campaign, key, "again-nothing", message, hint="`runner status` names the editions")
    return history


def tell(
    campaign: Campaign,
    again: Again,
    ledger: LedgerReader,
    *,
    scratch: Scratch,
    prefix: str,
    ranges: int | None,
    now: datetime,
    progress: Progress,
) -> Iterator[Told]:
    """Yield what is said of the people of the earlier edition, range by range, under the keys that the ledger has them by.

    Args:
        campaign: whose edition it is.
        again: of which edition, whom, and as of when; not necessarily that of the campaign.
        ledger: what is known.
        scratch: for intermediate frames, under names that begin with *prefix*.
        prefix: of names.
        ranges: how many key ranges; None = as many as there have to be for these people.
        now: aware.
        progress: told of the entries that were read.

    Raises:
        RefusedError: nothing was handed over in it, anybody may have been, or its outcomes are not kept any more.
    """
    history = earlier_edition(campaign, ledger, of=again.of)
    if ranges is None:
        ranges = range_count(sum(task.people for task in history.tasks))
    sequences = [sequence for task in history.tasks for sequence in task.outcomes]
    left = kept(frozenset(sequences), ledger.erasures())
    if left.expired:
        raise _erased(campaign, again.of)
    done = 0
    for some in _batches(sequences):
        outcomes = ledger.outcomes(some)
        said_first = pl.col(_SEQUENCE).replace(left.origin) if left.origin else pl.col(_SEQUENCE)
        records = records_of(outcomes).select(*READ, said_first)
        for number, part in split(records, ranges).items():
            scratch.append(f"{prefix}-said-{number}", part)
        done += len(some)
        progress.step(f"outcomes of {again.of} read", done=done, total=len(sequences))
    still_open = open_blocks(history, now=now)
    for some in _batches(still_open.sequences):
        for number, part in split(still_open.label(ledger.blocks(some)), ranges).items():
            scratch.append(f"{prefix}-open-{number}", part)
    for number in range(ranges):
        said, open_ = f"{prefix}-said-{number}", f"{prefix}-open-{number}"
        known = known_people(scratch.read(said) if said in scratch else _NO_RECORDS, again)
        unsettled = scratch.read(open_) if open_ in scratch else pl.DataFrame(schema=_OPEN_SCHEMA)
        yield _told(known, unsettled, again.outcomes, is_thinned=bool(left.thinned))
        for name in (said, open_):
            if name in scratch:
                scratch.remove(name)


def known_people(records: pl.DataFrame, again: Again) -> pl.DataFrame:
    """Return PERSON, THEN, NOW and CALLS of the people of *records* (READ and ``sequence``); see `choices`."""
    kind = kind_of(again.outcomes)
    today = confirmed(records).select(PERSON, kind.alias(NOW), CALLS)
    before = records.filter(pl.col(_SEQUENCE) <= again.sequence)
    if before.height == records.height:
        return today.with_columns(pl.col(NOW).alias(THEN))
    then = confirmed(before).select(PERSON, kind.alias(THEN))
    return today.join(then, on=PERSON, how="left")


def _told(
    known: pl.DataFrame, open_: pl.DataFrame, outcomes: Collection[Missed], *, is_thinned: bool
) -> Told:
    said = choices(known, outcomes, open_=open_)
    wanted = [one.value for one in outcomes]
    chosen = said.filter(pl.col(REASON) == CHOSEN).join(known, on=PERSON, how="inner")
    counts = chosen.group_by(pl.col(NOW).cast(pl.String)).len().rows()
    return Told(
        pinned=known.filter(pl.col(THEN).cast(pl.String).is_in(wanted)).height,
        said=said,
        is_thinned=is_thinned,
        kinds={Missed(kind): count for kind, count in counts},
    )


def _batches(sequences: Sequence[int]) -> Iterator[Sequence[int]]:
    return (sequences[start : start + _BLOCKS_AT_ONCE] for start in range(0, len(sequences), _BLOCKS_AT_ONCE))


def _erased(campaign: Campaign, of: str) -> RefusedError:
    message = f"what became of the calls of edition {of} is not kept any more, at least in part: nobody can tell whom it missed"
    hint = "`RUNNER_OUTCOME_DAYS` says how long it is kept; a new edition without `[again]` calls the whole audience"
    return _refused(campaign, "again.of", "again-erased", message, hint=hint)


def _refused(campaign: Campaign, key: str, code: str, message: str, *, hint: str) -> RefusedError:
    return RefusedError(message, where=campaign.where(key), hint=hint, code=code)
