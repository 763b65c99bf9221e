"""What became of the people of one campaign in an apply, and why sending stopped."""

from dataclasses import dataclass

from runner.errors import RunnerError
from runner.planning.history import IN_DOUBT, SENT, Standing, TaskHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Why sending stopped before the last task; None in `SendResult.stopped` where it did not.

    Attributes:
        kind: ``doubt`` | ``account`` | ``balance`` | ``unavailable`` | ``operator`` | ``over`` | ``lease`` | ``halted``.
        message: one sentence.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What became of the people of one campaign in this apply, by the vendor's answers.

    Attributes:
        capped: left out, because another campaign called them since the plan was made, and they are at the cap now.
        reached: left out, because they were to be called again, and since the plan was made it was confirmed otherwise.
        suppressed: left out, because they were suppressed since the plan was made.
    """

    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    not_sent: int = 0
    capped: int = 0
    reached: int = 0
    suppressed: int = 0
    stopped: Stopped | None = None
    error: RunnerError | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether everybody was handed over, or at least tried to be."""
        return self.stopped is None and self.error is None and not self.not_sent


@dataclass
class Tally:
    """What became of people so far."""

    total: int
    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    capped: int = 0
    reached: int = 0
    suppressed: int = 0

    @property
    def settled(self) -> int:
        """Return of how many people it is decided what became of them."""
        left_out = self.capped + self.reached + self.suppressed
        return self.accepted + self.rejected + self.in_doubt + left_out

    def add(self, task: TaskHistory, *, people: int) -> None:
        """Count the *people* of *task* by what is known of it."""
        self.accepted += people * (task.standing in SENT)
        self.rejected += people * (task.standing is Standing.REJECTED)
        self.in_doubt += people * (task.standing in IN_DOUBT)

    def result(self, *, stopped: Stopped | None, error: RunnerError | None) -> SendResult:
        """Return what was counted, and what ended the sending."""
        return SendResult(
            accepted=self.accepted,
            rejected=self.rejected,
            in_doubt=self.in_doubt,
            not_sent=self.total - self.settled,
            capped=self.capped,
            reached=self.reached,
            suppressed=self.suppressed,
            stopped=stopped,
            error=error,
        )
