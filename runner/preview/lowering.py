"""From rendered people to slots: forms, measures, allocation, and the proof, over key ranges in scratch."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

from runner.compile.allocate import allocation_of
from runner.compile.form import Form
from runner.compile.lower import lower
from runner.compile.measure import Measures, measure
from runner.compile.program import Program
from runner.compile.render import render_plain, with_texts
from runner.compile.segments import Segments, SmsProfile, segments_of
from runner.compile.shape import FormRegistry, ShapeStats, shape
from runner.compile.slots.layout import Allocation
from runner.compile.slots.proof import ProofError
from runner.compile.slots.questions import Question
from runner.compile.slots.statistics import merged
from runner.errors import Where
from runner.frames import APPROVAL, COHORT, CONTENT, ROW, TASK, VARIANT, is_text, text
from runner.model.campaign import Limits
from runner.model.capacity import Capacity
from runner.model.texts import is_sms
from runner.ports import Renderer
from runner.preview.ordered import in_order
from runner.preview.part import Callable
from runner.preview.standing import Standing
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """Callees in scratch, by key range, with their cohorts.

    Attributes:
        names: scratch names, ascending: the frame *callees* of `runner.frames` with APPROVAL and COHORT.
        forms: how many people have each form.
        segments: of each SMS, by number of the text.
    """

    names: tuple[str, ...]
    allocation: Allocation
    registry: FormRegistry
    forms: dict[Form, int]
    segments: dict[int, Segments]


def lower_all(
    standing: Standing,
    program: Program,
    capacity: Capacity,
    limits: Limits,
    *,
    places: Mapping[int, Where],
    renderer: Renderer,
    scratch: Scratch,
) -> Lowered:
    """Give out slots to the rendered people of *standing*, and prove it.

    Every row is substituted back and compared; plain Jinja2 is run for some rows of every skeleton.

    Raises:
        InvalidError: something does not fit.
        ProofError: a bug.
    """
    if standing.stats is None:
        return Lowered(names=(), allocation=Allocation(()), registry=FormRegistry(), forms={}, segments={})
    ranges = _Ranges(program, standing.stats, capacity, renderer, scratch)
    faults = Measures(groups={}, answers={}, faults=standing.faults)
    first = ranges.measure((), standing.callable) + faults
    allocation = allocation_of(
        lambda questions: ranges.measure(questions, standing.callable) if questions else first,
        ranges.registry.forms,
        capacity,
        per_task=limits.per_task,
        max_tasks=limits.tasks,
        places=places,
    )
    segments: dict[int, Segments] = {}
    for found in in_order(lambda one: ranges.lower(one, allocation), standing.callable):
        segments = merged(segments, found, add)
    return Lowered(
        names=tuple(f"{one.rendered}-lowered" for one in standing.callable),
        allocation=allocation,
        registry=ranges.registry,
        forms=_people_by_form(first, ranges.registry),
        segments=segments,
    )


@dataclass
class _Ranges:
    """Works on ranges side by side. Each is shaped anew whenever it is looked at: that costs less than a copy in scratch."""

    program: Program
    stats: ShapeStats
    capacity: Capacity
    renderer: Renderer
    scratch: Scratch
    registry: FormRegistry = field(default_factory=FormRegistry)

    def measure(self, questions: Sequence[Question], callable_: Sequence[Callable]) -> Measures:
        """Return the first measures of all ranges together, or their answers to *questions*."""
        # Shaped here in the order of the ranges, so that forms are numbered alike whichever thread is faster.
        shaped = (self._shaped(self.scratch.read(one.rendered)) for one in callable_)
        return reduce(add, in_order(lambda frame: self._measured(frame, questions), shaped))

    def lower(self, one: Callable, allocation: Allocation) -> dict[int, Segments]:
        """Write the callees of *one*, proved, in place of its rendered frame, and return the segments of each SMS."""
        rendered = self.scratch.read(one.rendered)
        lowered = lower(self._shaped(with_texts(rendered, self.program)), allocation, self.capacity)
        segments = dict(_segments(lowered, self.program))
        _prove_plainly(lowered, one, self.program, renderer=self.renderer, scratch=self.scratch)
        self.scratch.remove(one.rows)
        callees = lowered.drop(ROW, VARIANT, *(name for name in lowered.columns if is_text(name)))
        keys = rendered.select(CONTENT, APPROVAL, *([TASK] if TASK in rendered.columns else []))
        self.scratch.write(f"{one.rendered}-lowered", callees.hstack(keys))
        self.scratch.remove(one.rendered)
        return segments

    def _shaped(self, rendered: pl.DataFrame) -> pl.DataFrame:
        return shape(rendered, self.program, self.stats, self.registry)

    def _measured(self, shaped: pl.DataFrame, questions: Sequence[Question]) -> Measures:
        return measure(shaped, self.registry.forms, self.capacity, questions)


def _people_by_form(measures: Measures, registry: FormRegistry) -> dict[Form, int]:
    counts: Counter[Form] = Counter()
    for group, measure_ in measures.groups.items():
        counts[registry.forms[group.form]] += measure_.rows
    return dict(counts)


def _segments(lowered: pl.DataFrame, program: Program) -> Iterator[tuple[int, Segments]]:
    for one in program.texts:
        if is_sms(one.index):
            yield one.index, segments_of(lowered[text(one.index)], SmsProfile())


def _prove_plainly(
    lowered: pl.DataFrame, one: Callable, program: Program, *, renderer: Renderer, scratch: Scratch
) -> None:
    """Compare plain Jinja2 with the texts of the first, the shortest and the longest row of every cohort in *lowered*.

    Raises:
        ProofError: they differ, which is a bug.
    """
    names = [text(one.index) for one in program.texts]
    if not names:
        return
    length = pl.sum_horizontal(pl.col(names).str.len_bytes().fill_null(0))
    row = pl.col(ROW)
    chosen = (
        lowered.lazy()
        .select(ROW, COHORT, length.alias("@length"))
        .group_by(COHORT)
        .agg(
            row.first(),
            row.sort_by("@length").first().alias("@short"),
            row.sort_by("@length").last().alias("@long"),
        )
        .select(pl.concat_list(ROW, "@short", "@long").explode().unique().alias(ROW))
        .collect()
    )
    people = chosen.join(scratch.find(one.rows, ROW, chosen[ROW]), on=ROW, how="inner", maintain_order="left")
    expected = chosen.join(lowered.select(ROW, *names), on=ROW, how="inner", maintain_order="left")
    plain = render_plain(people, program, renderer)
    for compiled in program.texts:
        if expected[text(compiled.index)].to_list() != plain[compiled.index]:
            message = f"{compiled.title}: what was compiled is not what plain Jinja2 renders"
            raise ProofError(message)
