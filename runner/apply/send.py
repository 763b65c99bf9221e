"""Hand tasks over, one at a time: intent, request, answer, each a durable commit; one open question at a time."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import assert_never

import polars as pl

from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.apply.recheck import still_recalled
from runner.apply.recount import below_cap
from runner.apply.settle import settle
from runner.apply.suppressed import Suppressions
from runner.errors import HaltedError, LedgerError, RecountError, RunnerError, SuppressedError
from runner.frames import APPROVAL, BLOCK_SCHEMA, CONTENT, NUMBER, PERSON
from runner.model.campaign import AudioVoice, Campaign
from runner.model.halt import Halt
from runner.model.ledger import (
    Entry,
    Lease,
    Sending,
    TaskAccepted,
    TaskDoubtful,
    TaskFact,
    TaskId,
    TaskNotSent,
    TaskRejected,
    TaskUnknown,
)
from runner.model.task import (
    Accepted,
    Answer,
    AudioFile,
    Balance,
    Duplicate,
    NotSent,
    Rejected,
    TaskRequest,
    Unknown,
)
from runner.planning.again import tasks_to_send_again
from runner.planning.cut import Chunk, cut
from runner.planning.history import IN_DOUBT, SENT, Standing, TaskHistory, fold
from runner.planning.names import task_name
from runner.planning.timing import is_over, timing_of
from runner.preview.prepared import Prepared

TRIES = 3
"""How often a request that certainly was not executed is made, under the same name."""

_PAUSE_S = 2.0


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


def upload_audio(desk: Desk) -> dict[str, str]:
    """Return the vendor's file id of every recording of the campaign, by content; uploads what the vendor lacks."""
    found = {voice.sha256: voice for voice in _recordings(desk.campaign)}
    ids = {sha: desk.vendor.upload(AudioFile(path=v.path, sha256=sha)) for sha, v in sorted(found.items())}
    if ids:
        desk.at(Boundary.UPLOADED)
    return ids


def not_begun(prepared: Prepared, halt: Halt) -> SendResult:
    """Return the result of sending that was stopped before it began."""
    return SendResult(not_sent=prepared.plan.calls, stopped=Stopped(kind="halted", message=str(halt)))


def check_all(desk: Desk, prepared: Prepared, audio: dict[str, str]) -> Stopped | None:
    """Look at all that can be known to fail before anything is cancelled or sent; return why to stop.

    Raises:
        InvalidError: a request cannot be said to the vendor.
        UnavailableError: the vendor does not answer.
    """
    stopped = _reason_to_stop(desk)
    # A campaign that is over calls nobody, but what would ring after its end can be taken back all the same.
    if stopped is not None and (prepared.plan.calls or stopped.kind != "over"):
        return stopped
    for chunk in cut(prepared.ranges(), per_task=desk.campaign.limits.per_task):
        batch = _batch(desk, prepared, chunk, audio=audio, suppressions=Suppressions(desk, prepared))
        desk.vendor.check(_request(batch))
    if prepared.plan.calls and _is_spent(desk.vendor.balance()):
        return Stopped(kind="balance", message="the account has no money left; nothing was cancelled or sent")
    return None


def _is_spent(balance: Balance) -> bool:
    """Tell whether there is certainly nothing left; amounts that cannot be read are left to the vendor to judge."""
    try:
        return sum(map(Decimal, (balance.balance, balance.gift, balance.credit))) <= 0
    except InvalidOperation:
        return False


def send_all(desk: Desk, prepared: Prepared, audio: dict[str, str]) -> SendResult:
    """Hand over the callees of *prepared*, task by task, and return what became of them, also where an error stopped it."""
    tally = _Tally(total=prepared.plan.calls)
    suppressions = Suppressions(desk, prepared)
    stopped: Stopped | None = None
    try:
        for chunk in cut(prepared.ranges(), per_task=desk.campaign.limits.per_task):
            stopped = _reason_to_stop(desk) or _send(
                desk, prepared, chunk, audio=audio, tally=tally, suppressions=suppressions
            )
            desk.progress.step("people handed over", done=tally.settled, total=tally.total)
            if stopped is not None:
                break
    except HaltedError as error:
        stopped = Stopped(kind="halted", message=str(error))
    except RunnerError as error:
        return tally.result(stopped=None, error=error)
    desk.at(Boundary.SENT)
    return tally.result(stopped=stopped, error=None)


@dataclass
class _Tally:
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
        left_out = self.capped + self.reached + self.suppressed
        return self.accepted + self.rejected + self.in_doubt + left_out

    def add(self, task: TaskHistory, *, people: int) -> None:
        self.accepted += people * (task.standing in SENT)
        self.rejected += people * (task.standing is Standing.REJECTED)
        self.in_doubt += people * (task.standing in IN_DOUBT)

    def result(self, *, stopped: Stopped | None, error: RunnerError | None) -> SendResult:
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


def _reason_to_stop(desk: Desk) -> Stopped | None:
    if desk.stopping():
        return Stopped(kind="operator", message="stopped by the operator")
    if not desk.holds_lease():
        return Stopped(
            kind="lease", message="the lease of this campaign was lost; somebody else may be applying it"
        )
    if is_over(desk.campaign, now=desk.clock.now()):
        return Stopped(kind="over", message="`not_after` was reached while sending")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """The callees of one task, and what their request is made from.

    Attributes:
        counted_at: sequence of the ledger when their calls were counted for the cap; None where they count already.
        suppressions: who is left out.
        first: number of the next attempt under this name.
    """

    desk: Desk
    prepared: Prepared
    chunk: Chunk
    audio: dict[str, str]
    task: TaskId
    counted_at: int | None
    suppressions: Suppressions
    first: int = 1

    @property
    def people(self) -> int:
        """Return how many there are."""
        return self.chunk.frame.height

    def of(self, people: pl.DataFrame, *, counted_at: int | None) -> "_Batch":
        """Return the batch of *people* alone, which has another name unless it repeats one."""
        task = self.task if self.chunk.again is not None else _task_of(self.prepared, people)
        return replace(self, chunk=replace(self.chunk, frame=people), task=task, counted_at=counted_at)


def _batch(
    desk: Desk, prepared: Prepared, chunk: Chunk, *, audio: dict[str, str], suppressions: Suppressions
) -> _Batch:
    """Return the batch of *chunk*: a new task, or once more the one in doubt that its people are in.

    Raises:
        LedgerError: that task is not what it was when this was planned.
    """
    batch = _Batch(
        desk=desk,
        prepared=prepared,
        chunk=chunk,
        audio=audio,
        task=_task_of(prepared, chunk.frame),
        counted_at=prepared.planned_at,
        suppressions=suppressions,
    )
    if chunk.again is None:
        return batch
    before = next((one for one in tasks_to_send_again(desk.history()) if one.block == chunk.again), None)
    if before is None:
        message = "a task that was to be sent again under its name is not in doubt any more"
        raise LedgerError(message, hint="Repeat the command: it looks again.", code="ledger-moved-on")
    return replace(batch, task=before.task, counted_at=None, first=before.sending.attempt + 1)


def _task_of(prepared: Prepared, people: pl.DataFrame) -> TaskId:
    campaign = prepared.campaign
    name = task_name(campaign.name, campaign.edition, people[APPROVAL], generation=prepared.generation)
    return TaskId(campaign=campaign.name, edition=campaign.edition, name=name)


def _send(
    desk: Desk,
    prepared: Prepared,
    chunk: Chunk,
    *,
    audio: dict[str, str],
    tally: _Tally,
    suppressions: Suppressions,
) -> Stopped | None:
    planned, chunk = chunk.frame.height, still_recalled(desk, prepared, chunk)
    tally.reached += planned - chunk.frame.height
    if chunk.frame.is_empty():
        return None
    batch = _batch(desk, prepared, chunk, audio=audio, suppressions=suppressions)
    told: _Told | None = None
    while told is None:
        batch = _unsuppressed(batch, tally)
        if not batch.people:
            return None
        try:
            told = _attempts(batch)
        except SuppressedError:
            continue
        except RecountError:
            people, head = below_cap(desk, batch.prepared, batch.chunk.frame)
            tally.capped += batch.people - people.height
            batch = batch.of(people, counted_at=head) if people.height else _nobody(batch)
    name, answer = batch.task.name, told.answer
    task = told.alone() or _now(desk, name)
    if task.standing in IN_DOUBT and not task.final:
        settle(desk, task)
        task = _now(desk, name)
    tally.add(task, people=batch.people)
    if isinstance(answer, NotSent) and not desk.holds_lease():
        # Not the vendor's doing: it was not asked, since somebody else may be applying the campaign.
        return _reason_to_stop(desk)
    return _consequence(answer, task)


def _unsuppressed(batch: _Batch, tally: _Tally) -> _Batch:
    """Return *batch* without those who are known to be suppressed, and count them."""
    people = batch.suppressions.without(batch.chunk.frame)
    left_out = batch.people - people.height
    if not left_out:
        return batch
    tally.suppressed += left_out
    if people.is_empty():
        return _nobody(batch)
    if batch.chunk.again is not None:
        # One of its attempts under this name may have been made, and never left.
        batch = replace(batch, first=_now(batch.desk, batch.task.name).sending.attempt + 1)
    return batch.of(people, counted_at=batch.counted_at)


def _nobody(batch: _Batch) -> _Batch:
    return replace(batch, chunk=replace(batch.chunk, frame=batch.chunk.frame.clear()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the vendor answered to an attempt, and what the ledger holds of it: the intent and the fact of the answer."""

    answer: Answer
    intent: Entry
    fact: Entry

    def alone(self) -> TaskHistory | None:
        """Return the task by these two entries; None where more may bear on it, and the ledger must be asked.

        Nothing else does where the first attempt was taken, and nobody appended anything between the two.
        """
        sending = self.intent.fact
        if not isinstance(self.answer, Accepted) or not isinstance(sending, Sending) or sending.attempt > 1:
            return None
        if self.fact.sequence != self.intent.sequence + 1:
            return None
        return fold((self.intent, self.fact)).named(sending.task.name)


def _attempts(batch: _Batch) -> _Told:
    """Make the request, again where it certainly was not executed, and return what was told last."""
    desk = batch.desk
    told = _attempt(batch, batch.first)
    for attempt in range(batch.first + 1, batch.first + TRIES):
        if not isinstance(told.answer, NotSent) or not desk.holds_lease():
            break
        desk.clock.sleep(_PAUSE_S)
        told = _attempt(batch, attempt)
    return told


def _attempt(batch: _Batch, attempt: int) -> _Told:
    desk, prepared, people = batch.desk, batch.prepared, batch.chunk.frame
    request = _request(batch)
    desk.vendor.check(request)
    desk.refuse_halt_file()
    signed_at = desk.vendor.signing_time()
    desk.at(Boundary.SIGNED)
    lease = desk.lease()
    sending = Sending(
        task=batch.task,
        settings_digest=request.settings.digest,
        people=people.height,
        attempt=attempt,
        generation=prepared.generation,
        signed_at=signed_at,
        epoch=lease.epoch,
        planned_at=prepared.planned_at,
        metadata=prepared.metadata,
        send_at=request.timing.send_at,
        rings=desk.campaign.rings,
        caller=request.settings.caller_id,
        audio=request.audio_id,
    )
    intent = _intend(batch, sending, lease)
    desk.at(Boundary.INTENDED)
    try:
        answer = _guarded_send(desk, request, signed_at)
    except KeyboardInterrupt:
        desk.record(TaskUnknown(task=batch.task, reason="interrupted before the answer came"))
        raise
    desk.at(Boundary.ANSWERED)
    fact = desk.record(_fact(batch.task, answer, attempt))
    desk.at(Boundary.ANSWER_RECORDED)
    return _Told(answer=answer, intent=intent, fact=fact)


def _intend(batch: _Batch, sending: Sending, lease: Lease) -> Entry:
    """Append the intent, once nobody of the batch is suppressed, and return its entry.

    Raises:
        SuppressedError: somebody is.
    """
    desk, people = batch.desk, batch.chunk.frame
    while True:
        try:
            return desk.ledger.intend(
                sending,
                people.select(BLOCK_SCHEMA.names()),
                lease=lease,
                now=desk.clock.now(),
                counted_at=batch.counted_at if desk.campaign.caps is not None else None,
                looked_at=batch.suppressions.looked_at,
            )
        except SuppressedError:
            batch.suppressions.look()
            if batch.suppressions.without(people).height < people.height:
                raise


def _guarded_send(desk: Desk, request: TaskRequest, signed_at: datetime) -> Answer:
    """Send *request* while the process is bound to end with its lease; after the intent and not before."""
    with desk.guarded() as is_ours:
        if not is_ours:
            return NotSent(reason="the lease was lost before the request was written")
        desk.at(Boundary.GUARDED)
        return desk.vendor.send(request, signed_at=signed_at, last_look=desk.holds_lease)


def _request(batch: _Batch) -> TaskRequest:
    cohort = batch.prepared.cohorts[batch.chunk.cohort]
    return TaskRequest(
        name=batch.task.name,
        settings=batch.prepared.variants[cohort.variant].settings,
        timing=timing_of(batch.desk.campaign, now=batch.desk.clock.now()),
        skeletons=cohort.skeletons,
        callees=batch.chunk.frame.select(PERSON, NUMBER, CONTENT, "^@slot.*$"),
        audio=batch.audio,
    )


def _fact(task: TaskId, answer: Answer, attempt: int) -> TaskFact:
    match answer:
        case Accepted():
            return TaskAccepted(task=task, job_id=answer.job_id, looked_up=False)
        case Rejected():
            return TaskRejected(task=task, code=answer.code, reason=answer.reason, account=answer.account)
        case NotSent():
            return TaskNotSent(task=task, reason=answer.reason)
        case Duplicate() if attempt == 1:
            reason = (
                f"the vendor has a task of this name already ({answer.code}), and it was not sent from here"
            )
            return TaskDoubtful(task=task, job_id=None, reason=reason, final=True)
        case Duplicate():
            return TaskUnknown(
                task=task, reason=f"the vendor has a task of this name already ({answer.code})"
            )
        case Unknown():
            return TaskUnknown(task=task, reason=answer.reason)
        case _:
            assert_never(answer)


def _consequence(answer: Answer, task: TaskHistory) -> Stopped | None:
    if isinstance(answer, Duplicate) and task.final:
        message = f"the vendor already has a task named {task.task.name}, which was not sent from this ledger"
        hint = "this ledger may be a copy, or older than the last apply: find the right one before anybody is called"
        raise LedgerError(message, hint=hint, code="duplicate-name")
    if isinstance(answer, Rejected) and answer.account:
        kind = "balance" if answer.code == "-10" else "account"
        return Stopped(kind=kind, message=f"the vendor refused the account: {answer.reason} ({answer.code})")
    if isinstance(answer, NotSent):
        return Stopped(kind="unavailable", message=f"the vendor could not be reached: {answer.reason}")
    if task.standing in IN_DOUBT:
        return Stopped(kind="doubt", message=f"nobody knows whether {task.task.name} was taken: {task.said}")
    return None


def _now(desk: Desk, name: str) -> TaskHistory:
    task = desk.task(name)
    if task is None:
        message = "a task that was just recorded is not in the ledger"
        raise LedgerError(message, code="ledger-lost-entry")
    return task


def _recordings(campaign: Campaign) -> tuple[AudioVoice, ...]:
    overrides = campaign.recall.overrides if campaign.recall else ()
    voices = (campaign.voice, *(override.voice for override in overrides))
    return tuple(voice for voice in voices if isinstance(voice, AudioVoice))
