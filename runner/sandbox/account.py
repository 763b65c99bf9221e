"""The vendor's whole state: one account with its files, tasks, money and switches."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from runner.sandbox.book import TaskBook
from runner.sandbox.callees import Callees
from runner.sandbox.clock import Clock
from runner.sandbox.dialling import DialPlan
from runner.sandbox.expansion import expand, units
from runner.sandbox.fields import Fields
from runner.sandbox.files import FileStore
from runner.sandbox.findings import Cut, Findings
from runner.sandbox.order import Order
from runner.sandbox.outbox import Outbox
from runner.sandbox.recall_flow import Flow, Node
from runner.sandbox.recall_plan import RecallPlan
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.script import Sms, Voice
from runner.sandbox.switches import Switches
from runner.sandbox.task import Submission, Task
from runner.sandbox.vendor_time import day_of

_CENT: Final = Decimal("0.01")
_LONGEST_TEXT: Final = 1000


class Account:
    """State and the steps that several endpoints share. Not safe for threads: the engine holds the lock.

    Args:
        clock: the two times.
        switches: how this vendor behaves.
        seed: enters file ids and outcomes.
    """

    __slots__ = ("book", "clock", "files", "findings", "list_shifts", "outbox", "seed", "switches")

    def __init__(self, *, clock: Clock, switches: Switches, seed: int) -> None:
        self.clock = clock
        self.switches = switches
        self.seed = seed
        self.files = FileStore(seed)
        self.book = TaskBook()
        self.findings = Findings()
        self.list_shifts = 0
        self.outbox = Outbox(seed)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times without one are read and shown."""
        return self.switches.zone

    def server_time(self) -> float:
        """Return the server's clock, Unix seconds."""
        return self.clock.wall() + self.switches.clock_offset_s

    def now(self) -> float:
        """Return the virtual time, with every recall round started that is due by then."""
        now = self.clock.now()
        self.book.advance(now, self._start_round)
        return now

    def visible(self, task_id: int, now: float) -> Task:
        """Return the task of this id as queries see it.

        Raises:
            RefusedError: -24 where there is none, or where it is not visible yet.
        """
        task = self.book.task(task_id)
        if task is None or now < task.submission.visible_at:
            raise RefusedError(Code.MISSING, "task")
        return task

    def check_name(self, name: str) -> None:
        """Return if a new task may have this name.

        Raises:
            RefusedError: with the duplicate-name code, by default -20.
        """
        if self.book.has_name(name) and not self.switches.duplicates_accepted:
            raise RefusedError(self.switches.duplicate_name_code, "taskName")

    def check_balance(self, now: float) -> None:
        """Return if there is money; that a task is refused without any is an assumption."""
        if self.balance(now) + Decimal(self.switches.gift) + Decimal(self.switches.credit) <= 0:
            raise RefusedError(Code.BALANCE)

    def balance(self, now: float) -> Decimal:
        """Return what is left of the real money after the calls that ended, to the cent."""
        seconds = sum(task.tally(now).charged_s for task in self.book.tasks())
        spent = Decimal(self.switches.rate_per_minute) * seconds / 60
        return (Decimal(self.switches.balance) - spent).quantize(_CENT, ROUND_HALF_UP)

    def check_files(self, voices: Iterable[Voice]) -> None:
        """Return if every file that *voices* name exists.

        Raises:
            RefusedError: -24, an assumption.
        """
        for voice in voices:
            is_known = voice.file_id is None or self.files.find(voice.file_id) is not None
            if not (is_known or self.switches.accept_unknown_files):
                raise RefusedError(Code.MISSING, "voiceFileId")

    def store_inline_files(self, order: Order) -> Order:
        """Return *order* with the files that it carries stored and named by id."""
        recall = self.store_round_files(order.recall) if order.recall else None
        return replace(order, voice=self._stored(order.voice), recall=recall)

    def store_round_files(self, recall: RecallPlan) -> RecallPlan:
        """Return *recall* with the files that its rounds carry stored and named by id."""
        overrides = tuple(replace(entry, voice=self._stored(entry.voice)) for entry in recall.overrides)
        return replace(recall, overrides=overrides)

    def _stored(self, voice: Voice) -> Voice:
        if voice.upload is None:
            return voice
        return replace(
            voice,
            file_id=self.files.add(voice.upload, day=day_of(self.server_time(), self.zone)).file_id,
            upload=None,
        )

    def accept(self, order: Order, callees: Callees, *, now: float) -> Task:
        """Return the new task, with its recall flow, after every check has passed."""
        switches = self.switches
        kept = callees
        if switches.drop_callees:
            kept = callees.subset(range(max(0, len(callees) - switches.drop_callees)))
        submitted_at = now + switches.submitting_s
        task = Task(
            task_id=self.book.new_id(),
            order=self.store_inline_files(order),
            callees=kept,
            submission=Submission(
                created_at=self.server_time(),
                submitted_at=submitted_at,
                visible_at=now + switches.visibility_lag_s,
                fails=switches.submission_fails,
                dials_at_most=switches.balance_lasts or None,
            ),
            plan=self.dial_plan(order, len(kept), not_before=submitted_at),
            seed=self.seed,
        )
        self.book.add(task, now=now, findings=self.findings)
        if task.order.recall:
            self.book.add_flow(task, task.order.recall)
        self._note(task, callees)
        return task

    def dial_plan(self, order: Order, callees: int, *, not_before: float) -> DialPlan:
        """Return who is dialled when. A time of sending that has passed means now (an assumption)."""
        return DialPlan(
            callees,
            start=max(not_before, order.send_at or not_before),
            per_second=self.switches.calls_per_second,
            windows=order.windows,
            zone=self.zone,
        )

    def _note(self, task: Task, sent: Callees) -> None:
        """Note what was passed over in silence."""
        findings, order = self.findings, task.order
        findings.cut_count += sent.truncation_count
        for cut in sent.truncations:
            findings.add_cut(
                Cut(
                    task_id=task.task_id,
                    task_name=order.name,
                    number=cut.number,
                    slot=cut.slot,
                    sent_units=cut.sent_units,
                )
            )
        findings.past_send_times += order.send_at is not None and order.send_at < self.server_time()
        findings.overlong_texts += self._overlong(order, sent)

    def _overlong(self, order: Order, callees: Callees) -> int:
        """Return how many callees have a text of more than 1000 UTF-16 units once the variables are in it."""
        growth = self.switches.text_limit or _LONGEST_TEXT
        risky = [
            (kind, text)
            for kind, text in order.templates()
            if "${text" in text and units(text) > _LONGEST_TEXT - growth * text.count("${text")
        ]
        if not risky:
            return 0
        return sum(
            any(units(self.expanded(kind, text, callees.values(at))) > _LONGEST_TEXT for kind, text in risky)
            for at in range(len(callees))
        )

    def expanded(self, kind: str, template: str, values: dict[int, str | None]) -> str:
        """Return a callee's text as this vendor would say or send it; *kind* is ``voice`` or ``sms``."""
        switches = self.switches
        if kind == "voice" and not switches.tts_variables:
            return template
        return expand(template, values, dollar_escape=switches.dollar_escape, nested=switches.nested_values)

    def note_unknown(self, fields: Fields, *more: str) -> None:
        """Note fields that no document knows."""
        self.findings.unknown_fields.update((*fields.unasked(), *more))

    def _start_round(self, flow: Flow, node: Node, callees: Callees, at: float) -> Task:
        """Return a recall round's task, started at the virtual time *at*."""
        source = flow.source
        order = replace(source.order, recall=None, send_at=None)
        if not self.switches.recall_obeys_windows:
            order = replace(order, windows=())
        overrides = flow.plan.overrides
        if node.round_number <= len(overrides):
            override = overrides[node.round_number - 1]
            order = replace(order, voice=override.voice, sms=_inherited(override.sms, source.order.sms))
        task = Task(
            task_id=self.book.new_id(),
            order=order,
            callees=callees,
            submission=Submission(created_at=self.server_time(), submitted_at=at, visible_at=at, fails=False),
            plan=self.dial_plan(order, len(callees), not_before=at),
            seed=self.seed,
            parent=source,
            round_number=node.round_number,
        )
        self.book.add_round(task)
        return task


def _inherited(sms: Sms | None, source: Sms | None) -> Sms | None:
    """Return a round's SMS with the task's SMS application where it names none."""
    if sms is None or source is None or sms.app_id is not None:
        return sms
    return replace(sms, app_id=source.app_id)
