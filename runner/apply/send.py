"""Hand tasks over, one at a time: one open question at a time."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from runner.apply.attempt import Told, attempt
from runner.apply.batch import Batch, batch_of, nobody_of, request_of
from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.apply.recheck import still_recalled
from runner.apply.recount import below_cap
from runner.apply.settle import settle
from runner.apply.suppressed import Suppressions
from runner.apply.tally import SendResult, Stopped, Tally
from runner.errors import HaltedError, LedgerError, RecountError, RunnerError, SuppressedError
from runner.model.campaign import AudioVoice, Campaign
from runner.model.halt import Halt
from runner.model.task import (
    Answer,
    AudioFile,
    Balance,
    Duplicate,
    NotSent,
    Rejected,
)
from runner.planning.cut import Chunk, cut
from runner.planning.history import IN_DOUBT, TaskHistory
from runner.planning.timing import is_over
from runner.preview.prepared import Prepared

TRIES = 3
"""How often a request that certainly was not executed is made, under the same name."""

_PAUSE_S = 2.0


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
        batch = batch_of(desk, prepared, chunk, audio=audio, suppressions=Suppressions(desk, prepared))
        desk.vendor.check(request_of(batch))
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
    tally = Tally(total=prepared.plan.calls)
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


def _send(
    desk: Desk,
    prepared: Prepared,
    chunk: Chunk,
    *,
    audio: dict[str, str],
    tally: Tally,
    suppressions: Suppressions,
) -> Stopped | None:
    planned, chunk = chunk.frame.height, still_recalled(desk, prepared, chunk)
    tally.reached += planned - chunk.frame.height
    if chunk.frame.is_empty():
        return None
    batch = batch_of(desk, prepared, chunk, audio=audio, suppressions=suppressions)
    told: Told | None = None
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
            batch = batch.of(people, counted_at=head) if people.height else nobody_of(batch)
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


def _unsuppressed(batch: Batch, tally: Tally) -> Batch:
    """Return *batch* without those who are known to be suppressed, and count them."""
    people = batch.suppressions.without(batch.chunk.frame)
    left_out = batch.people - people.height
    if not left_out:
        return batch
    tally.suppressed += left_out
    if people.is_empty():
        return nobody_of(batch)
    if batch.chunk.again is not None:
        # One of its attempts under this name may have been made, and never left.
        batch = replace(batch, first=_now(batch.desk, batch.task.name).sending.attempt + 1)
    return batch.of(people, counted_at=batch.counted_at)


def _attempts(batch: Batch) -> Told:
    """Make the request, again where it certainly was not executed, and return what was told last."""
    desk = batch.desk
    told = attempt(batch, batch.first)
    for number in range(batch.first + 1, batch.first + TRIES):
        if not isinstance(told.answer, NotSent) or not desk.holds_lease():
            break
        desk.clock.sleep(_PAUSE_S)
        told = attempt(batch, number)
    return told


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
