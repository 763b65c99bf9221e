"""One key range in pass 2: who is there, what they would hear, and in which bucket they end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from runner.audience.people import SUPPRESSED_SCHEMA, settle
from runner.audience.rows import RowList
from runner.compile.measure import Fault, faults_of
from runner.compile.printed import Printed
from runner.compile.program import Program
from runner.compile.render import render
from runner.compile.shape import ShapeStats, shape_stats
from runner.compile.slots.statistics import Rows
from runner.digest.keys import LedgerKey
from runner.errors import InvalidError
from runner.frames import BUCKET, PERSON, REASON, TASK, is_text
from runner.model.campaign import Campaign
from runner.model.capacity import Capacity
from runner.model.plan import CALLABLE, Bucket
from runner.planning.approval import with_approval, with_content
from runner.planning.caps import with_cap
from runner.planning.prior import PRIOR_BLOCK, PRIOR_COLUMNS, with_bucket
from runner.planning.recalling import as_they_would_be_called, not_recalled, with_choice
from runner.planning.replacing import called_again, replaced_count, unchanged_people
from runner.planning.review import REVIEWED_SCHEMA, Review, compare
from runner.planning.saved import ReviewedCampaign
from runner.planning.variants import Variant, with_variant
from runner.ports import Renderer
from runner.preview.caps import Calls
from runner.preview.history import Known
from runner.preview.reading import ReadAudience
from runner.preview.recalling import Choices
from runner.sources.scratch import Scratch

_CALLABLE = [bucket.value for bucket in Bucket if bucket in CALLABLE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One campaign between pass 1 and pass 2.

    Attributes:
        reviewed: only these people, as they were reviewed, are to be called; None = everybody new.
        over: the campaign has ended, so nobody new is called.
        calls: what counts for the cap on calls, read after `known`.
        choices: who is recalled, where that depends on an earlier edition; read after `known`, too.
        replacing: blocks of waiting tasks that are to be cancelled; None = it is not known yet which.
        again: blocks of tasks in doubt that may be sent again under their name.
    """

    campaign: Campaign
    audience: ReadAudience
    program: Program
    variants: tuple[Variant, ...]
    known: Known
    calls: Calls
    choices: Choices
    reviewed: ReviewedCampaign | None
    over: bool
    key: LedgerKey
    now: datetime
    capacity: Capacity
    replacing: frozenset[int] | None = None
    again: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Callable:
    """The people of one key range whom apply would call.

    Attributes:
        rendered: scratch name of their *rendered* frame of `runner.compile.render` with CONTENT and APPROVAL, but without
            its texts, which `runner.compile.render.with_texts` puts together again.
        rows: scratch name of all rows of the range, with their columns of the audience.
    """

    rendered: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The key range to work on.

    Attributes:
        number: of the range.
        name: of its rows in scratch.
        suppressed: `SUPPRESSED_SCHEMA`, of this range; None where there is nobody.
        reviewed: `REVIEWED_SCHEMA`, likewise.
    """

    number: int
    name: str
    suppressed: pl.DataFrame | None = field(repr=False)
    reviewed: pl.DataFrame | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a key range.

    Attributes:
        people: how many there are, each once.
        dropped: see `runner.audience.people.Settled`; likewise `conflicts`.
        failure: what is wrong with their texts.
        stats: what decides their forms; None where there is nobody to call.
        faults: what is wrong with the texts of people to call, however they are cut into slots.
        buckets: without those who could be called, and are not because of the cap on calls or of the review.
        capped: whom the cap leaves out.
        not_recalled: see `runner.planning.recalling.not_recalled`.
        unchanged: see `runner.planning.replacing.unchanged_people`; likewise `again`, of `called_again`.
        left_out: people of tasks taken back, or to be, who may not be called again as they are.
    """

    people: int
    dropped: pl.DataFrame = field(repr=False)
    conflicts: RowList
    failure: InvalidError | None = None
    buckets: dict[Bucket, int] = field(default_factory=dict)
    review: Review = field(default_factory=Review)
    callable: Callable | None = None
    stats: ShapeStats | None = None
    faults: Mapping[tuple[Fault, int], Rows] = field(default_factory=dict)
    capped: int = 0
    not_recalled: Mapping[str | None, int] = field(default_factory=dict)
    unchanged: dict[int, int] = field(default_factory=dict)
    again: dict[int, tuple[int, int]] = field(default_factory=dict)
    left_out: int = 0


def work_on(
    part: Part,
    case: Case,
    *,
    printed: Printed | None,
    renderer: Renderer,
    scratch: Scratch,
) -> Found:
    """Return what is found in *part*, and leave the people to call in *scratch*.

    Args:
        part: the range.
        case: the campaign.
        printed: what other ranges rendered; None where nothing is to be rendered, only rows to be settled. Nor is it where
            rows contradict each other.
        renderer: of texts.
        scratch: where rows and known people of the range are.
    """
    settled = settle(
        scratch.read(part.name),
        suppressed=pl.DataFrame(schema=SUPPRESSED_SCHEMA) if part.suppressed is None else part.suppressed,
        prefer=case.campaign.audience.prefer,
        types=case.audience.types,
    )
    found = Found(people=settled.people.height, dropped=settled.dropped, conflicts=settled.conflicts)
    if settled.conflicts or printed is None:
        return found
    try:
        people = with_variant(settled.people, case.campaign, case.variants)
        rendered = render(people, case.program, renderer, printed=printed)
    except InvalidError as error:
        return replace(found, failure=error)
    return _judged(rendered, part, case, found, scratch=scratch)


def _judged(rendered: pl.DataFrame, part: Part, case: Case, found: Found, *, scratch: Scratch) -> Found:
    frame = with_content(rendered, case.campaign, case.variants, case.key)
    frame = with_approval(frame, case.campaign, case.variants, case.key)
    prior = case.known.of_range(part.number)
    history = case.known.history
    replacing = case.replacing or frozenset()
    frame = with_bucket(
        frame,
        prior,
        case.variants,
        over=case.over,
        closed=bool(history.closed_by),
        withdrawn=history.withdrawn is not None,
        replacing=replacing,
        again=case.again,
    )
    before = frame = with_choice(frame, case.choices.of_range(part.number))
    # A call that waits or is in doubt counts already, and no more than the one that takes its place.
    theirs = frame.filter(pl.col(PRIOR_BLOCK).is_in(sorted(replacing | case.again))).select(PERSON)
    frame = with_cap(frame, case.calls.at_cap(frame, part.number).join(theirs, on=PERSON, how="anti"))
    callees = frame.filter(pl.col(BUCKET).is_in(_CALLABLE))
    found = replace(found, capped=before.filter(pl.col(BUCKET).is_in(_CALLABLE)).height - callees.height)
    if case.reviewed is not None:
        reviewed = pl.DataFrame(schema=REVIEWED_SCHEMA) if part.reviewed is None else part.reviewed
        callees, review = compare(frame, reviewed, prior, key=case.key, campaign=case.campaign)
        found = replace(found, review=review)
    found = replace(
        found,
        buckets=_counted(before, callees),
        unchanged=unchanged_people(as_they_would_be_called(before), prior, case.variants)
        if case.replacing is None
        else {},
        not_recalled=not_recalled(before),
        again=called_again(callees, prior, case.variants),
        left_out=replaced_count(before) - replaced_count(callees),
    )
    if not callees.height:
        if case.replacing is not None:
            scratch.remove(part.name)
        return found
    if case.again:
        is_again = pl.col(BUCKET) == Bucket.AGAIN.value
        callees = callees.with_columns(pl.when(is_again).then(pl.col(PRIOR_BLOCK)).alias(TASK))
    name = f"{part.name}-rendered"
    texts = [column for column in callees.columns if is_text(column)]
    scratch.write(name, callees.drop(BUCKET, *PRIOR_COLUMNS, *texts).drop(REASON, strict=False))
    return replace(
        found,
        callable=Callable(rendered=name, rows=part.name),
        stats=shape_stats(callees, case.program),
        faults=faults_of(callees, [one.index for one in case.program.texts], case.capacity),
    )


def _counted(frame: pl.DataFrame, callees: pl.DataFrame) -> dict[Bucket, int]:
    """Return how many rows of *frame* end in each bucket; of those that may be called, *callees* are."""
    counts = {Bucket(bucket): count for bucket, count in frame.group_by(BUCKET).len().rows()}
    counts |= dict.fromkeys(CALLABLE, 0)
    return counts | {Bucket(bucket): count for bucket, count in callees.group_by(BUCKET).len().rows()}
