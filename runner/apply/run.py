"""One apply over one or several campaigns."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

from runner.apply.boundary import AtBoundary, Boundary, nothing_happens
from runner.apply.confirm import confirm_all
from runner.apply.desk import Desk, no_halt
from runner.apply.opening import SYSTEMIC, desk_of, settle_open
from runner.apply.outcome import ApplyOutcome, CampaignOutcome
from runner.apply.receipt import Reviewed, begin, complete, complete_left_over
from runner.apply.replace import ReplaceResult, note_replaced, replace_all
from runner.apply.send import not_begun, send_all, upload_audio
from runner.apply.tally import SendResult
from runner.errors import CredentialsError, LedgerError, MismatchError, RunnerError
from runner.model.campaign import Campaign
from runner.model.halt import Halt
from runner.model.plan import Plan
from runner.model.receipt import Receipt
from runner.planning.guards import check_guards, check_keep
from runner.planning.receipts import check_receipts
from runner.planning.saved import ReviewedCampaign, SavedPlan, check_age
from runner.planning.timing import check_recall, hours_of, shrunk
from runner.ports import Clock, Held, Ledger, Progress, Receipts, Vendor
from runner.preview.prepared import Prepared, Preview


def _nothing_more(_plan: Plan) -> None:
    """Do nothing with a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Ports and callables of an apply.

    Attributes:
        hold: takes a campaign's lease and keeps it renewed.
        plan_again: plans these campaigns from today's inputs, intersected with the reviewed people where given.
        acknowledge: asks for the number of people to be called; raises `RefusedError`. Gets the number and the plan,
            without the campaigns that stopped before.
        stopping: tells whether the operator asked to stop after the request under way.
        while_sending: is entered while people are handed over.
        planned: is told the plan that was just made; raises where it is not what was expected.
        halt_file: returns the stop that a file in the root says, if any.
    """

    ledger: Ledger
    vendor: Vendor
    receipts: Receipts
    clock: Clock
    progress: Progress
    hold: Callable[[str], AbstractContextManager[Held]]
    plan_again: Callable[[Sequence[Campaign], Mapping[str, ReviewedCampaign]], Preview]
    acknowledge: Callable[[int, Plan], None]
    settle_time: timedelta
    stopping: Callable[[], bool]
    at: AtBoundary = nothing_happens
    while_sending: Callable[[], AbstractContextManager[None]] = nullcontext
    planned: Callable[[Plan], None] = _nothing_more
    halt_file: Callable[[], Halt | None] = no_halt


@dataclass
class _Work:
    """A campaign on its way through an apply."""

    campaign: Campaign
    desk: Desk | None = None
    prepared: Prepared | None = None
    replaced: ReplaceResult | None = None
    sent: SendResult | None = None
    begun: Receipt | None = None
    receipt: str | None = None
    freed: int = 0
    error: RunnerError | None = None


@dataclass
class Apply:
    """One run of the protocol; `run` may be called once."""

    tools: Tools
    reviewed: SavedPlan | None
    commit: str | None
    plan: Plan | None = field(default=None, init=False)
    acknowledged: Reviewed | None = field(default=None, init=False)

    def run(self, campaigns: Sequence[Campaign]) -> ApplyOutcome:
        """Apply *campaigns* and return what became of them; a campaign's own failure does not stop the others."""
        tools = self.tools
        check_receipts(tools.receipts.all(), tools.ledger)
        if self.reviewed is not None:
            check_reviewed(self.reviewed, tools.ledger)
            check_age(self.reviewed, now=tools.clock.now())
        works = [_Work(campaign) for campaign in sorted(campaigns, key=lambda c: c.name)]
        with ExitStack() as leases:
            self._each(works, lambda work: self._open(work, leases))
            self._together(works, self._plan)
            self._each(works, self._check)
            self._each(works, self._look_for_halt)
            self._together(works, self._acknowledge)
            try:
                with tools.while_sending():
                    self._each(works, self._send)
                if not tools.stopping():
                    self._each(works, self._confirm)
            finally:
                for work in works:
                    self._finish(work)
        campaigns_after = tuple(_outcome(work) for work in works)
        return ApplyOutcome(plan=self.plan, campaigns=campaigns_after, interrupted=tools.stopping())

    def _each(self, works: Sequence[_Work], step: Callable[[_Work], None]) -> None:
        for work in works:
            if work.error is not None:
                continue
            try:
                step(work)
            except SYSTEMIC as error:
                work.error = error
                for one in works:
                    # Who handed people over before has nothing to do with it, and confirms them all the same.
                    if one.sent is None:
                        one.error = one.error or error
                return
            except RunnerError as error:
                work.error = error

    def _together(self, works: Sequence[_Work], step: Callable[[Sequence[_Work]], None]) -> None:
        """Take a step that concerns all open campaigns; what stops it stops them, and hides nothing of the others."""
        try:
            step(works)
        except RunnerError as error:
            for one in works:
                one.error = one.error or error

    def _open(self, work: _Work, leases: ExitStack) -> None:
        tools = self.tools
        desk = work.desk = desk_of(tools, work.campaign, leases)
        settle_open(desk)
        complete_left_over(desk, tools.receipts)
        tools.at(Boundary.SETTLED)

    def _plan(self, works: Sequence[_Work]) -> None:
        open_works = [work for work in works if work.error is None]
        if not open_works:
            return
        reviewed: dict[str, ReviewedCampaign] = {}
        if self.reviewed is not None:
            for work in open_works:
                found = self.reviewed.campaign(work.campaign.name, work.campaign.edition)
                if found is None:
                    message = f"{work.campaign.name} {work.campaign.edition} is not in the reviewed plan"
                    work.error = MismatchError(
                        message, hint="plan it and have that reviewed", code="not-reviewed"
                    )
                else:
                    reviewed[work.campaign.name] = found
            open_works = [work for work in open_works if work.error is None]
        preview = self.tools.plan_again([work.campaign for work in open_works], reviewed)
        self.plan = preview.plan
        for work, prepared in zip(open_works, preview.prepared, strict=True):
            work.prepared = prepared
        self.tools.at(Boundary.PLANNED)
        self.tools.planned(preview.plan)

    def _check(self, work: _Work) -> None:
        prepared = work.prepared
        if prepared is None:
            return
        plan = prepared.plan
        if prepared.review is not None:
            kept = prepared.review.callable + prepared.review.sent
            check_keep(work.campaign, kept=kept, reviewed=prepared.review.reviewed)
        if self.reviewed is not None:
            found = self.reviewed.campaign(plan.name, plan.edition)
            if found is not None and not shrunk(found.hours, hours_of(work.campaign)):
                message = f"{plan.name}: today's hours are not within the reviewed ones"
                raise MismatchError(message, where=work.campaign.where("schedule"), code="hours-grew")
        check_guards(plan.name, plan.guards)
        if plan.calls:
            check_recall(work.campaign, now=self.tools.clock.now())

    def _look_for_halt(self, work: _Work) -> None:
        """Where everything is stopped there is nothing to acknowledge, to upload or to write a receipt of."""
        if work.desk is not None and work.prepared is not None and work.prepared.plan.has_changes:
            halt = work.desk.halt()
            work.sent = not_begun(work.prepared, halt) if halt is not None else None

    def _acknowledge(self, works: Sequence[_Work]) -> None:
        asked = [work for work in works if work.error is None and work.sent is None]
        plans = [work.prepared.plan for work in asked if work.prepared is not None]
        calls = sum(plan.calls for plan in plans)
        if self.plan is None or not any(plan.has_changes for plan in plans):
            return
        number = self.reviewed.calls if self.reviewed is not None else calls
        digest = self.reviewed.digest if self.reviewed is not None else self.plan.digest
        self.tools.acknowledge(number, replace(self.plan, campaigns=tuple(plans)))
        self.tools.at(Boundary.ACKNOWLEDGED)
        self.acknowledged = Reviewed(digest=digest, calls=number, commit=self.commit)

    def _send(self, work: _Work) -> None:
        desk, prepared, acknowledged = work.desk, work.prepared, self.acknowledged
        if desk is None or prepared is None:
            return
        if work.sent is None:
            self._look_for_halt(work)
        if work.sent is not None:
            return
        if acknowledged is not None and prepared.plan.has_changes:
            work.begun = begin(desk, self.tools.receipts, prepared, acknowledged)
            audio = upload_audio(desk)
            work.replaced = replace_all(desk, prepared, audio)
            work.sent = work.replaced.stopped or send_all(desk, work.replaced.prepared, audio)
            if work.sent.error is not None:
                raise work.sent.error
        if work.sent is None or work.sent.is_whole:
            note_replaced(desk, prepared)

    def _finish(self, work: _Work) -> None:
        """Complete the receipt, also where sending was broken off: it says what became of the tasks so far."""
        if work.desk is None or work.begun is None:
            return
        try:
            work.receipt = complete(work.desk, self.tools.receipts, work.begun)
        except RunnerError as error:
            # What was handed over is told all the same; the next apply completes the receipt.
            work.error = work.error or error

    def _confirm(self, work: _Work) -> None:
        if work.desk is not None:
            work.freed = confirm_all(work.desk)


def check_origin(saved: SavedPlan, *, environment: str, key_id: str) -> None:
    """Make sure that *saved* was made for *environment* and under the key with *key_id*.

    Raises:
        CredentialsError: another environment.
        LedgerError: another key.
    """
    if saved.environment != environment:
        message = f"the reviewed plan is for {saved.environment}, this is {environment}"
        raise CredentialsError(message, code="plan-environment")
    if saved.ledger.key_id != key_id:
        message = f"the reviewed plan was made under key {saved.ledger.key_id}, this ledger's is {key_id}"
        raise LedgerError(
            message, hint="plan with the key of this ledger (RUNNER_LEDGER_KEY)", code="plan-key"
        )


def check_reviewed(saved: SavedPlan, ledger: Ledger) -> None:
    """Make sure that *saved* was made for this environment, under this key, against this ledger or none.

    Raises:
        CredentialsError: another environment.
        LedgerError: another key, another ledger, or one that was rolled back since.
    """
    identity, made_at = ledger.identity, saved.ledger
    check_origin(saved, environment=identity.environment, key_id=identity.key_id)
    if made_at.lineage is None:
        return
    if made_at.lineage != identity.lineage:
        message = "the reviewed plan was made against another ledger"
        raise LedgerError(message, hint="plan against the ledger that is applied to", code="plan-lineage")
    if made_at.head.sequence and ledger.hash_at(made_at.head.sequence) != made_at.head.hash:
        message = "the reviewed plan knows entries that this ledger does not have: it was rolled back"
        raise LedgerError(message, hint="restore the newest copy of the ledger", code="plan-head")


def _outcome(work: _Work) -> CampaignOutcome:
    return CampaignOutcome(
        name=work.campaign.name,
        edition=work.campaign.edition,
        history=work.desk.history() if work.desk is not None else None,
        review=work.prepared.review if work.prepared is not None else None,
        replaced=work.replaced,
        sent=work.sent,
        receipt=work.receipt,
        freed=work.freed,
        over=work.prepared is not None and work.prepared.plan.over,
        caps=work.campaign.caps,
        error=work.error,
    )
