"""What a task is asked to do, validated: everything of a send request but the callees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from runner.sandbox.expansion import slots_in
from runner.sandbox.fields import Fields
from runner.sandbox.recall_plan import RecallPlan, read_recall_plan
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.script import Sms, Voice, read_sms, read_voice
from runner.sandbox.switches import Switches
from runner.sandbox.vendor_time import Window, local_time, windows

_DIGITS: Final = re.compile(r"[0-9]*")
_LONGEST_DISPLAY_NUMBER: Final = 20
_LONGEST_DELAY_S: Final = 999
_LARGEST_INT: Final = 2**31 - 1
_BY_KEY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A validated task without its callees.

    Attributes:
        app_id: the voice application.
        name: the task's name.
        display_number: the caller's number, may be empty.
        voice: what is played.
        sms: what is sent afterwards, if anything.
        recall: automatic rounds, if any.
        loops: how often it is played.
        max_talk_s: forced hang-up after this many seconds; the field is called ``maxCalls``.
        max_ring_s: how long it rings at most.
        send_at: Unix seconds, None = now.
        windows: daily windows, none = always.
        seat_key: the key that transfers to an agent, if there is one.
    """

    app_id: str
    name: str
    display_number: str
    voice: Voice
    sms: Sms | None
    recall: RecallPlan | None
    loops: int
    max_talk_s: int
    max_ring_s: int
    send_at: float | None
    windows: tuple[Window, ...]
    seat_key: str | None

    def scripts(self) -> tuple[tuple[Voice, Sms | None], ...]:
        """Return voice and SMS of the task and of each recall round that has its own."""
        overrides = self.recall.overrides if self.recall else ()
        return (self.voice, self.sms), *((entry.voice, entry.sms) for entry in overrides)

    def voices(self) -> Iterator[Voice]:
        """Yield what is played, recall rounds included."""
        return (voice for voice, _ in self.scripts())

    def templates(self) -> Iterator[tuple[str, str]]:
        """Yield (kind, text) of every text in which variables may stand, recall rounds included."""
        for voice, sms in self.scripts():
            if voice.text is not None:
                yield "voice", voice.text
            if sms is not None:
                yield "sms", sms.template

    def slots(self, switches: Switches) -> frozenset[int]:
        """Return the numbers of the variables that this task's texts use."""
        used: frozenset[int] = frozenset()
        for kind, text in self.templates():
            if kind == "sms" or switches.tts_variables:
                used |= slots_in(text, dollar_escape=switches.dollar_escape)
        return used


def read_order(fields: Fields, *, switches: Switches, app_id: str | None = None) -> Order:
    """Return the validated order of a send, an update or a resend request.

    Args:
        fields: of the request.
        switches: of the vendor: known applications and the zone.
        app_id: the application where the request need not name one (update, resend).
    """
    fields.integer("delayPlay", 0, _LONGEST_DELAY_S)
    fields.integer("delayHangup", 0, _LONGEST_DELAY_S)
    zone = ZoneInfo(switches.vendor_timezone)
    return Order(
        app_id=_read_app_id(fields, switches) if app_id is None else fields.text("appId") or app_id,
        name=fields.required_text("taskName", shortest=2, longest=64),
        display_number=_read_display_number(fields),
        voice=read_voice(fields),
        sms=read_sms(fields),
        recall=_read_recall(fields),
        loops=_read_loops(fields, is_required=app_id is None),
        max_talk_s=fields.required_integer("maxCalls", 1, 999),
        max_ring_s=fields.integer("maxRingingTime", 20, 120) or 60,
        send_at=local_time(fields, "sendTime", zone),
        windows=windows(fields, "allowSendTime"),
        seat_key=_read_seat_key(fields),
    )


def _read_app_id(fields: Fields, switches: Switches) -> str:
    app_id = fields.required_text("appId")
    if switches.app_ids and app_id not in switches.app_ids:
        raise RefusedError(Code.AUTHENTICATION, "appId")
    return app_id


def _read_display_number(fields: Fields) -> str:
    number = fields.text("displayNum", longest=_LONGEST_DISPLAY_NUMBER) or ""
    if not _DIGITS.fullmatch(number):
        raise RefusedError(Code.VALIDATION, "displayNum must be digits")
    return number


def _read_loops(fields: Fields, *, is_required: bool) -> int:
    return (
        fields.required_integer("loopCount", 1, 9) if is_required else fields.integer("loopCount", 1, 9) or 1
    )


def _read_recall(fields: Fields) -> RecallPlan | None:
    """Return the recall plan; absent or empty is none, as the quick start says."""
    if fields.raw("recallFlow") in ({}, ""):
        return None
    flow = fields.child("recallFlow")
    return read_recall_plan(flow) if flow else None


def _read_seat_key(fields: Fields) -> str | None:
    """Return the transfer key. Group, control, rate and type are required with ``toSeat`` 1."""
    fields.ignore("sipGroupId", "outboundControl", "calloutRate", "toSeatType", "toSeatKey")
    if not fields.flag("toSeat"):
        return None
    fields.required_integer("sipGroupId", 1, _LARGEST_INT)
    fields.required_integer("outboundControl", 1, 1)
    fields.required_integer("calloutRate", 1, _LARGEST_INT)
    is_by_key = fields.required_integer("toSeatType", 1, _BY_KEY) == _BY_KEY
    return fields.required_key("toSeatKey") if is_by_key else None
