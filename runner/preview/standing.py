"""Pass 2: key range by key range, settle who is there, render, and tell for each person in which bucket they end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import add

import polars as pl

from runner.audience.people import LIST, conflict_problem
from runner.audience.ranges import split
from runner.audience.rows import RowList
from runner.compile.measure import Fault
from runner.compile.printed import Printed
from runner.compile.shape import ShapeStats
from runner.compile.slots.statistics import Rows, merged
from runner.errors import InvalidError, Where
from runner.frames import BUCKET, REASON, ROW
from runner.model.plan import Bucket, Reason
from runner.planning.review import Review
from runner.ports import Progress, Renderer
from runner.preview.ordered import in_order
from runner.preview.part import Callable, Case, Found, Part, work_on
from runner.preview.places import audience_place
from runner.sources.scratch import Scratch

BY_COMMAND = "`runner suppress`"
"""How whoever is suppressed in the ledger is named in the place of an exclusion list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where every row of an audience ended.

    Attributes:
        callable: by key range, where the people are whom apply would call.
        stats: what decides their forms; None where there is nobody.
        faults: what is wrong with their texts, see `runner.compile.measure.Measures`.
        buckets: rows by bucket; they sum up to the rows of the audience.
        unchanged: people by waiting task, see `runner.planning.replacing.unchanged_people`; likewise `again`.
        left_out: people of tasks taken back, or to be, whom the reviewed plan does not let be called again.
    """

    callable: tuple[Callable, ...]
    stats: ShapeStats | None
    faults: Mapping[tuple[Fault, int], Rows]
    buckets: dict[Bucket, int]
    reasons: tuple[Reason, ...]
    review: Review | None
    unchanged: Mapping[int, int]
    again: Mapping[int, tuple[int, int]]
    left_out: int


def stand(case: Case, *, renderer: Renderer, scratch: Scratch, progress: Progress) -> Standing:
    """Return where every row ended, and leave the people to call in *scratch*.

    Raises:
        InvalidError: rows contradict each other, or a text cannot be rendered for some.
    """
    return _Pass(case, renderer, scratch).run(progress)


@dataclass
class _Pass:
    """Ranges are worked on side by side; what was found in them is added up in their order."""

    case: Case
    renderer: Renderer
    scratch: Scratch
    printed: Printed = field(default_factory=Printed)
    buckets: Counter[Bucket] = field(default_factory=Counter)
    reasons: dict[tuple[Bucket, str], RowList] = field(default_factory=dict)
    conflicts: RowList = field(default_factory=RowList)
    review: Review = field(default_factory=Review)
    callable: list[Callable] = field(default_factory=list)
    stats: ShapeStats | None = None
    faults: Mapping[tuple[Fault, int], Rows] = field(default_factory=dict)
    unchanged: Counter[int] = field(default_factory=Counter)
    again: dict[int, tuple[int, int]] = field(default_factory=dict)
    left_out: int = 0

    def run(self, progress: Progress) -> Standing:
        audience, reviewed = self.case.audience, self.case.reviewed
        for reason, rows in audience.invalid.items():
            self._drop(Bucket.INVALID, reason, rows)
        done = 0
        for found in in_order(self._work_on, self._parts()):
            self._add(found)
            done += found.people
            progress.step("people compiled", done=done, total=audience.rows)
        if self.conflicts:
            where = Where(path=audience_place(self.case.campaign))
            raise InvalidError([conflict_problem(self.conflicts, where)])
        return Standing(
            callable=tuple(self.callable),
            stats=self.stats,
            faults=self.faults,
            buckets={bucket: count for bucket, count in self.buckets.items() if count},
            reasons=self._reasons(),
            review=None if reviewed is None else self.review + Review(reviewed=reviewed.people.height),
            unchanged=self.unchanged,
            again=self.again,
            left_out=self.left_out,
        )

    def _parts(self) -> list[Part]:
        audience, reviewed = self.case.audience, self.case.reviewed
        suppressed = split(audience.suppressed, len(audience.ranges))
        reviewed_parts = split(reviewed.people, len(audience.ranges)) if reviewed is not None else {}
        return [
            Part(
                number=number,
                name=name,
                suppressed=suppressed.get(number),
                reviewed=reviewed_parts.get(number),
            )
            for number, name in enumerate(audience.ranges)
            if name in self.scratch
        ]

    def _work_on(self, part: Part) -> Found:
        # Once rows are known to contradict each other, nothing is to come but the others that do.
        return work_on(
            part,
            self.case,
            printed=None if self.conflicts else self.printed,
            renderer=self.renderer,
            scratch=self.scratch,
        )

    def _add(self, found: Found) -> None:
        self.conflicts += found.conflicts
        # What is wrong with texts is said only where no row before contradicts another, however ranges overtake.
        if found.failure is not None and not self.conflicts:
            raise found.failure
        self._drop_settled(found.dropped)
        self.buckets.update(found.buckets)
        self._leave_out(found.capped, self._cap)
        for reason, count in found.not_recalled.items():
            self._tell(Bucket.NOT_RECALLED, self._earlier(reason), RowList(count=count))
        self.unchanged.update(found.unchanged)
        self.again = merged(self.again, found.again, _both)
        self.left_out += found.left_out
        if self.case.reviewed is not None:
            self._set_aside(found.review)
        if found.callable is not None and found.stats is not None:
            self.callable.append(found.callable)
            self.stats = found.stats if self.stats is None else self.stats + found.stats
            self.faults = merged(self.faults, found.faults, add)

    def _set_aside(self, review: Review) -> None:
        """Count those who could be called today, but not as reviewed, as outside."""
        self.review += review
        for reason, count in (
            ("not reviewed", review.unreviewed),
            ("changed since the review", review.changed),
        ):
            self._leave_out(count, reason)

    def _leave_out(self, count: int, reason: str) -> None:
        """Count so many of those who could be called as outside."""
        self._drop(Bucket.OUTSIDE, reason, RowList(count=count))

    @property
    def _cap(self) -> str:
        """Return the reason of those whom the cap on calls leaves out."""
        return f"the cap of {self.case.campaign.caps}"

    def _earlier(self, reason: str | None) -> str:
        """Return why somebody of an earlier edition is not recalled."""
        again = self.case.campaign.again
        of = again.of if again is not None else ""
        return f"nothing confirmed in {of}" if reason is None else f"{reason.replace('_', ' ')} in {of}"

    def _drop_settled(self, dropped: pl.DataFrame) -> None:
        lists = (*self.case.campaign.audience.exclude_addresses, BY_COMMAND)
        for (bucket, reason, position), rows in dropped.group_by(BUCKET, REASON, LIST):
            words = str(reason) if position is None else f"by {lists[int(str(position))]}"
            self._drop(Bucket(str(bucket)), words, RowList.of(rows[ROW]))

    def _drop(self, bucket: Bucket, reason: str, rows: RowList) -> None:
        if rows:
            self.buckets[bucket] += rows.count
            self._tell(bucket, reason, rows)

    def _tell(self, bucket: Bucket, reason: str, rows: RowList) -> None:
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


def _both(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    return first[0] + second[0], first[1] + second[1]
