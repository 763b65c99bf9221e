"""All tasks and recall flows of the account, and who is in which."""

from collections.abc import Iterator
from itertools import count
from typing import Final

from runner.sandbox.findings import Findings, Overlap
from runner.sandbox.recall_flow import Flow, StartRound
from runner.sandbox.recall_plan import RecallPlan
from runner.sandbox.task import Task

# Tasks, flows and rounds share one sequence of ids; it starts at the first id seen in the vendor's samples.
_FIRST_ID: Final = 5_000_602


class TaskBook:
    """Tasks by id, names that were ever used, flows by id, and the tasks that hold a number."""

    __slots__ = ("_flow_by_task", "_flows", "_holders", "_ids", "_names", "_tasks")

    def __init__(self) -> None:
        self._ids = count(_FIRST_ID)
        self._tasks: dict[int, Task] = {}
        self._names: set[str] = set()
        self._flows: dict[int, Flow] = {}
        self._flow_by_task: dict[int, Flow] = {}
        # The id of the task that holds the number; where it was taken several times, one id for each time.
        self._holders: dict[str, int | tuple[int, ...]] = {}

    def new_id(self) -> int:
        """Return the next id."""
        return next(self._ids)

    def has_name(self, name: str) -> bool:
        """Return whether a task was ever accepted under *name*, whatever became of it (an assumption)."""
        return name in self._names

    def rename(self, task: Task, name: str) -> None:
        """Note the new name of *task*; the old one is free again (an assumption)."""
        self._names.discard(task.order.name)
        self._names.add(name)

    def add(self, task: Task, *, now: float, findings: Findings) -> None:
        """Add a task that was accepted at *now*, and note each number that another task already holds."""
        self._tasks[task.task_id] = task
        self._names.add(task.order.name)
        for number in task.callees.numbers:
            if number not in self._holders:
                self._holders[number] = task.task_id
                continue
            before = self._holders[number]
            holders = before if isinstance(before, tuple) else (before,)
            for other in dict.fromkeys(holders):
                if self._could_ring(self._tasks[other], number, now):
                    findings.add_overlap(Overlap(number=number, task_id=task.task_id, other_task_id=other))
            self._holders[number] = (*holders, task.task_id)

    def add_round(self, task: Task) -> None:
        """Add a recall round; it holds no number of its own, since its parent holds it."""
        self._tasks[task.task_id] = task

    def add_flow(self, source: Task, plan: RecallPlan) -> Flow:
        """Return the new recall flow of *source*."""
        key_id = self.new_id()
        flow = Flow(
            key_id=key_id, source=source, plan=plan, node_ids=[self.new_id() for _ in range(plan.rounds)]
        )
        self._flows[key_id] = self._flow_by_task[source.task_id] = flow
        return flow

    def advance(self, now: float, start: StartRound) -> None:
        """Start the recall rounds that are due."""
        for flow in self._flows.values():
            flow.advance(now, start)

    def task(self, task_id: int) -> Task | None:
        """Return the task or recall round of this id."""
        return self._tasks.get(task_id)

    def tasks(self) -> Iterator[Task]:
        """Yield all tasks and recall rounds in the order of their ids."""
        return iter(self._tasks.values())

    def flow(self, key_id: int) -> Flow | None:
        """Return the flow of this id."""
        return self._flows.get(key_id)

    def flow_of(self, task_id: int) -> Flow | None:
        """Return the flow of this parent task."""
        return self._flow_by_task.get(task_id)

    def flows(self) -> Iterator[Flow]:
        """Yield all flows in the order of their ids."""
        return iter(self._flows.values())

    def distinct_numbers(self) -> int:
        """Return how many numbers were ever accepted."""
        return len(self._holders)

    def repeated(self, *, now: float, prefix: str = "") -> dict[str, int]:
        """Return the numbers that at least two tasks rang or can still ring, with how many, by number.

        Args:
            now: virtual time.
            prefix: look only at tasks whose name begins so.
        """
        found = {}
        for number, holders in self._holders.items():
            if isinstance(holders, tuple):
                tasks = [self._tasks[at] for at in holders]
                times = sum(
                    self._could_ring(task, number, now)
                    for task in tasks
                    if task.order.name.startswith(prefix)
                )
                if times > 1:
                    found[number] = times
        return dict(sorted(found.items()))

    def _could_ring(self, task: Task, number: str, now: float) -> bool:
        flow = self.flow_of(task.task_id)
        return (flow is not None and flow.can_ring(now)) or task.could_ring(number, now)
