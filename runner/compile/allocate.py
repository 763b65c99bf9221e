"""Slots for all rows, from measures alone: which rows make a cohort, and what its skeletons and slots are.

The result depends on what the rows are, never on their order, on how they were cut into ranges, or on the order in which
forms were found. Where the measures do not suffice the allocation asks questions; most campaigns need none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from runner.compile.form import Form, Hole
from runner.compile.measure import Fault, Measures
from runner.compile.slots.arrange import Arrangement
from runner.compile.slots.characters import units
from runner.compile.slots.complaint import title, too_many_slots, value_does_not_fit
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Allocation, Cohort, Group, Key
from runner.compile.slots.questions import KeyAnswer, Question, SplitQuestion
from runner.compile.slots.search import Search, Tasks, key_question
from runner.compile.slots.settle import Trouble
from runner.compile.slots.solve import solve, wide_question
from runner.counts import people
from runner.errors import InvalidError, Problem, Where
from runner.model.capacity import Capacity
from runner.model.skeleton import Skeleton

NOWHERE: Mapping[int, Where] = {}

_SPLITS_TRIED = 10
"""Splits that looked good in the table of combinations and are measured in full, each with another look at all rows."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What must be measured, in every range, before slots can be given out."""

    questions: tuple[Question, ...]


def allocation_of(
    ask: Callable[[Sequence[Question]], Measures],
    forms: Sequence[Form],
    capacity: Capacity,
    *,
    per_task: int,
    max_tasks: int,
    places: Mapping[int, Where] = NOWHERE,
) -> Allocation:
    """Return the allocation; *ask* measures all ranges with the questions that it is given and returns the sum.

    Raises:
        InvalidError: see `allocate`.
    """
    measures = ask(())
    while True:
        result = allocate(measures, forms, capacity, per_task=per_task, max_tasks=max_tasks, places=places)
        if isinstance(result, Allocation):
            return result
        measures += ask(result.questions)


def allocate(
    measures: Measures,
    forms: Sequence[Form],
    capacity: Capacity,
    *,
    per_task: int,
    max_tasks: int,
    places: Mapping[int, Where] = NOWHERE,
) -> Allocation | Inquiry:
    """Return the cohorts, in order of variant, form and split values; or what else must be known.

    Args:
        measures: of all ranges, with the answers to all questions so far.
        forms: what the groups' forms point into.
        capacity: of a task.
        per_task: callees in one task.
        max_tasks: tasks of the campaign.
        places: where each text, by its number, is named or written.

    Raises:
        InvalidError: with all problems: placeholders in texts, texts that are too long or blank, values that cannot be
            given slots, more tasks than *max_tasks*.
    """
    if problems := _text_problems(measures, capacity, places):
        raise InvalidError(problems)
    questions: list[Question] = []
    cohorts: list[Cohort] = []
    whole = [group for group in measures.groups if not group.split]
    for group in sorted(whole, key=lambda group: (group.variant, _content(forms[group.form]))):
        work = _Work(measures, forms[group.form], group, capacity, per_task, max_tasks, places)
        work.run()
        cohorts += work.cohorts
        questions += work.questions
        problems += work.problems
    # Even where a problem is known: which are known so soon may depend on how the rows were cut into ranges.
    if questions:
        return Inquiry(tuple(questions))
    tasks = sum(-(-cohort.rows // per_task) for cohort in cohorts)
    if not problems and tasks > max_tasks:
        problems.append(_too_many_tasks(tasks, cohorts, per_task, max_tasks))
    if problems:
        raise InvalidError(problems)
    return Allocation(tuple(cohorts))


@dataclass(slots=True)
class _Work:
    """One group on its way into cohorts."""

    measures: Measures
    form: Form
    group: Group
    capacity: Capacity
    per_task: int
    max_tasks: int
    places: Mapping[int, Where]
    cohorts: list[Cohort] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> None:
        """Fill `cohorts`, or `questions`, or `problems`."""
        facts, result = self._solve(self.group)
        if facts.open:
            self.questions += facts.open
        elif self._is_enough(result):
            self._add(self.group, result)
        else:
            self._split(facts, result)

    def _solve(self, group: Group) -> tuple[Facts, Arrangement | Trouble]:
        facts = Facts(group=group, measure=self.measures.groups[group], answers=self.measures.answers)
        return facts, solve(self.form, facts, self.capacity, self.max_tasks)

    def _is_enough(self, result: Arrangement | Trouble) -> bool:
        return isinstance(result, Arrangement) and result.needed <= self.capacity.slots

    def _split(self, facts: Facts, result: Arrangement | Trouble) -> None:
        question = wide_question(self.form, facts, self.capacity, self.max_tasks)
        wide = facts.wide(question)
        if wide is None:
            self.questions += facts.open
            return
        keys = key_question(facts, wide, question.stretches, self.capacity)
        answer = facts.ask(keys)
        if not isinstance(answer, KeyAnswer):
            self.questions += facts.open
            return
        tasks = Tasks(per_task=self.per_task, most=self.max_tasks)
        search = Search(self.form, facts, keys, answer, capacity=self.capacity, tasks=tasks)
        for chosen in islice(search.sets(), _SPLITS_TRIED):
            if self._try(chosen):
                return
        if facts.open:
            self.questions += facts.open
            return
        if isinstance(result, Trouble):
            self.problems.append(value_does_not_fit(result, self.form, facts, self.capacity))
        else:
            self.problems.append(
                too_many_slots(result.needed, self.form, facts, wide, capacity=self.capacity)
            )

    def _try(self, keys: tuple[Key, ...]) -> bool:
        """Split by *keys*; False where some part turns out not to fit after all."""
        parts = [group for group in self.measures.groups if self._is_part(group, keys)]
        if not parts:
            self.questions.append(SplitQuestion(self.group, keys))
            return True
        solved = {part: self._solve(part) for part in sorted(parts, key=_split_values)}
        open_ = [question for facts, _ in solved.values() for question in facts.open]
        if open_:
            self.questions += open_
            return True
        if not all(self._is_enough(result) for _, result in solved.values()):
            return False
        for part, (_, result) in solved.items():
            self._add(part, result)
        return True

    def _is_part(self, group: Group, keys: tuple[Key, ...]) -> bool:
        same = (group.variant, group.form) == (self.group.variant, self.group.form)
        return same and tuple(key for key, _ in group.split) == keys

    def _add(self, group: Group, result: Arrangement | Trouble) -> None:
        if isinstance(result, Trouble):
            raise TypeError("only what fits becomes a cohort")
        self.problems += _skeleton_problems(result.skeletons, self.capacity, self.places)
        rows = self.measures.groups[group].rows
        self.cohorts.append(
            Cohort(group=group, skeletons=result.skeletons, sources=result.sources, rows=rows)
        )


def _split_values(group: Group) -> tuple[str | int | bool, ...]:
    return tuple(value for _, value in group.split)


def _content(form: Form) -> tuple[object, ...]:
    """Return what forms are ordered by: their words and expressions, since their indices depend on the order of rows."""
    return tuple(
        (
            number,
            tuple(
                (1, piece.expression, piece.path, piece.line, piece.column)
                if isinstance(piece, Hole)
                else (0, piece, "", 0, "")
                for piece in pieces
            ),
        )
        for number, pieces in form.texts
    )


def _text_problems(measures: Measures, capacity: Capacity, places: Mapping[int, Where]) -> list[Problem]:
    messages = {
        Fault.OPENING: ("placeholder-in-text", f"has `{capacity.opening}`, which begins a placeholder"),
        Fault.LENGTH: ("text-too-long", f"is longer than {capacity.text_units:,} characters"),
        Fault.BLANK: ("blank-text", "is blank"),
    }
    problems = []
    for (fault, number), rows in sorted(measures.faults.items(), key=lambda item: (item[0][1], item[0][0])):
        code, what = messages[fault]
        message = f"For {people(rows.count)} ({rows}) {title(number)} {what}."
        problems.append(Problem(code=code, message=message, where=places.get(number)))
    return problems


def _skeleton_problems(
    skeletons: dict[int, Skeleton], capacity: Capacity, places: Mapping[int, Where]
) -> list[Problem]:
    problems = []
    for number, skeleton in skeletons.items():
        length = sum(
            units(piece) if isinstance(piece, str) else capacity.placeholder_units[piece.number - 1]
            for piece in skeleton
        )
        if length > capacity.text_units:
            message = f"With its placeholders {title(number)} is {length:,} characters long, {capacity.text_units:,} fit."
            problems.append(Problem(code="skeleton-too-long", message=message, where=places.get(number)))
    return problems


def _too_many_tasks(tasks: int, cohorts: Sequence[Cohort], per_task: int, max_tasks: int) -> Problem:
    rows = sum(cohort.rows for cohort in cohorts)
    return Problem(
        code="too-many-tasks",
        message=f"{rows:,} people in {len(cohorts):,} cohorts need {tasks:,} tasks of up to {per_task:,}, "
        f"`[limits] tasks` is {max_tasks:,}.",
        hint="Raise `[limits] tasks`, or use fewer branches and settings that differ from person to person.",
    )
