"""What the use-cases need from outside, as Protocols. Adapters satisfy them; fakes in tests do too."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from runner.model.capacity import Capacity
from runner.model.entry import Entry, Head
from runner.model.fact import Decision, Fact
from runner.model.halt import Halt
from runner.model.inbox import Pushed
from runner.model.lease import Lease
from runner.model.ledger_identity import LedgerIdentity
from runner.model.outcome_fact import Erasure
from runner.model.rebuild_fact import Replaced
from runner.model.receipt import Receipt
from runner.model.report import Recorded, Reports
from runner.model.round import SeenRound
from runner.model.task import Answer, AudioFile, Balance, Listing, TaskRequest
from runner.model.task_fact import Sending
from runner.model.task_id import TaskId

if TYPE_CHECKING:
    import polars as pl

    from runner.model.outcome_fact import TaskOutcomes


class Clock(Protocol):
    """Time, as it comes in from outside."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""
        ...

    def elapsed_s(self) -> float:
        """Return seconds on a clock that never goes back and counts suspend."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        ...


class Vendor(Protocol):
    """The vendor of calls. Methods that ask raise `UnavailableError` or `CredentialsError`; `send` never raises for an answer.

    Only `send` can make a phone ring, and it is never repeated here: whether to ask again is decided by the use-case.
    """

    @property
    def capacity(self) -> Capacity:
        """Return what one request can carry."""
        ...

    @property
    def account(self) -> str:
        """Return 16 hex digits that name the account: a hash of host, without port, and API key."""
        ...

    def upload(self, audio: AudioFile) -> str:
        """Return the vendor's id of *audio*, uploading it where the vendor does not have it by its content yet."""
        ...

    def signing_time(self) -> datetime:
        """Return the time that the next request would be signed with, aware, whole seconds."""
        ...

    def check(self, request: TaskRequest) -> None:
        """Make sure that *request* can be said to the vendor at all, without asking anybody.

        Raises:
            InvalidError: it cannot, such as more windows than the vendor takes once they are in its zone.
        """
        ...

    def send(self, request: TaskRequest, *, signed_at: datetime, last_look: Callable[[], bool]) -> Answer:
        """Hand over *request*, signed with *signed_at*, and return what is known of it afterwards.

        Just before the last bytes are written *last_look* is asked; when it says False they are not, the connection is
        reset, and the answer is `NotSent`.
        """
        ...

    def tasks(self, *, prefix: str, since: datetime, until: datetime) -> Listing:
        """Return the vendor's tasks whose name begins with *prefix*, made between *since* and *until*, all pages.

        Implementations search by the prefix where the vendor can, and filter exactly themselves.
        """
        ...

    def cancel(self, job_id: int) -> None:
        """Ask the vendor to cancel the task; what became of it is seen only by `tasks`."""
        ...

    def cancel_recall(self, job_id: int) -> None:
        """Ask the vendor to cancel the recall flow of the task *job_id*; cancelling the task does not."""
        ...

    def recall_is_off(self, job_id: int) -> bool:
        """Return whether every recall flow that the vendor lists of the task *job_id* is cancelled; True where there is none.

        A flow that is done is not: its rounds may have called people.
        """
        ...

    def cancel_rounds(self, job_id: int) -> None:
        """Ask the vendor to cancel those recall rounds of the task *job_id* that have not begun; `rounds` tells what became of it."""
        ...

    def rounds(self, job_id: int) -> tuple[SeenRound, ...]:
        """Return the recall rounds of the task *job_id*, by number; empty where the vendor lists none."""
        ...

    def read_pushes(self, bodies: Iterable[bytes]) -> Reports:
        """Return what the raw *bodies* of status reports say, whoever sent them. Asks nobody, and never raises.

        A report is a hint: it is unsigned. What it says is confirmed by `records` or `record`, or not at all.
        """
        ...

    def records(self, *, since: datetime, until: datetime) -> Recorded:
        """Return all call records of the account between *since* and *until*, as far as the vendor still has them.

        Callers leave a margin, since a call has several times, and choose stretches that fit into memory.
        """
        ...

    def record(self, call: str) -> Reports | None:
        """Return the record of the call with this id; None where the vendor has none, which proves nothing."""
        ...

    def balance(self) -> Balance:
        """Return the account's balance, which is also the cheapest question there is."""
        ...


class Attested(Protocol):
    """What receipts are checked against."""

    @property
    def identity(self) -> LedgerIdentity:
        """Return what this ledger belongs to."""
        ...

    def hash_at(self, sequence: int) -> str | None:
        """Return the hash of the entry *sequence*; None where there is none."""
        ...

    def replaced(self) -> tuple[Replaced, ...]:
        """Return what this ledger stands in the place of; empty where it was not rebuilt."""
        ...


class PeopleReader(Protocol):
    """A ledger in which single people are looked up."""

    def holding(self, keys: Collection[int]) -> tuple[int, ...]:
        """Return the sequences of the entries whose block holds somebody with one of these person *keys*, ascending.

        Raises:
            LedgerError: a block is not what its entry says.
        """
        ...

    def tasks_of(self, sequences: Collection[int]) -> tuple[TaskId, ...]:
        """Return the tasks that the entries *sequences* sent, each once, in their order; others of them are passed over."""
        ...

    def contents_of(self, sequence: int, keys: Collection[int]) -> tuple[int, ...]:
        """Return the content keys that the block of the entry *sequence* has of the people with these person *keys*."""
        ...

    def wishes_of(self, sequences: Collection[int]) -> tuple[Entry, ...]:
        """Return those of the entries *sequences* that are about people and no task, such as `Suppressed`, ascending."""
        ...

    def entries_of(self, task: TaskId) -> tuple[Entry, ...]:
        """Return the entries of *task*, and those of its campaign and edition that are of no task, ascending by sequence."""
        ...

    def outcomes_of(self, sequences: Iterable[int], keys: Collection[int]) -> "pl.DataFrame | None":
        """Return *outcomes* of `runner.frames` of the people with these person *keys*, from these `TaskOutcomes` entries.

        None where there are none. What was erased is left out.
        """
        ...


class LedgerReader(Protocol):
    """What planning and status read; never writes, needs read access only."""

    @property
    def identity(self) -> LedgerIdentity:
        """Return what this ledger belongs to."""
        ...

    @property
    def place(self) -> str:
        """Return how messages name it; without a password."""
        ...

    def head(self) -> Head:
        """Return the newest entry's sequence and hash."""
        ...

    def entries(
        self, *, campaigns: Collection[str], edition: str, task: str | None = None
    ) -> tuple[Entry, ...]:
        """Return the task entries of these campaign names and this edition, ascending by sequence; with *task* its own only.

        Raises:
            LedgerError: an entry does not hash to what it says, or does not follow the one before it.
        """
        ...

    def editions(self) -> tuple[tuple[str, str], ...]:
        """Return the campaigns and editions that anything was sent for, in the order of their first task."""
        ...

    def sent_since(self, since: datetime, *, within: tuple[int, int] | None = None) -> tuple[TaskId, ...]:
        """Return the tasks that were sent, or may have been, and begin to ring at *since* or later, in their order.

        With *within*, tasks may be left out that hold nobody from the first person key to the last one of it.
        """
        ...

    def renamed(self) -> dict[str, str]:
        """Return former names of campaigns with the names they have now."""
        ...

    def halt(self) -> Halt | None:
        """Return the stop that is recorded and was not lifted since; None where there is none."""

    def suppressed(self, *, after: int = 0) -> "pl.DataFrame":
        """Return the people whom no campaign calls any more: PERSON, ascending, and ``sequence``: Int64, of what says so.

        With *after*, only what was said after that entry is looked at.
        """
        ...

    def tolerance(self, account: str) -> Entry | None:
        """Return the newest entry that says how old a signature the vendor *account* takes; None where nobody measured it."""
        ...

    def replaced(self) -> tuple[Replaced, ...]:
        """Return what this ledger stands in the place of; empty where it was not rebuilt."""
        ...

    def blocks(self, sequences: Sequence[int], *, within: tuple[int, int] | None = None) -> "pl.DataFrame":
        """Return the people of these `Sending` entries: PERSON, CONTENT and ``sequence``: Int64, ordered by sequence and person.

        With *within*, blocks may be left out that hold nobody from the first person key to the last one of it.

        Raises:
            LedgerError: a block does not hash to what its entry says.
        """
        ...

    def outcomes(self, sequences: Sequence[int]) -> "pl.DataFrame":
        """Return *outcomes* of `runner.frames` and ``sequence``: Int64, of these `TaskOutcomes` entries, in their order.

        What was erased is left out. `TaskHistory.outcomes` has the sequences of a task.
        """
        ...

    def erasures(self) -> tuple[Entry, ...]:
        """Return the entries that say of which entries outcomes are not kept any more, ascending by sequence."""
        ...

    def records_read(self) -> tuple[Entry, ...]:
        """Return the entries that say up to when the vendor's call records were read, ascending by sequence."""
        ...

    def hash_at(self, sequence: int) -> str | None:
        """Return the hash of the entry *sequence*; None where there is none."""
        ...

    def holder(self, campaign: str) -> Lease | None:
        """Return who holds *campaign*; None where nobody does."""
        ...

    def verify(self) -> int:
        """Check every header and every payload and return the number of entries.

        Raises:
            LedgerError: at the first entry that is not what it says.
        """
        ...


class Ledger(LedgerReader, Protocol):
    """The append-only record. Each method that appends returns after the commit is durable.

    Intents are conditional, evidence is not: `record` appends on any head, also for an owner that lost its lease.
    """

    def bind(self, account: str, *, seen: str | None, now: datetime) -> bool:
        """Append that the ledger belongs to *account*, if it still belongs to *seen*; return whether it did."""
        ...

    def acquire(self, campaign: str, *, now: datetime) -> Lease:
        """Take the lease of *campaign* for this process.

        Raises:
            LedgerError: somebody holds it, and is neither provably gone nor silent for a full term; the message says who,
                since when, and what to do.
        """
        ...

    def renew(self, lease: Lease, *, now: datetime) -> Lease:
        """Return the lease, renewed.

        Raises:
            LedgerError: it was taken over.
        """
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens where it was lost."""
        ...

    def intend(
        self,
        sending: Sending,
        block: "pl.DataFrame",
        *,
        lease: Lease,
        now: datetime,
        counted_at: int | None = None,
        looked_at: int | None = None,
    ) -> Entry:
        """Append *sending* with its *block* (PERSON, CONTENT, sorted) in one durable commit.

        Args:
            sending: the intent.
            block: its people.
            lease: of the campaign.
            now: the wall clock.
            counted_at: head of the ledger when the calls of these people were counted for a cap; None = there is no cap.
            looked_at: head of the ledger when it was seen that none of these people is suppressed; None = as planned.

        Raises:
            SuppressedError: since *looked_at*, somebody was suppressed, perhaps one of these people. Nothing was appended.
            RecountError: since *counted_at*, another campaign sent something to some of these people. Nothing was appended.
            LedgerError: the lease was lost, or a `Sending` of this campaign was appended after `sending.planned_at` by
                somebody else. Nothing was appended.
            HaltedError: somebody stopped everything. Nothing was appended.
        """
        ...

    def decide(self, fact: Decision, *, lease: Lease, seen: int, now: datetime) -> Entry:
        """Append what was decided about a task or edition, if nothing was appended about it after the entry *seen*.

        `Withdrawn` concerns a campaign and edition: it is appended if no task of theirs was sent after *seen*.

        Raises:
            LedgerError: the lease was lost, or something was. Nothing was appended.
        """
        ...

    def record(self, fact: Fact, *, now: datetime) -> Entry:
        """Append evidence, durably, on whatever the head is now."""
        ...

    def record_all(self, facts: Sequence[Fact], *, now: datetime) -> tuple[Entry, ...]:
        """Append several pieces of evidence in one durable commit, all of them or none."""
        ...

    def suppress(
        self, people: "pl.Series", *, reason: str, by: str, now: datetime, lift: bool = False
    ) -> int:
        """Append that *people* (PERSON) are not called any more, or with *lift* that they may be; return for how many it is news.

        It needs no lease: intents look for it in their own transactions.
        """
        ...

    def record_outcomes(
        self, found: "Sequence[tuple[TaskOutcomes, pl.DataFrame]]", *, now: datetime
    ) -> tuple[Entry, ...]:
        """Append what became of calls, each fact with its *outcomes* of `runner.frames`, in one durable commit.

        Whoever was forgotten since a task was sent is left out of it, and what then says nothing is not appended.
        """
        ...

    def forget(self, people: "pl.Series", *, reason: str, by: str, now: datetime) -> int:
        """Append that *people* (PERSON) are to be forgotten; return for how many that was not so since anything was sent."""
        ...

    def erase_people(self, keys: Collection[int], *, reason: Erasure, now: datetime) -> int:
        """Erase what outcomes say of the people with these person *keys*; return how many reports of calls that were."""
        ...

    def erase_outcomes_before(self, before: datetime, *, reason: Erasure, now: datetime) -> tuple[Entry, ...]:
        """Erase the outcomes of entries that were appended before that time; append and return that they were."""
        ...


class Inbox(Protocol):
    """Where pushes lie between the receiver and `collect`; not a part of the record."""

    @property
    def place(self) -> str:
        """Return how messages name it; without a password."""
        ...

    def check(self) -> None:
        """Return if pushes can be put here.

        Raises:
            LedgerError: they cannot; the message says what to do.
        """
        ...

    def put(self, bodies: Sequence[bytes], *, now: datetime) -> None:
        """Return when all of *bodies* are durable.

        Raises:
            LedgerError: nobody knows which are; the same bodies may be put again.
        """
        ...

    def take(self, limit: int) -> tuple[Pushed, ...]:
        """Return the oldest pushes, at most *limit* and not many megabytes at once; they stay until they are removed."""
        ...

    def remove(self, ids: Sequence[int]) -> None:
        """Remove exactly these, durably; those that are gone already are passed over."""
        ...

    def depth(self) -> int:
        """Return how many pushes lie here; about as many, where this user may not look."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class Held(Protocol):
    """A lease that is renewed in the background as long as the process runs."""

    @property
    def lease(self) -> Lease:
        """Return the lease as last renewed."""
        ...

    def is_held(self) -> bool:
        """Tell, without asking anybody, whether the lease is still ours and its term not over."""
        ...

    def guarded(self) -> AbstractContextManager[bool]:
        """Have the process ended together with its lease, as long as this lasts; yields whether the lease is ours.

        A process that was stopped inside and wakes after its lease is over does not come to its next instruction.
        """
        ...


class Receipts(Protocol):
    """The receipts of one environment."""

    def all(self) -> tuple[Receipt, ...]:
        """Return every receipt of this environment, ascending by sequence.

        Raises:
            LedgerError: one cannot be read.
        """
        ...

    def write(self, receipt: Receipt) -> str:
        """Write or replace the receipt of (campaign, edition, sequence, lineage), atomically; return its path for views."""
        ...


class Progress(Protocol):
    """Where long work says how far it is."""

    def step(self, what: str, *, done: int, total: int | None) -> None:
        """Say that of *total* units of *what*, *done* are done; None = not known."""
        ...

    def note(self, message: str) -> None:
        """Say something once."""
        ...


class LostReason(StrEnum):
    """Why there is no answer: the process was ended for time, ran out of memory, died, or answered nonsense."""

    TIME = "time"
    MEMORY = "memory"
    DIED = "died"
    GARBLED = "garbled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A request that was not answered.

    Attributes:
        note: what the process last said that it was about to do; see `runner.compile.jinja.service`.
    """

    reason: LostReason
    note: object


class Renderer(Protocol):
    """The bounded place where templates are parsed, compiled and rendered: limited in memory and time, without secrets."""

    def answers(
        self, program: Mapping[str, object], requests: Iterable[Mapping[str, object]]
    ) -> Iterator[Mapping[str, object] | Lost]:
        """Yield the answers to *requests* on *program*, in order; several may be worked on at once.

        Messages are those of `runner.compile.jinja.service`. What comes back was made by templates: it is checked before
        it is believed.
        """
        ...
