"""Automatic recall: rounds that follow a task, each a task of its own, cancelled only by themselves.

Source: recallFlow pages of the vendor. That cancelling the task leaves its flow alone is a reading: its page
does not mention the flow.
"""

from collections.abc import Callable
from enum import IntEnum

from runner.sandbox.callees import Callees
from runner.sandbox.recall_plan import RecallPlan
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.task import Task


class RecallStatus(IntEnum):
    """Status of a flow and of a round. Source: recallFlow pages."""

    PENDING = 0
    RUNNING = 1
    DONE = 2
    CANCELLED = 3
    EXCEPTION = 4


class Node:
    """One round: its own key, and its task once it has started (None also where nobody was left to call)."""

    __slots__ = ("is_cancelled", "is_started", "key_id", "round_number", "task")

    def __init__(self, *, key_id: int, round_number: int) -> None:
        self.key_id = key_id
        self.round_number = round_number
        self.is_cancelled = False
        self.is_started = False
        self.task: Task | None = None

    def status(self, now: float) -> RecallStatus:
        """Return the round's own status at *now*."""
        if self.is_cancelled:
            return RecallStatus.CANCELLED
        if not self.is_started:
            return RecallStatus.PENDING
        is_done = self.task is None or self.task.ended_at(now) is not None
        return RecallStatus.DONE if is_done else RecallStatus.RUNNING


StartRound = Callable[["Flow", Node, Callees, float], Task]


class Flow:
    """All recall rounds of one task.

    Args:
        key_id: the flow's own id.
        source: the task that is recalled.
        plan: rounds, interval, whom.
        node_ids: one id per round.
    """

    __slots__ = ("key_id", "nodes", "plan", "source")

    def __init__(self, *, key_id: int, source: Task, plan: RecallPlan, node_ids: list[int]) -> None:
        self.key_id = key_id
        self.source = source
        self.set_plan(plan, node_ids)

    def set_plan(self, plan: RecallPlan, node_ids: list[int]) -> None:
        """Replace plan and rounds; permitted while the flow is pending, which the caller checks."""
        self.plan = plan
        self.nodes = [Node(key_id=node, round_number=at) for at, node in enumerate(node_ids, start=1)]

    def status(self, now: float) -> RecallStatus:
        """Return the flow's status at *now*: pending until its first round starts."""
        if self.source.submission.fails and now >= self.source.submission.submitted_at:
            return RecallStatus.EXCEPTION
        states = [node.status(now) for node in self.nodes]
        if states[0] in {RecallStatus.PENDING, RecallStatus.CANCELLED}:
            return states[0]
        if all(state in {RecallStatus.DONE, RecallStatus.CANCELLED} for state in states):
            return RecallStatus.DONE
        return RecallStatus.RUNNING

    def finished(self, now: float) -> int:
        """Return how many rounds are done."""
        return sum(node.status(now) is RecallStatus.DONE for node in self.nodes)

    def can_ring(self, now: float) -> bool:
        """Return whether a round that has not started will start."""
        is_alive = not self.source.submission.fails
        return is_alive and any(node.status(now) is RecallStatus.PENDING for node in self.nodes)

    def advance(self, now: float, start: StartRound) -> None:
        """Start every round that is due at *now*, in order, through *start*(flow, round, callees, start time)."""
        before = self.source
        if before.submission.fails:
            return
        for node in self.nodes:
            if node.is_cancelled:
                return
            if not node.is_started:
                ended_at = before.ended_at(now)
                if ended_at is None or now < ended_at + self.plan.interval_s:
                    return
                self._start(node, before, start, now=now, at=ended_at + self.plan.interval_s)
            if node.task is not None:
                before = node.task

    def _start(self, node: Node, before: Task, start: StartRound, *, now: float, at: float) -> None:
        callees = before.callees
        if self.plan.only_failed:
            callees = callees.subset(list(before.unreached(now)))
        node.is_started = True
        if len(callees):
            node.task = start(self, node, callees, at)

    def cancel_all(self, now: float) -> None:
        """Cancel the whole flow; permitted while it is pending.

        Raises:
            RefusedError: -22, the only code of this page that fits.
        """
        if self.status(now) is not RecallStatus.PENDING:
            raise RefusedError(Code.PARAMETER, "the recall flow is not pending")
        for node in self.nodes:
            node.is_cancelled = True

    def cancel_from(self, key_id: int, now: float) -> None:
        """Cancel the round of this key and all later ones; permitted while that round is pending.

        Raises:
            RefusedError: -22, as above.
        """
        at = next(at for at, node in enumerate(self.nodes) if node.key_id == key_id)
        if self.nodes[at].status(now) is not RecallStatus.PENDING:
            raise RefusedError(Code.PARAMETER, "the recall round is not pending")
        for node in self.nodes[at:]:
            node.is_cancelled = True
