"""One task: its life on the virtual clock and what became of its calls, worked out when somebody looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from runner.sandbox.callees import Callees
from runner.sandbox.dialling import DialPlan
from runner.sandbox.order import Order
from runner.sandbox.outcomes import Limits, Outcome, outcome_of


class TaskStatus(IntEnum):
    """The vendor's task status. Source: its group-call query pages."""

    WAITING = 0
    CALLING = 1
    FINISHED = 2
    SUBMISSION_FAILED = 3
    CANCELLED = 4
    SUSPENDED = 5
    SUBMITTING = 6


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of one task so far; success + failed are the calls that ended."""

    called: int = 0
    success: int = 0
    failed: int = 0
    keys: int = 0
    transferred: int = 0
    talk_s: int = 0
    charged_s: int = 0
    latest_end: float = 0.0

    @property
    def ended(self) -> int:
        """Calls that are over."""
        return self.success + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """How a task entered: times in Unix seconds, ``created_at`` on the server's clock, the others virtual.

    Attributes:
        created_at: shown as ``createdTime``; on the server's clock, so that look-ups by a client's own
            clock find the task however far the virtual time has run ahead.
        submitted_at: when it stops being "submitting".
        visible_at: from when queries show it.
        fails: it ends as "submission failed".
        dials_at_most: it is suspended after so many; None = never.
    """

    created_at: float
    submitted_at: float
    visible_at: float
    fails: bool
    dials_at_most: int | None = None


class Task:
    """A task or a recall round of one.

    Args:
        task_id: of the one sequence that tasks, flows and rounds share.
        order: what is asked.
        callees: whom it concerns.
        submission: how it entered.
        plan: who is dialled when.
        seed: of the outcomes.
        parent: the task of which this is a recall round.
        round_number: 0 for the task itself.
    """

    __slots__ = (
        "_in_flight",
        "_limits",
        "_rung",
        "_seed",
        "_tally",
        "callees",
        "cancelled_at",
        "order",
        "parent",
        "plan",
        "round_number",
        "submission",
        "task_id",
    )

    def __init__(
        self,
        *,
        task_id: int,
        order: Order,
        callees: Callees,
        submission: Submission,
        plan: DialPlan,
        seed: int,
        parent: "Task | None" = None,
        round_number: int = 0,
    ) -> None:
        self.task_id = task_id
        self.order = order
        self.callees = callees
        self.submission = submission
        self.plan = plan
        self.parent = parent
        self.round_number = round_number
        self.cancelled_at: float | None = None
        self._seed = seed
        self._rung: frozenset[str] | None = None
        self._tally = Tally()
        self._in_flight: list[tuple[float, Outcome]] = []
        self._limits = _limits(order)

    def revise(self, order: Order, plan: DialPlan) -> None:
        """Replace what a waiting task is asked to do."""
        self.order, self.plan, self._limits = order, plan, _limits(order)

    def status(self, now: float) -> TaskStatus:
        """Return the status at *now*; times of one task must not go backwards from look to look."""
        if now < self.submission.submitted_at:
            return TaskStatus.SUBMITTING
        if self.submission.fails:
            return TaskStatus.SUBMISSION_FAILED
        if self.cancelled_at is not None:
            return TaskStatus.CANCELLED
        if now < self.plan.start:
            return TaskStatus.WAITING
        if self.called(now) == self.submission.dials_at_most != len(self.callees):
            return TaskStatus.SUSPENDED
        return TaskStatus.CALLING if self.ended_at(now) is None else TaskStatus.FINISHED

    def called(self, now: float) -> int:
        """Return how many were dialled: the first ones. A cancelled or suspended task dials nobody any more."""
        if self.submission.fails:
            return 0
        dialled = self.plan.dialled_by(now if self.cancelled_at is None else min(now, self.cancelled_at))
        most = self.submission.dials_at_most
        return dialled if most is None else min(dialled, most)

    def tally(self, now: float) -> Tally:
        """Return the counts at *now*. Each call's outcome is worked out once, in the order of dialling."""
        tally = self._tally
        called = self.called(now)
        for position in range(tally.called, called):
            outcome = self.outcome(position)
            self._in_flight.append((self.plan.dial_time(position) + outcome.lasts_s, outcome))
        tally.called = called
        if self._in_flight:
            for end, outcome in self._in_flight:
                if end <= now:
                    self._count(outcome, end)
            self._in_flight = [call for call in self._in_flight if call[0] > now]
        return tally

    def _count(self, outcome: Outcome, end: float) -> None:
        tally = self._tally
        tally.success += outcome.is_success
        tally.failed += not outcome.is_success
        tally.keys += outcome.key is not None
        tally.transferred += outcome.key is not None and outcome.key == self.order.seat_key
        tally.talk_s += outcome.talk_s
        tally.charged_s += outcome.charged_s
        tally.latest_end = max(tally.latest_end, end)

    def ended_at(self, now: float) -> float | None:
        """Return when the last call was over, once that is so at *now*; calls in progress survive a cancel."""
        tally = self.tally(now)
        is_dialled_out = tally.called == len(self.callees) or self.cancelled_at is not None
        if not is_dialled_out or tally.ended < tally.called:
            return None
        return max(tally.latest_end, self.plan.start if self.cancelled_at is None else self.cancelled_at)

    def outcome(self, position: int) -> Outcome:
        """Return what became, or would become, of the call at *position*."""
        number = self.callees.numbers[position]
        return outcome_of(f"{self._seed}/{self.order.name}/{number}/{self.round_number}", self._limits)

    def has_ended(self, position: int, now: float) -> bool:
        """Return whether the call at *position* took place and is over."""
        if position >= self.called(now):
            return False
        return self.plan.dial_time(position) + self.outcome(position).lasts_s <= now

    def unreached(self, now: float) -> Iterator[int]:
        """Yield the positions that no person answered, those not dialled (any more) included."""
        called = self.called(now)
        for position in range(len(self.callees)):
            if position >= called or not self.outcome(position).is_success:
                yield position

    def could_ring(self, number: str, now: float) -> bool:
        """Return whether this task rang, or can still ring, a *number* of its own."""
        if self.submission.fails:
            return False
        if self.cancelled_at is None:
            return True
        if self._rung is None:
            self._rung = frozenset(self.callees.numbers[: self.called(now)])
        return number in self._rung


def _limits(order: Order) -> Limits:
    keys = (order.seat_key, order.sms.on_key if order.sms else None)
    return Limits(
        max_ring_s=order.max_ring_s,
        max_talk_s=order.max_talk_s,
        expected_keys=tuple(sorted({key for key in keys if key is not None})),
    )
