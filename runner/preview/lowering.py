"""From rendered people to slots: forms, measures, allocation, and the proof, over key ranges in scratch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import polars as pl

from runner.compile.allocate import allocation_of
from runner.compile.form import Form
from runner.compile.lower import lower
from runner.compile.measure import Measures, measure
from runner.compile.program import Program
from runner.compile.render import render_plain
from runner.compile.segments import Segments, SmsProfile, segments_of
from runner.compile.shape import FormRegistry, ShapeStats, shape
from runner.compile.slots.layout import Allocation
from runner.compile.slots.proof import ProofError
from runner.compile.slots.questions import Question
from runner.frames import APPROVAL, COHORT, CONTENT, FORM, ROW, is_text, text
from runner.model.campaign import Limits
from runner.model.capacity import Capacity
from runner.model.texts import is_sms
from runner.ports import Renderer
from runner.preview.standing import Callable, Standing
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """Callees in scratch, by key range, with their cohorts.

    Attributes:
        names: scratch names, ascending: the frame *callees* of `runner.frames` with ROW, APPROVAL and COHORT.
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
    renderer: Renderer,
    scratch: Scratch,
) -> Lowered:
    """Give out slots to the rendered people of *standing*, and prove it.

    Every row is substituted back and compared; plain Jinja2 is run for some rows of every skeleton.

    Raises:
        InvalidError: something does not fit.
        ProofError: a bug.
    """
    registry = FormRegistry()
    if standing.stats is None:
        return Lowered(names=(), allocation=Allocation(()), registry=registry, forms={}, segments={})
    shaping = _Shaping(program, capacity, registry, scratch)
    first = reduce(add, (shaping.shape(one, standing.stats) for one in standing.callable))
    allocation = allocation_of(
        lambda questions: shaping.ask(questions, standing.callable) if questions else first,
        registry.forms,
        capacity,
        per_task=limits.per_task,
        max_tasks=limits.tasks,
    )
    segments: dict[int, Segments] = {}
    for one in standing.callable:
        frame = lower(scratch.read(f"{one.rendered}-shaped"), allocation, capacity)
        scratch.remove(f"{one.rendered}-shaped")
        _count_segments(frame, program, segments)
        _prove_plainly(frame, one, program, renderer=renderer, scratch=scratch)
        scratch.remove(one.rows)
        kept = frame.drop([c for c in frame.columns if is_text(c)])
        scratch.write(f"{one.rendered}-lowered", kept.hstack(scratch.read(f"{one.rendered}-keys")))
        scratch.remove(f"{one.rendered}-keys")
    return Lowered(
        names=tuple(f"{one.rendered}-lowered" for one in standing.callable),
        allocation=allocation,
        registry=registry,
        forms={registry.forms[number]: count for number, count in shaping.people.items()},
        segments=segments,
    )


@dataclass
class _Shaping:
    """Shapes ranges and measures them; each is read as seldom as possible, since scratch is most of the work."""

    program: Program
    capacity: Capacity
    registry: FormRegistry
    scratch: Scratch
    people: Counter[int] = field(default_factory=Counter)

    def shape(self, one: Callable, stats: ShapeStats) -> Measures:
        """Write the shaped frame of *one* and return its first measures."""
        rendered = self.scratch.read(one.rendered)
        self.scratch.remove(one.rendered)
        shaped = shape(rendered, self.program, stats, self.registry)
        self.scratch.write(f"{one.rendered}-shaped", shaped)
        self.scratch.write(f"{one.rendered}-keys", rendered.select(CONTENT, APPROVAL))
        self.people.update(dict(shaped.group_by(FORM).len().rows()))
        return measure(shaped, self.registry.forms, self.capacity)

    def ask(self, questions: Sequence[Question], callable_: Sequence[Callable]) -> Measures:
        """Return the answers of all ranges to *questions*."""
        frames = (self.scratch.read(f"{one.rendered}-shaped") for one in callable_)
        return reduce(add, (measure(f, self.registry.forms, self.capacity, questions) for f in frames))


def _count_segments(lowered: pl.DataFrame, program: Program, segments: dict[int, Segments]) -> None:
    for one in program.texts:
        if is_sms(one.index):
            found = segments_of(lowered[text(one.index)], SmsProfile())
            segments[one.index] = segments[one.index] + found if one.index in segments else found


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
