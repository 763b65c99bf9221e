"""What the ledger holds: facts, chained as entries; who holds a campaign; and the receipts that prove a ledger bad."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskId:
    """The identity of a task: its name is unique at the vendor, campaign and edition say whose it is."""

    campaign: str
    edition: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first entry of every ledger.

    Attributes:
        lineage: 32 hex digits, random, the same for all copies of this ledger.
        key_id: names the hashing key, see `runner.digest.keys`.
    """

    lineage: str
    environment: str
    key_id: str
    format_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The vendor account that this ledger belongs to, learned at its first apply (or a new API key of the same one)."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """The campaign *name* was called *formerly* before; what is applied under the old name from now on is refused."""

    name: str
    formerly: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """Somebody stopped everything: from here on nothing is sent, until it is lifted. `reason` is in the person's words."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Somebody lifted the stop. `reason` is in the person's words."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Nobody of its block is called any more, by any campaign and edition, until that is lifted.

    Attributes:
        people: rows of the block; its content keys say nothing.
        reason: in the person's words.
        by: who recorded it, as the machine knows them.
    """

    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionLifted:
    """Whoever is in its block may be called again, as far as nothing else stands against it. Fields as of `Suppressed`."""

    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What became of calls to the people of its block is not kept, as far as their tasks were sent before this.

    Fields as of `Suppressed`. That they are in those tasks is kept, since it prevents another call.
    """

    people: int
    reason: str
    by: str


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
class Rebuilt:
    """The second entry of a ledger that was made anew, because the one before it was lost or is not to be used.

    Attributes:
        people: how many are in tasks that the ledgers before it knew and no entry was taken over of, as acknowledged.
        by: who rebuilt it, as the machine knows them.
    """

    people: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A rebuilt ledger stands in the place of this lineage; the receipt named here no longer proves it bad.

    Attributes:
        receipt: as `Receipt.name` says; None for the lineage of a ledger that was put aside.
        head: the hash that the receipt holds.
    """

    lineage: str
    receipt: str | None
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFound:
    """A task that a rebuilt ledger knows by name and number of people only: nobody can tell who is in it.

    Attributes:
        job_id: the vendor's; None where no source had it.
        over: it certainly calls nobody. Otherwise it closes its edition: anybody may be in it, so nobody is called.
        said: what was seen of it, in words.
    """

    task: TaskId
    people: int
    job_id: int | None
    over: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReopened:
    """A person's statement that an edition which a rebuild closed may be called again.

    Attributes:
        people: how many are in the tasks that closed it, as the person said.
        reason: in the person's words.
        by: who, as the machine knows them.
    """

    campaign: str
    edition: str
    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceMeasured:
    """How old a signature may be before the vendor refuses it, as seen on questions that change nothing.

    Attributes:
        account: of the vendor, that was asked.
        taken_s: the greatest age that was taken.
        refused_s: the smallest that was refused; None where none was.
    """

    account: str
    taken_s: int
    refused_s: int | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A person's decision: nobody is called any more by this campaign and edition.

    Attributes:
        reason: in the person's words.
        by: who, as the machine knows them.
    """

    campaign: str
    edition: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcomes:
    """What became of calls of this task, as far as no entry said it before. Its block may be erased later.

    Attributes:
        rows: of the block: reports of calls, pushed or recorded.
        confirmed: how many of them are call records.
    """

    task: TaskId
    rows: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRound:
    """A recall round of this task, as the vendor showed it when it was asked; it says nothing of the task itself.

    Attributes:
        number: 1, 2, 3 …
        of: how many rounds there are.
        status: of `runner.model.round.RoundStatus`.
        job_id: the vendor's task that the round is; None where there is none.
        people: how many are in that; None where it is not known.
        called: how many of them were called.
    """

    task: TaskId
    number: int
    of: int
    status: str
    job_id: int | None
    people: int | None
    called: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesErased:
    """The outcomes of the entry *entry* are not kept any more."""

    entry: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsRead:
    """The vendor's call records between two times were read, and what they say of our tasks stands in this ledger.

    Attributes:
        complete: the vendor's list held still while it was read. A call without a record may have taken place even so.
    """

    account: str
    since: datetime
    until: datetime
    complete: bool


Fact = (
    Genesis
    | Bound
    | Renamed
    | Rebuilt
    | Replaced
    | TaskFound
    | EditionReopened
    | ToleranceMeasured
    | RecordsRead
    | OutcomesErased
    | TaskOutcomes
    | TaskRound
    | Halted
    | Lifted
    | Suppressed
    | SuppressionLifted
    | Forgotten
    | Withdrawn
    | Sending
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

Decision = TaskResolved | TaskCancelling | Withdrawn | EditionReopened
"""What is appended under the lease only, and only on all that is known of what it concerns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact in the chain.

    Attributes:
        sequence: 1, 2, 3 … without gaps.
        at: when it was appended, aware, UTC, by the clock of whoever appended it: for people, never compared.
        payload_sha256: digest of the block that belongs to it; None where there is none.
        previous: hash of the entry before; 64 zeros before the first.
        hash: SHA-256 over all of the above and the fact.
    """

    sequence: int
    at: datetime
    fact: Fact
    payload_sha256: str | None
    previous: str
    hash: str

    @property
    def head(self) -> "Head":
        """Return the head of a ledger whose newest entry this is."""
        return Head(sequence=self.sequence, hash=self.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a ledger; sequence 0 and 64 zeros where there is none."""

    sequence: int
    hash: str


EMPTY_HEAD = Head(sequence=0, hash="0" * 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerIdentity:
    """What a ledger belongs to. `account` is None until its first apply."""

    lineage: str
    environment: str
    key_id: str
    account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that holds a campaign, precisely enough to tell that it is gone.

    Attributes:
        boot: the machine's boot id.
        namespace: of the process ids; the same pid in two namespaces is two processes.
        started: start time of the process in clock ticks since boot, so that a reused pid is another owner.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: int
    user: str
    command: str

    @property
    def person(self) -> str:
        """Return who runs it, as far as the machine knows: user and host."""
        return f"{self.user}@{self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to append intents for one campaign.

    Attributes:
        epoch: grows with each taking; an intent under an older epoch is refused.
        term_s: how long it lasts without renewal, seconds.
        renewed_at: aware, UTC, by the clock of the database, or where it has none by the holder's: then for people only.
    """

    campaign: str
    owner: Owner
    epoch: int
    term_s: int
    renewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTask:
    """A task as a receipt names it."""

    name: str
    people: int
    state: str
    job_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one apply did for one campaign; no personal data. Written before its first request and completed after.

    Attributes:
        sequence: of the ledger's head when the receipt was begun.
        head: hash at that sequence.
        commit: of the repository; None outside git.
        complete: False until the apply that began it, or a later one, finished it.
        inputs: address → SHA-256 (hex) of each audience and exclusion file that was read.
    """

    environment: str
    campaign: str
    edition: str
    account: str
    key_id: str
    lineage: str
    sequence: int
    head: str
    began_at: datetime
    commit: str | None
    plan_digest: str
    acknowledged: int
    rows: int
    inputs: dict[str, str]
    tasks: tuple[ReceiptTask, ...]
    complete: bool

    @property
    def name(self) -> str:
        """Return what tells it from every other receipt of its environment, such as ``overdue/2026-11/12-0123abcd``."""
        return f"{self.campaign}/{self.edition}/{self.sequence}-{self.lineage[:8]}"
