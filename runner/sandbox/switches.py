"""Each uncertainty about the vendor as a switch, so that a client can be tried under every reading."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "envelope": ("documented", "A", "B"),
        "code_style": ("documented", "text", "number"),
        "send_data": ("id", "null"),
        "id_field": ("jobId", "taskId"),
        "termination_style": ("sip", "zero"),
        "voicemail_termination": ("failed", "success"),
        "push_form": ("object", "array", "wrapped"),
        "push_missing_times": ("absent", "null"),
    }
)
_DECIMALS: Final = ("balance", "gift", "credit", "rate_per_minute")
_SHARES: Final = ("push_lost", "push_twice", "push_late", "push_forged")
_MORE_THAN_ZERO: Final = ("calls_per_second", "callee_cap", "largest_page", "push_batch", "push_attempts")


class SwitchError(ValueError):
    """A switch that does not exist, or a value it cannot have; the message is meant for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How this vendor behaves where its documents are silent or contradict each other.

    Attributes:
        envelope: ``documented``: each endpoint in the form of its page; ``A``: status, reason; ``B``: code, msg.
        code_style: whether the code is text or a number; ``documented``: text in form A, a number in form B.
        error_http_status: HTTP status of an answer with a code other than 0.
        send_data: what ``data`` of an accepted send holds.
        id_field: the name of a task's id in lists and details.
        duplicate_name_code: the answer to a task or file name that exists.
        duplicates_accepted: a task name may be used again (the pessimistic reading).
        dollar_escape: ``$${`` is an escape for ``${``, as in a common Java substitutor.
        nested_values: ``${textN}`` inside a value is substituted too.
        tts_variables: ``${textN}`` is substituted in voice texts, as the quick start says.
        text_limit: characters (UTF-16 units) of a variable that survive; 0 = no cut.
        refuse_blank_texts: a blank value of a variable that the texts use is refused like null.
        callee_cap: most callees of one task (100,000 and 200,000 are both documented).
        accept_unknown_files: a ``voiceFileId`` that was never uploaded here is taken.
        app_ids: voice applications of the account; empty = any. Another one is -1.
        time_skew_s: tolerated age of a signature.
        clock_offset_s: how far the server's clock is off.
        vendor_timezone: the zone of times that carry none.
        visibility_lag_s: virtual seconds for which an accepted task is missing from queries and details.
        submitting_s: virtual seconds for which an accepted task is "submitting".
        largest_page: most tasks on a page of the list, however many are asked for.
        submission_fails: tasks accepted while this is on end as "submission failed", with nobody called.
        drop_callees: this many callees at the end of an accepted task are silently not taken.
        balance_lasts: tasks accepted while this is on dial so many and are then suspended, as if the money
            had run out; 0 = all.
        fault_percent: so many of all requests are hit by a fault of any kind, before or after they are carried
            out, drawn by the seed.
        calls_per_second: how fast one task dials, in virtual time.
        recall_obeys_windows: recall rounds keep the task's windows (off: the pessimistic reading).
        recall_children_listed: recall rounds appear in the task list, under their parent's name.
        balance: real money of the account; at or below zero a task is refused.
        gift: bonus money.
        credit: credit line.
        rate_per_minute: price of a charged minute.
        termination_style: how reports and records say success: ``sip`` 200, ``zero`` 0.
        voicemail_termination: whether a voicemail ends like a connection, which hides it in records.
        push_url: where status reports are posted to; empty = nowhere. Calls that are over by then are reported, too.
        push_form: one ``object`` a request, or batches: a bare ``array``, or an object with one (``wrapped``).
        push_batch: most reports of a batch.
        push_lost: share of reports that never come.
        push_twice: share that comes twice.
        push_late: share that comes late, and so out of order.
        push_late_s: most virtual seconds that a late one takes.
        push_shuffled: reports that are due together come in another order.
        push_forged: for this share of calls somebody else posts a false report, too.
        push_ringing: a call is also reported while it rings.
        push_attempts: how often a report is posted, a virtual minute apart, until it is answered with 200.
        push_call_status: reports have ``callStatus``.
        push_task_ids: reports have ``taskId`` and, in recall rounds, ``sourceTaskId``.
        push_missing_times: the time of an answer that never came is left out, or null.
    """

    envelope: str = "documented"
    code_style: str = "documented"
    error_http_status: int = 200
    send_data: str = "id"
    id_field: str = "jobId"
    duplicate_name_code: int = -20
    duplicates_accepted: bool = False
    dollar_escape: bool = False
    nested_values: bool = False
    tts_variables: bool = True
    text_limit: int = 30
    refuse_blank_texts: bool = True
    callee_cap: int = 100_000
    accept_unknown_files: bool = False
    app_ids: tuple[str, ...] = ()
    time_skew_s: float = 300.0
    clock_offset_s: float = 0.0
    vendor_timezone: str = "Asia/Shanghai"
    visibility_lag_s: float = 0.0
    submitting_s: float = 1.0
    largest_page: int = 100
    submission_fails: bool = False
    drop_callees: int = 0
    balance_lasts: int = 0
    fault_percent: float = 0.0
    calls_per_second: float = 50.0
    recall_obeys_windows: bool = False
    recall_children_listed: bool = True
    balance: str = "1000.00"
    gift: str = "0.00"
    credit: str = "0.00"
    rate_per_minute: str = "0.0236"
    termination_style: str = "sip"
    voicemail_termination: str = "failed"
    push_url: str = ""
    push_form: str = "object"
    push_batch: int = 100
    push_lost: float = 0.0
    push_twice: float = 0.0
    push_late: float = 0.0
    push_late_s: float = 600.0
    push_shuffled: bool = False
    push_forged: float = 0.0
    push_ringing: bool = False
    push_attempts: int = 1
    push_call_status: bool = True
    push_task_ids: bool = True
    push_missing_times: str = "absent"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that carry none."""
        return ZoneInfo(self.vendor_timezone)

    def changed(self, changes: Mapping[str, object]) -> "Switches":
        """Return these switches with *changes*, a JSON object of names and values.

        Raises:
            SwitchError: for an unknown name or an impossible value; nothing is changed then.
        """
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise SwitchError(f"there is no switch {name!r}; there are {', '.join(sorted(known))}")
            values[name] = _checked(name, value, like=known[name])
        return replace(self, **values)

    def changed_by_text(self, assignments: Iterable[str]) -> "Switches":
        """Return these switches with ``name=value`` texts applied, as given on a command line.

        Raises:
            SwitchError: as ``changed``, or where a text has no ``=``.
        """
        changes: dict[str, object] = {}
        for assignment in assignments:
            name, separator, text = assignment.partition("=")
            if not separator:
                raise SwitchError(f"{name!r} is not of the form name=value")
            try:
                value = json.loads(text)
            except ValueError:
                value = text
            is_text = isinstance(getattr(self, name, None), str)
            changes[name] = text if is_text else value
        return self.changed(changes)

    def to_json(self) -> dict[str, object]:
        """Return all switches by name, ready for JSON."""
        return asdict(self)


def _checked(name: str, value: object, *, like: object) -> object:
    """Return *value* as the type of *like*, the switch's present value."""
    if isinstance(like, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(like, float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _checked_number(name, float(value))
    elif isinstance(like, int):
        if isinstance(value, int) and not isinstance(value, bool):
            return int(_checked_number(name, value))
    elif isinstance(like, tuple):
        if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
    elif isinstance(value, str):
        return _checked_text(name, value)
    raise SwitchError(f"{name}: a value like {like!r} is wanted")


def _checked_number(name: str, value: float) -> float:
    may_be_negative = name in {"clock_offset_s", "duplicate_name_code"}
    is_positive = value > 0 or name not in _MORE_THAN_ZERO
    if value != value or value in {float("inf"), float("-inf")} or (value < 0 and not may_be_negative):  # noqa: PLR0124
        raise SwitchError(f"{name}: not negative and finite, please")
    if not is_positive:
        raise SwitchError(f"{name}: more than 0, please")
    if name in _SHARES and value > 1:
        raise SwitchError(f"{name}: a share, at most 1")
    return value


def _checked_text(name: str, value: str) -> str:
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SwitchError(f"{name}: one of {', '.join(_CHOICES[name])}")
    if name in _DECIMALS:
        try:
            is_finite = Decimal(value).is_finite()
        except InvalidOperation:
            is_finite = False
        if not is_finite:
            raise SwitchError(f"{name}: a decimal number in text")
    if name == "push_url" and value and not _is_address(value):
        raise SwitchError(f"{name}: an address that begins with http:// or https://")
    if name == "vendor_timezone":
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise SwitchError(f"{name}: an IANA zone name") from None
    return value


def _is_address(value: str) -> bool:
    try:
        url = urlsplit(value)
        is_complete = bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return (
        is_complete
        and url.scheme in {"http", "https"}
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )
