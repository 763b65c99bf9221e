"""What the allocation of slots needs to know about the rows, range by range.

The first measure of every range is taken without questions. Where the allocation then needs to know more, it says so
with questions, which every range is asked once more (see `runner.compile.allocate`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from runner.compile.form import Form
from runner.compile.slots.answer import answer
from runner.compile.slots.characters import all_show, shows, units_of
from runner.compile.slots.groups import by_group, by_keys
from runner.compile.slots.holes import measure_group
from runner.compile.slots.layout import Group, Key, KeyValue
from runner.compile.slots.questions import Answer, Question, SplitQuestion
from runner.compile.slots.statistics import SHOWN_ROWS, GroupMeasure, Rows, merged
from runner.frames import ROW, text
from runner.model.capacity import Capacity


class Fault(StrEnum):
    """What is wrong with an expanded text, however it is cut into slots."""

    OPENING = "opening"
    LENGTH = "length"
    BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Measures of some ranges; ``a + b`` are those of both. The order and the number of ranges change nothing.

    Attributes:
        groups: per variant and form, and per part of a split that was asked for.
        answers: to the questions that were asked.
        faults: rows by what is wrong with their expanded text, and its number.
    """

    groups: Mapping[Group, GroupMeasure]
    answers: Mapping[Question, Answer]
    faults: Mapping[tuple[Fault, int], Rows]

    def __add__(self, other: "Measures") -> "Measures":
        """Return the measures of both."""
        return Measures(
            groups=merged(self.groups, other.groups, lambda one, two: one + two),
            answers=merged(self.answers, other.answers, _together),
            faults=merged(self.faults, other.faults, lambda one, two: one + two),
        )


def _together(one: Answer, other: Answer) -> Answer:
    # Both answer one question, so they are of one type.
    return one + other  # type: ignore[operator]


def measure(
    shaped: pl.DataFrame, forms: Sequence[Form], capacity: Capacity, questions: Sequence[Question] = ()
) -> Measures:
    """Return the measures of the rows of *shaped*, a shaped frame of any number of rows (see `runner.compile.form`).

    Args:
        shaped: at least the rows' numbers, variant, form and holes; faults are measured of the texts that are there.
        capacity: of a task.
        forms: what the column FORM points into; it may be longer in a later call.
        questions: without any, the first measures are taken; else these are answered, and nothing else is measured.
    """
    numbers = [number for number in _numbers(forms) if text(number) in shaped.columns]
    slim = shaped.drop([text(number) for number in numbers])
    if not questions:
        groups = {
            group: measure_group(rows, forms[group.form], capacity.slot_units)
            for group, rows in by_group(slim)
        }
        return Measures(groups=groups, answers={}, faults=faults_of(shaped, numbers, capacity))
    asked: dict[tuple[int, int], list[Question]] = {}
    for question in questions:
        asked.setdefault((question.group.variant, question.group.form), []).append(question)
    parts: dict[Group, GroupMeasure] = {}
    answers: dict[Question, Answer] = {}
    for group, rows in by_group(slim):
        form = forms[group.form]
        split: dict[tuple[Key, ...], dict[tuple[KeyValue, ...], pl.DataFrame]] = {(): {(): rows}}
        for question in asked.get((group.variant, group.form), ()):
            keys = tuple(key for key, _ in question.group.split)
            if keys not in split:
                split[keys] = by_keys(rows, keys, capacity.slot_units)
            part = split[keys].get(tuple(value for _, value in question.group.split))
            if part is None:
                continue
            if isinstance(question, SplitQuestion):
                parts |= _parts(part, question, form, capacity)
            else:
                answers[question] = answer(part, question, form, capacity)
    return Measures(groups=parts, answers=answers, faults={})


def _parts(
    rows: pl.DataFrame, question: SplitQuestion, form: Form, capacity: Capacity
) -> dict[Group, GroupMeasure]:
    group, keys = question.group, question.keys
    return {
        Group(group.variant, group.form, (*group.split, *zip(keys, values, strict=True))): measure_group(
            part, form, capacity.slot_units
        )
        for values, part in by_keys(rows, keys, capacity.slot_units).items()
    }


def faults_of(
    frame: pl.DataFrame, numbers: Iterable[int], capacity: Capacity
) -> dict[tuple[Fault, int], Rows]:
    """Return what is wrong with the texts *numbers* of *frame*, which has ROW, as `Measures.faults`."""
    faults = {}
    for number in numbers:
        # An expanded text is compared with its substituted skeleton later, so what holds for it holds for both.
        column = frame[text(number)].rename("text")
        found = {
            Fault.OPENING: column.str.contains(capacity.opening, literal=True),
            Fault.LENGTH: _too_long(column, capacity.text_units),
        }
        if not all_show(column):
            found[Fault.BLANK] = column.to_frame().select(~shows(pl.col("text"))).to_series()
        for fault, wrong in found.items():
            rows = frame[ROW].filter(wrong).sort() if wrong.any() else None
            if rows is not None:
                faults[fault, number] = Rows(len(rows), tuple(rows.head(SHOWN_ROWS).to_list()))
    return faults


def _numbers(forms: Sequence[Form]) -> list[int]:
    return sorted({number for form in forms for number, _ in form.texts})


def _too_long(column: pl.Series, text_units: int) -> pl.Series:
    # No text has more units than bytes.
    large = column.str.len_bytes() > text_units
    return units_of(column) > text_units if large.any() else large
