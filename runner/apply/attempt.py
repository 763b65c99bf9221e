"""One attempt to hand a task over: intent, request, answer, each a durable commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from runner.apply.batch import Batch, request_of
from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.errors import SuppressedError
from runner.frames import BLOCK_SCHEMA
from runner.model.entry import Entry
from runner.model.lease import Lease
from runner.model.task import (
    Accepted,
    Answer,
    Duplicate,
    NotSent,
    Rejected,
    TaskRequest,
    Unknown,
)
from runner.model.task_fact import (
    Sending,
    TaskAccepted,
    TaskDoubtful,
    TaskFact,
    TaskNotSent,
    TaskRejected,
    TaskUnknown,
)
from runner.model.task_id import TaskId
from runner.planning.history import TaskHistory, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
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


def attempt(batch: Batch, number: int) -> Told:
    """Make the request for *batch* as the attempt of this *number* under its name, and return what was told.

    Raises:
        SuppressedError: somebody of the batch asked not to be called: nothing was sent.
        RecountError: somebody of it was sent by another campaign since they were counted for the cap: nothing was sent.
        HaltedError: somebody stopped everything: nothing was sent.
        LedgerError: see `runner.ports.Ledger.intend`.
    """
    desk, prepared, people = batch.desk, batch.prepared, batch.chunk.frame
    request = request_of(batch)
    desk.vendor.check(request)
    desk.refuse_halt_file()
    signed_at = desk.vendor.signing_time()
    desk.at(Boundary.SIGNED)
    lease = desk.lease()
    sending = Sending(
        task=batch.task,
        settings_digest=request.settings.digest,
        people=people.height,
        attempt=number,
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
    fact = desk.record(_fact(batch.task, answer, number))
    desk.at(Boundary.ANSWER_RECORDED)
    return Told(answer=answer, intent=intent, fact=fact)


def _intend(batch: Batch, sending: Sending, lease: Lease) -> Entry:
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
