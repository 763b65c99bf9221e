"""Recall rounds of the vendor: the tasks that follow a task, below it."""

from collections.abc import Iterable, Sequence

from runner.counts import count, people, plural
from runner.model.outcome_fact import TaskRound
from runner.planning.history import History, TaskHistory
from runner.planning.rounds import rounds_of

MOST_ROUNDS = 10
"""More rounds than this are added up."""


def rounds_lines(tasks: Sequence[TaskHistory]) -> Iterable[str]:
    """Yield the recall rounds of *tasks* as the vendor showed them last, each below its task; many of them added up."""
    having = [task for task in tasks if task.rounds]
    if sum(len(task.rounds) for task in having) > MOST_ROUNDS:
        for one in rounds_of(History(tuple(having))):
            said = f"{one.status} in {plural(one.tasks, 'task')}, {people(one.people)}, {count(one.called)} called"
            yield f"    recall round {one.number} of {one.of}: {said}"
        return
    for task in having:
        yield f"    {task.task.name}  {count(task.people)}"
        yield from (f"      {_round(one)}" for one in task.rounds)


def _round(one: TaskRound) -> str:
    who = "" if one.people is None else f", {people(one.people)}"
    called = "" if one.called is None else f", {count(one.called)} called"
    task = "" if one.job_id is None else f" (task {one.job_id})"
    return f"recall round {one.number} of {one.of}: {one.status}{who}{called}{task}"
