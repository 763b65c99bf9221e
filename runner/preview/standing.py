"""Pass 2: key range by key range, settle who is there, render, and tell for each person in which bucket they end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from runner.audience.people import LIST, SUPPRESSED_SCHEMA, Settled, conflict_problem, settle
from runner.audience.ranges import split
from runner.audience.rows import RowList
from runner.compile.program import Program
from runner.compile.render import render
from runner.compile.shape import ShapeStats, shape_stats
from runner.digest.keys import LedgerKey
from runner.errors import InvalidError, Where
from runner.frames import BUCKET, REASON, ROW
from runner.model.campaign import Campaign
from runner.model.plan import Bucket, Reason
from runner.planning.approval import with_approval, with_content
from runner.planning.prior import with_bucket
from runner.planning.review import REVIEWED_SCHEMA, Review, compare
from runner.planning.saved import ReviewedCampaign
from runner.planning.variants import Variant, with_variant
from runner.ports import Progress, Renderer
from runner.preview.history import Known
from runner.preview.places import audience_place
from runner.preview.reading import ReadAudience
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One campaign between pass 1 and pass 2.

    Attributes:
        reviewed: only these people, as they were reviewed, are to be called; None = everybody new.
        over: the campaign has ended, so nobody new is called.
    """

    campaign: Campaign
    audience: ReadAudience
    program: Program
    variants: tuple[Variant, ...]
    known: Known
    reviewed: ReviewedCampaign | None
    over: bool
    key: LedgerKey
    now: datetime


@dataclass(frozen=True, slots=True)
class Callable:
    """The people of one key range whom apply would call.

    Attributes:
        rendered: scratch name of the *texts* frame of `runner.frames` with CONTENT and APPROVAL, and the pieces that
            `runner.compile.shape` needs.
        rows: scratch name of all rows of the range, with their columns of the audience.
    """

    rendered: str
    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where every row of an audience ended.

    Attributes:
        callable: by key range, where the people are whom apply would call.
        stats: what decides their forms; None where there is nobody.
        buckets: rows by bucket; they sum up to the rows of the audience.
    """

    callable: tuple[Callable, ...]
    stats: ShapeStats | None
    buckets: dict[Bucket, int]
    reasons: tuple[Reason, ...]
    review: Review | None


def stand(case: Case, *, renderer: Renderer, scratch: Scratch, progress: Progress) -> Standing:
    """Return where every row ended, and leave the people to call in *scratch*.

    Raises:
        InvalidError: rows contradict each other, or a text cannot be rendered for some.
    """
    return _Pass(case, renderer, scratch).run(progress)


@dataclass
class _Pass:
    case: Case
    renderer: Renderer
    scratch: Scratch
    buckets: Counter[Bucket] = field(default_factory=Counter)
    reasons: dict[tuple[Bucket, str], RowList] = field(default_factory=dict)
    conflicts: RowList = field(default_factory=RowList)
    review: Review = field(default_factory=Review)
    callable: list[Callable] = field(default_factory=list)
    stats: ShapeStats | None = None

    def run(self, progress: Progress) -> Standing:
        audience, reviewed = self.case.audience, self.case.reviewed
        for reason, rows in audience.invalid.items():
            self._drop(Bucket.INVALID, reason, rows)
        suppressed = split(audience.suppressed, len(audience.ranges))
        reviewed_parts = split(reviewed.people, len(audience.ranges)) if reviewed is not None else {}
        done = 0
        for number, name in enumerate(audience.ranges):
            if name in self.scratch:
                people = self._settle(name, suppressed.get(number))
                done += people.height
                if not self.conflicts:
                    self._compile(name, number, people, reviewed_parts.get(number))
                progress.step("people compiled", done=done, total=audience.rows)
        if self.conflicts:
            where = Where(path=audience_place(self.case.campaign))
            raise InvalidError([conflict_problem(self.conflicts, where)])
        return Standing(
            callable=tuple(self.callable),
            stats=self.stats,
            buckets={bucket: count for bucket, count in self.buckets.items() if count},
            reasons=self._reasons(),
            review=None if reviewed is None else self.review + Review(reviewed=reviewed.people.height),
        )

    def _settle(self, name: str, suppressed: pl.DataFrame | None) -> pl.DataFrame:
        settled = settle(
            self.scratch.read(name),
            suppressed=pl.DataFrame(schema=SUPPRESSED_SCHEMA) if suppressed is None else suppressed,
            prefer=self.case.campaign.audience.prefer,
            types=self.case.audience.types,
        )
        self.conflicts += settled.conflicts
        self._drop_settled(settled)
        return settled.people

    def _compile(self, name: str, number: int, people: pl.DataFrame, reviewed: pl.DataFrame | None) -> None:
        case = self.case
        frame = render(with_variant(people, case.campaign, case.variants), case.program, self.renderer)
        frame = with_content(frame, case.campaign, case.variants, case.key)
        frame = with_approval(frame, case.campaign, case.variants, case.key)
        prior = case.known.of_range(number)
        frame = with_bucket(frame, prior, case.variants, over=case.over)
        for bucket, count in frame.group_by(BUCKET).len().rows():
            self.buckets[Bucket(bucket)] += count
        if case.reviewed is not None:
            part = pl.DataFrame(schema=REVIEWED_SCHEMA) if reviewed is None else reviewed
            callees, review = compare(frame, part, prior, campaign=case.campaign, key=case.key)
            self._set_aside(review)
        else:
            callees = frame.filter(pl.col(BUCKET) == Bucket.NEW.value)
        if callees.height:
            stats = shape_stats(callees, case.program)
            self.stats = stats if self.stats is None else self.stats + stats
            self.scratch.write(f"{name}-rendered", callees)
            self.callable.append(Callable(rendered=f"{name}-rendered", rows=name))
        else:
            self.scratch.remove(name)

    def _set_aside(self, review: Review) -> None:
        """Count those who are new today, but not as reviewed, as outside."""
        self.review += review
        for reason, count in (
            ("not reviewed", review.unreviewed),
            ("changed since the review", review.changed),
        ):
            self.buckets[Bucket.NEW] -= count
            self._drop(Bucket.OUTSIDE, reason, RowList(count=count))

    def _drop_settled(self, settled: Settled) -> None:
        lists = self.case.campaign.audience.exclude_addresses
        for (bucket, reason, position), rows in settled.dropped.group_by(BUCKET, REASON, LIST):
            words = str(reason) if position is None else f"by {lists[int(str(position))]}"
            self._drop(Bucket(str(bucket)), words, RowList.of(rows[ROW]))

    def _drop(self, bucket: Bucket, reason: str, rows: RowList) -> None:
        if rows:
            self.buckets[bucket] += rows.count
            self.reasons[bucket, reason] = self.reasons.get((bucket, reason), RowList()) + rows

    def _reasons(self) -> tuple[Reason, ...]:
        ordered = sorted(
            self.reasons.items(), key=lambda one: (list(Bucket).index(one[0][0]), -one[1].count, one[0][1])
        )
        found = [
            Reason(bucket=bucket, text=text, count=rows.count, rows=rows.first)
            for (bucket, text), rows in ordered
        ]
        if self.case.over and self.buckets[Bucket.OUTSIDE]:
            count = self.buckets[Bucket.OUTSIDE]
            found.append(Reason(bucket=Bucket.OUTSIDE, text="`not_after` is past", count=count))
        return tuple(found)
