"""From rendered people to slots: forms, measures, allocation, and the proof, over key ranges in scratch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from runner.compile.shape import FormRegistry, ShapeStats, shape, shape_stats
from runner.compile.slots.layout import Allocation
from runner.compile.slots.proof import ProofError
from runner.compile.slots.questions import Question
from runner.frames import APPROVAL, COHORT, CONTENT, FORM, ROW, text
from runner.model.campaign import Limits
from runner.model.capacity import Capacity
from runner.model.texts import is_sms
from runner.ports import Renderer
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """Callees in scratch, by key range, with their cohorts.

    Attributes:
        names: scratch names, ascending: the frame *callees* of `runner.frames` with ROW, APPROVAL and COHORT.
        forms: how many people have each form.
        segments: of each SMS, by number of the text.
        stats: what decided the forms.
    """

    names: tuple[str, ...]
    allocation: Allocation
    registry: FormRegistry
    forms: dict[Form, int]
    segments: dict[int, Segments]
    stats: ShapeStats | None


def lower_all(
    callable_: Sequence[str],
    program: Program,
    capacity: Capacity,
    limits: Limits,
    *,
    renderer: Renderer,
    scratch: Scratch,
) -> Lowered:
    """Give out slots to the rendered people under the scratch names *callable_*, and prove it.

    Every row is substituted back and compared; plain Jinja2 is run for some rows of every skeleton.

    Raises:
        InvalidError: something does not fit.
        ProofError: a bug.
    """
    registry = FormRegistry()
    if not callable_:
        return Lowered(
            names=(), allocation=Allocation(()), registry=registry, forms={}, segments={}, stats=None
        )
    stats = reduce(add, (shape_stats(scratch.read(name), program) for name in callable_))
    shaped = tuple(f"{name}-shaped" for name in callable_)
    people: dict[int, int] = {}
    for name, to in zip(callable_, shaped, strict=True):
        frame = shape(scratch.read(name), program, stats, registry)
        scratch.write(to, frame)
        scratch.write(f"{name}-keys", scratch.read(name).select(CONTENT, APPROVAL))
        scratch.remove(name)
        for form, count in frame.group_by(FORM).len().rows():
            people[form] = people.get(form, 0) + count

    def ask(questions: Sequence[Question]) -> Measures:
        return reduce(add, (measure(scratch.read(n), registry.forms, capacity, questions) for n in shaped))

    allocation = allocation_of(
        ask, registry.forms, capacity, per_task=limits.per_task, max_tasks=limits.tasks
    )
    names = []
    segments: dict[int, Segments] = {}
    for name, frame in zip(callable_, _lowered(shaped, allocation, capacity, scratch), strict=True):
        _count_segments(frame, program, segments)
        _prove_plainly(frame, scratch.read(f"{name}-columns"), program, renderer)
        scratch.remove(f"{name}-columns")
        keys = scratch.read(f"{name}-keys")
        scratch.remove(f"{name}-keys")
        kept = frame.drop([c for c in frame.columns if c.startswith(text(0)[:-1])]).hstack(keys)
        scratch.write(f"{name}-lowered", kept)
        names.append(f"{name}-lowered")
    forms = {registry.forms[number]: count for number, count in people.items()}
    return Lowered(
        names=tuple(names),
        allocation=allocation,
        registry=registry,
        forms=forms,
        segments=segments,
        stats=stats,
    )


def _lowered(
    shaped: Sequence[str], allocation: Allocation, capacity: Capacity, scratch: Scratch
) -> Iterator[pl.DataFrame]:
    for name in shaped:
        yield lower(scratch.read(name), allocation, capacity)
        scratch.remove(name)


def _count_segments(lowered: pl.DataFrame, program: Program, segments: dict[int, Segments]) -> None:
    for one in program.texts:
        if is_sms(one.index):
            found = segments_of(lowered[text(one.index)], SmsProfile())
            segments[one.index] = segments[one.index] + found if one.index in segments else found


def _prove_plainly(
    lowered: pl.DataFrame, columns: pl.DataFrame, program: Program, renderer: Renderer
) -> None:
    """Compare plain Jinja2 with the texts of the first, the shortest and the longest row of every cohort in *lowered*.

    Raises:
        ProofError: they differ, which is a bug.
    """
    names = [text(one.index) for one in program.texts]
    if not names:
        return
    length = pl.sum_horizontal(pl.col(names).str.len_bytes().fill_null(0)).alias("@length")
    ordered = lowered.select(ROW, COHORT, *names, length).sort("@length", maintain_order=True)
    chosen = pl.concat(
        [
            lowered.unique(COHORT, keep="first", maintain_order=True).select(ROW),
            ordered.unique(COHORT, keep="first", maintain_order=True).select(ROW),
            ordered.unique(COHORT, keep="last", maintain_order=True).select(ROW),
        ]
    ).unique(maintain_order=True)
    people = chosen.join(columns, on=ROW, how="inner", maintain_order="left")
    expected = chosen.join(lowered, on=ROW, how="inner", maintain_order="left")
    plain = render_plain(people, program, renderer)
    for one in program.texts:
        if expected[text(one.index)].to_list() != plain[one.index]:
            message = f"{one.title}: what was compiled is not what plain Jinja2 renders"
            raise ProofError(message)
