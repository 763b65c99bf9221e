"""Facts about one task: that it is about to be handed over or cancelled, and what was learned of it since."""

from dataclasses import dataclass
from datetime import datetime

from runner.model.task_id import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """An intent: this task is about to be handed over. Its block, of the same commit, binds its people.

    Attributes:
        settings_digest: of the request.
        people: rows of the block.
        attempt: 1 for the first request under this name.
        generation: the number that entered the name: tasks of this campaign and edition that had ended without a call.
        signed_at: what the request is signed with.
        epoch: of the lease that it was committed under.
        planned_at: sequence of the ledger that the plan was made at.
        metadata: version of the number metadata that the people were keyed under.
        send_at: when it is scheduled, aware; None = at once.
        caller: caller id that it shows; None where it names none, or that is not known.
        audio: the vendor's id of the one thing that it plays; None where there are several, or it is spoken by the vendor.
        rings: how often it may ring each person: once, and once more for each recall round.
    """

    task: TaskId
    settings_digest: str
    people: int
    attempt: int
    generation: int
    signed_at: datetime
    epoch: int
    planned_at: int
    metadata: str
    send_at: datetime | None
    rings: int = 1
    caller: str | None = None
    audio: str | None = None

    @property
    def calls_at(self) -> datetime:
        """Return when it begins to ring, aware."""
        return self.send_at or self.signed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAccepted:
    """The vendor took the task, by its answer or by a look-up (`looked_up`)."""

    task: TaskId
    job_id: int | None
    looked_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRejected:
    """The vendor did not take the task. `account`: because of the account, so its people are new again at once."""

    task: TaskId
    code: str
    reason: str
    account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNotSent:
    """The request certainly was not executed: its people are new again."""

    task: TaskId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUnknown:
    """Nobody knows whether the vendor took the task."""

    task: TaskId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAbsent:
    """The task was looked for over the settle time, in complete listings, and was not there. Still in doubt."""

    task: TaskId
    passes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfirmed:
    """The vendor lists the accepted task, with this id and as many people as were sent."""

    task: TaskId
    job_id: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed:
    """The vendor lists the accepted task as failed with nobody called, twice: its people are new again."""

    task: TaskId
    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDoubtful:
    """The vendor has the task otherwise than it was sent: short, cancelled or suspended by somebody else. A person must look.

    Attributes:
        final: only a person can settle it; otherwise the vendor's list may do so later.
    """

    task: TaskId
    job_id: int | None
    reason: str
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResolved:
    """A person's statement about a task in doubt: the vendor took it, or it is absent and its people are new again.

    Attributes:
        people: how many it concerns, as the person said.
        reason: in the person's words.
        by: who, as the machine knows them.
    """

    task: TaskId
    accepted: bool
    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelling:
    """An intent: the vendor is about to be asked to cancel this task, which waits there with nobody called.

    From here on its people are in doubt, until it was seen cancelled or over.

    Attributes:
        why: ``replace``: its people are sent again as they are today; ``withdraw``: they are not.
        epoch: of the lease that it was committed under.
    """

    task: TaskId
    why: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled:
    """Task and recall flow were both seen cancelled with nobody called, twice, a settle time apart."""

    task: TaskId
    job_id: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNotCancelled:
    """The task that was to be cancelled was seen finished, whole: its people were called as they were sent."""

    task: TaskId
    job_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReplaced:
    """Whoever of a cancelled task is to be called was handed over again: nothing of it is left to be done."""

    task: TaskId


TaskFact = (
    Sending
    | TaskAccepted
    | TaskRejected
    | TaskNotSent
    | TaskUnknown
    | TaskAbsent
    | TaskConfirmed
    | TaskFailed
    | TaskDoubtful
    | TaskResolved
    | TaskCancelling
    | TaskCancelled
    | TaskNotCancelled
    | TaskReplaced
)
