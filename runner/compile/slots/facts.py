"""What is known about a group, and which questions are still open."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.compile.slots.layout import Group, Parts
from runner.compile.slots.questions import (
    Answer,
    FitAnswer,
    FitQuestion,
    Question,
    Stretch,
    WideAnswer,
    WideQuestion,
)
from runner.compile.slots.statistics import GroupMeasure, HoleMeasure


@dataclass(slots=True, kw_only=True)
class Facts:
    """Everything that was measured of a group.

    What is not known yet is noted as an open question and taken as harmless: the result is then not final.

    Attributes:
        exact: False where `measure` was put together from a table of combinations: nothing more can be asked then, and
            what is unknown stays taken as harmless.
        stretches: the longest lengths of stretches; empty until they were asked for.
        open: questions that must be answered before a result is final.
    """

    group: Group
    measure: GroupMeasure
    answers: Mapping[Question, Answer]
    exact: bool = True
    stretches: Mapping[Stretch, int] = field(default_factory=dict)
    open: list[Question] = field(default_factory=list)

    def hole(self, column: str) -> HoleMeasure:
        """Return the measure of *column*."""
        return self.measure.holes[column]

    def ask(self, question: Question) -> Answer | None:
        """Return the answer to *question*; None, and it is open, where it is not known yet."""
        answer = self.answers.get(question)
        if answer is None and question not in self.open:
            self.open.append(question)
        return answer

    def fit(self, parts: Parts, slots: int) -> FitAnswer | None:
        """Return how the value of *parts* lies in *slots* slots; None where that is not known."""
        answer = self.ask(FitQuestion(self.group, parts, slots)) if self.exact else None
        return answer if isinstance(answer, FitAnswer) else None

    def wide(self, question: WideQuestion) -> WideAnswer | None:
        """Return the answer to *question*, and keep its lengths; None where it is not known yet."""
        answer = self.ask(question)
        if not isinstance(answer, WideAnswer):
            return None
        self.stretches = answer.stretches
        return answer
