"""`collect`, from the inbox to the vendor's records: each step leaves the ledger whole, and may be repeated."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from runner.collect.attribute import LATE
from runner.collect.fold import Folded, Folder
from runner.collect.settle import BACK, Drift, by_list, by_records, listed
from runner.errors import CredentialsError, UnavailableError
from runner.model.entry import Entry
from runner.model.outcome_fact import Erasure, RecordsRead
from runner.model.report import Refusal
from runner.model.task_fact import TaskFact
from runner.planning.history import IN_DOUBT, History, Standing, TaskHistory, fold
from runner.planning.rounds import may_come, news_of
from runner.ports import Clock, Inbox, Ledger, Progress, Vendor

AT_ONCE = 50_000
"""Pushes that are folded in one step."""

MARGIN = timedelta(hours=36)
"""Records are read again from so long before they were read last: zones, and calls that were under way."""

AHEAD = timedelta(hours=1)
"""Records are read to so long after now: the vendor's clock may be ahead of ours."""

STRETCH = timedelta(hours=2)
"""Records are read and folded so much at a time: a large campaign's day does not fit into memory."""

FORGETS = timedelta(days=59)
"""How long the vendor keeps call records: "two months", in any season."""

WARN = timedelta(days=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a run has done.

    Attributes:
        pushes: bodies that were taken out of the inbox.
        refused: what in them could not be read, by reason.
        pushed, recorded: what became of the reports in pushes and of the call records.
        settled: tasks that were in doubt, and are not any more.
        in_doubt: tasks that still are.
        since: from when on records were read; None where none had to be.
        complete: the records held still while they were read.
        warnings: what a person should know.
        unavailable: the vendor could not be asked; the pushes were folded all the same.
        erased: entries whose outcomes were older than `keep_days`, and are not kept any more.
    """

    pushes: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)
    pushed: Folded = field(default_factory=Folded)
    recorded: Folded = field(default_factory=Folded)
    settled: tuple[str, ...] = ()
    in_doubt: tuple[TaskHistory, ...] = ()
    drift: tuple[Drift, ...] = ()
    since: datetime | None = None
    complete: bool = True
    warnings: tuple[str, ...] = ()
    unavailable: UnavailableError | None = None
    erased: int = 0
    keep_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run needs.

    Attributes:
        subkey: of the ledger's key, for person keys.
        with_records: the vendor's call records are read too, which takes a request for each hundred calls.
        keep_days: what became of calls is erased after so many days, longer than records are read back; None: never.
    """

    ledger: Ledger
    vendor: Vendor
    inbox: Inbox
    clock: Clock
    progress: Progress
    subkey: str
    with_records: bool = True
    keep_days: int | None = None


def collect(tools: Tools) -> Collected:
    """Fold the inbox, look tasks up, read records, settle doubts; return what was done.

    Raises:
        CredentialsError: the vendor account is not the one that the ledger belongs to.
        LedgerError: the ledger or the inbox failed; the pushes that were not folded yet are still there.
    """
    return _Run(tools).run()


class _Run:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._ledger = tools.ledger
        self._folder = Folder(tools.ledger, tools.clock, subkey=tools.subkey, tasks=self._tasks)
        self._drift: list[Drift] = []
        self._warnings: list[str] = []
        self._refused: Counter[Refusal] = Counter()
        self._pushes = 0
        self._pushed = self._recorded = Folded()
        self._since: datetime | None = None
        self._complete = True

    def run(self) -> Collected:
        self._check_account()
        before = {task.task.name for task in self._in_doubt()}
        unavailable = None
        self._fold_inbox()
        try:
            self._look_up()
            if self._tools.with_records:
                self._read_records()
            self._look_at_rounds()
        except UnavailableError as error:
            unavailable = error
        self._record(by_records(self._tasks(), self._ledger))
        erased = self._erase()
        in_doubt = self._in_doubt()
        return Collected(
            pushes=self._pushes,
            refused=self._refused,
            pushed=self._pushed,
            recorded=self._recorded,
            settled=tuple(sorted(before - {task.task.name for task in in_doubt})),
            in_doubt=in_doubt,
            drift=tuple(self._drift),
            since=self._since,
            complete=self._complete,
            warnings=tuple(self._warnings),
            unavailable=unavailable,
            erased=erased,
            keep_days=self._tools.keep_days,
        )

    def _check_account(self) -> None:
        bound, account = self._ledger.identity.account, self._tools.vendor.account
        if bound is not None and bound != account:
            raise CredentialsError(
                f"the ledger {self._ledger.place} belongs to vendor account {bound}, these credentials are of {account}",
                hint="what another account says of calls proves nothing here; a new API key is taken up by `runner apply`",
                code="other-account",
            )

    def _fold_inbox(self) -> None:
        """Append first, then remove: a crash in between folds the same pushes again, which changes nothing."""
        inbox = self._tools.inbox
        total = left = inbox.depth()
        while left > 0 and (taken := inbox.take(min(AT_ONCE, left))):
            reports = self._tools.vendor.read_pushes(push.body for push in taken)
            self._refused.update(reports.refused)
            self._pushed += self._folder.fold(reports.frame)
            inbox.remove([push.id for push in taken])
            self._pushes += len(taken)
            left -= len(taken)
            self._tools.progress.step("pushes folded", done=self._pushes, total=total)

    def _look_up(self) -> None:
        """Ask the vendor for every campaign's tasks, and record what its list proves."""
        now = self._tools.clock.now()
        for campaign, edition in self._editions(now):
            listing = listed(self._tools.vendor, campaign, edition, now=now)
            # Read after the list: what an apply beside us did meanwhile is known then.
            facts, drift = by_list(self._history(campaign, edition), listing)
            self._record(facts)
            self._drift += drift

    def _look_at_rounds(self) -> None:
        """Ask for the recall rounds of tasks that may have some to come, and record what changed of them."""
        now = self._tools.clock.now()
        tasks = [task for task in self._tasks() if may_come(task, now=now)]
        for done, task in enumerate(tasks):
            self._tools.progress.step("tasks asked for recall rounds", done=done, total=len(tasks))
            if task.job_id is None:
                continue
            try:
                seen = self._tools.vendor.rounds(task.job_id)
            except UnavailableError as error:
                # Nothing rests on them, and not every account may have them listed.
                self._warnings.append(f"recall rounds could not be looked at: {error}")
                return
            self._ledger.record_all(news_of(task, seen), now=now)

    def _read_records(self) -> None:
        now = self._tools.clock.now()
        since = self._records_since(now)
        if since is None:
            return
        if since < now - FORGETS:
            self._warnings.append(
                f"the vendor has forgotten the call records from before {now - FORGETS:%Y-%m-%d}: what was not pushed is lost"
            )
            since = now - FORGETS
        elif since < now - WARN:
            self._warnings.append(
                f"call records from {since:%Y-%m-%d} on were not read before and are forgotten after two months: collect daily"
            )
        self._since = start = since
        until = now + AHEAD
        while start < until:
            end = min(start + STRETCH, until)
            found = self._tools.vendor.records(since=start, until=end)
            self._recorded += self._folder.fold(found.reports.frame)
            self._complete = self._complete and found.complete
            start = end
            self._say(start - since, of=until - since)
        fact = RecordsRead(
            account=self._tools.vendor.account, since=since, until=now, complete=self._complete
        )
        self._ledger.record(fact, now=now)

    def _erase(self) -> int:
        if self._tools.keep_days is None:
            return 0
        now = self._tools.clock.now()
        before = now - timedelta(days=self._tools.keep_days)
        return len(self._ledger.erase_outcomes_before(before, reason=Erasure.RETENTION, now=now))

    def _say(self, done: timedelta, *, of: timedelta) -> None:
        total = max(1, round(of / timedelta(hours=1)))
        step = min(total, round(done / timedelta(hours=1)))
        self._tools.progress.step("hours of call records read", done=step, total=total)

    def _records_since(self, now: datetime) -> datetime | None:
        """Return from when on records are wanted; None where no task can have rung since they were read last."""
        rung = [task.sending.calls_at for task in self._tasks() if task.sending.calls_at <= now]
        last = _read_until(self._ledger.records_read(), self._tools.vendor.account)
        if not rung or (last is not None and last - MARGIN > max(rung) + LATE):
            return None
        first = min(rung) - timedelta(hours=1)
        return first if last is None else max(first, last - MARGIN)

    def _tasks(self) -> tuple[TaskHistory, ...]:
        """Return every task that may have rung within the vendor's memory, as the ledger knows it now."""
        return tuple(
            task
            for campaign, edition in self._editions(self._tools.clock.now())
            for task in self._history(campaign, edition).tasks
        )

    def _editions(self, now: datetime) -> tuple[tuple[str, str], ...]:
        sent = self._ledger.sent_since(now - BACK)
        return tuple(dict.fromkeys((task.campaign, task.edition) for task in sent))

    def _history(self, campaign: str, edition: str) -> History:
        return fold(self._ledger.entries(campaigns=(campaign,), edition=edition))

    def _in_doubt(self) -> tuple[TaskHistory, ...]:
        """Return the tasks in doubt, but for those that an apply is sending at this moment."""
        return tuple(
            task
            for task in self._tasks()
            if task.standing in IN_DOUBT
            and not (
                task.standing is Standing.SENDING and self._ledger.holder(task.task.campaign) is not None
            )
        )

    def _record(self, facts: Sequence[TaskFact]) -> None:
        if facts:
            self._ledger.record_all(facts, now=self._tools.clock.now())


def _read_until(entries: Sequence[Entry], account: str) -> datetime | None:
    """Return up to when the records of *account* were read whole; None where they never were."""
    facts = [entry.fact for entry in entries if isinstance(entry.fact, RecordsRead)]
    return max((fact.until for fact in facts if fact.complete and fact.account == account), default=None)
