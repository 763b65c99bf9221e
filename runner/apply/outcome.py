"""What an apply did, per campaign and in all, and the exit code that follows."""

from dataclasses import dataclass

from runner.apply.replace import ReplaceResult
from runner.apply.tally import SendResult
from runner.errors import Exit, LedgerError, RunnerError, distinct, worst
from runner.model.plan import Plan
from runner.model.policy import Caps
from runner.planning.history import IN_DOUBT, History, Standing
from runner.planning.review import Review

_STOPS = {
    "doubt": Exit.IN_DOUBT,
    "account": Exit.CREDENTIALS,
    "balance": Exit.PARTIAL,
    "operator": Exit.INTERRUPTED,
    "over": Exit.PARTIAL,
    "lease": Exit.LEDGER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOutcome:
    """One campaign after an apply.

    Attributes:
        history: all its tasks, as the ledger has them now; None where the ledger was never reached.
        replaced: what became of waiting tasks that were to be replaced.
        sent: None where nothing was to be sent, or `error` came first.
        receipt: path of the receipt, for views; None where none was written.
        freed: people who are new again, because their task was found failed when all sending was done, or
            another attempt of it was found to be the one that was taken.
        caps: on calls to one person, over all campaigns.
        over: the campaign has ended, so that nobody of it is called any more.
    """

    name: str
    edition: str
    history: History | None
    review: Review | None
    sent: SendResult | None
    receipt: str | None
    error: RunnerError | None
    freed: int = 0
    over: bool = False
    replaced: ReplaceResult | None = None
    caps: Caps | None = None

    @property
    def exits(self) -> tuple[Exit, ...]:
        """Return every exit code that occurred, `Exit.DONE` aside."""
        if isinstance(self.error, LedgerError) and self.sent is None:
            # A ledger that is not to be used has nothing to say about tasks: "repeating is safe" would be wrong.
            return (self.error.exit,)
        found: list[Exit] = [self.error.exit] if self.error else []
        tasks = self.history.tasks if self.history else ()
        # Of a campaign that has ended nobody would be called anyway.
        closed = self.history is not None and bool(self.history.closed_by) and not self.over
        if closed or any(task.standing in IN_DOUBT for task in tasks):
            found.append(Exit.IN_DOUBT)
        if any(task.standing in {Standing.ACCEPTED, Standing.CANCELLED} for task in tasks):
            found.append(Exit.PARTIAL)
        if self.freed or (self.replaced is not None and self.replaced.left):
            found.append(Exit.PARTIAL)
        if self.sent is not None:
            found += self._sent_exits(self.sent)
        return tuple(found)

    def _sent_exits(self, sent: SendResult) -> list[Exit]:
        found = [Exit.PARTIAL] if sent.rejected else []
        if sent.stopped is not None:
            nothing_sent = Exit.REFUSED if sent.stopped.kind == "halted" else Exit.UNAVAILABLE
            found.append(_STOPS.get(sent.stopped.kind, Exit.PARTIAL if sent.accepted else nothing_sent))
        elif sent.not_sent and sent.error is None:
            # Nothing stopped it, and yet somebody was left out: never a success.
            found.append(Exit.BUG)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOutcome:
    """An apply, over all its campaigns.

    Attributes:
        plan: the one made now, the intersection with the reviewed one.
        interrupted: somebody asked to stop, so that what was handed over is not confirmed.
    """

    plan: Plan | None
    campaigns: tuple[CampaignOutcome, ...]
    interrupted: bool = False

    @property
    def errors(self) -> tuple[RunnerError, ...]:
        """Return what stopped campaigns, each once: one error may have stopped several."""
        return distinct(one.error for one in self.campaigns)

    @property
    def is_halted(self) -> bool:
        """Tell whether somebody stopped everything before all was sent."""
        sent = [one.sent for one in self.campaigns if one.sent is not None]
        return any(one.stopped is not None and one.stopped.kind == "halted" for one in sent)

    @property
    def exit(self) -> Exit:
        """Return the exit code of the command; *unavailable* and a stop promise by it that nothing was sent at all."""
        codes = [code for campaign in self.campaigns for code in campaign.exits]
        code = worst([*codes, Exit.INTERRUPTED] if self.interrupted else codes)
        was_sent = any(one.sent is not None and one.sent.accepted for one in self.campaigns)
        promises_nothing = code is Exit.UNAVAILABLE or (code is Exit.REFUSED and self.is_halted)
        return Exit.PARTIAL if promises_nothing and was_sent else code
