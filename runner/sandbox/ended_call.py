"""One call that is over, as call records and status reports both tell it."""

from dataclasses import dataclass
from typing import Final

from runner.sandbox.outcomes import CallStatus, Outcome
from runner.sandbox.switches import Switches
from runner.sandbox.task import Task
from runner.sandbox.vendor_time import in_local_time

BILL_PERIOD: Final = "20+20"
ID_DIGITS: Final = 7
POSITION_DIGITS: Final = 6

# What a network says where nobody is reached: 486 busy here, 487 ended by the caller (it rang too long), 603 declined,
# 404 no such number. Source of the meanings: RFC 3261, section 21. Which of them this vendor shows is an assumption.
_SIP_CODES: Final = {
    CallStatus.CONNECTED: "200",
    CallStatus.BUSY: "486",
    CallStatus.NO_ANSWER: "487",
    CallStatus.RANG_OTHER: "603",
    CallStatus.VOICEMAIL: "480",
    CallStatus.OTHER: "404",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCall:
    """One call: its id, its end and its times.

    Attributes:
        voice_id: the call's id.
        outcome: what became of it.
        dialled_at: Unix seconds; so are the others, None for what did not happen.
    """

    voice_id: str
    task: Task
    position: int
    outcome: Outcome
    dialled_at: float

    @property
    def rang_at(self) -> float | None:
        """When it rang first."""
        return self.dialled_at if self.outcome.has_rung else None

    @property
    def picked_up_at(self) -> float | None:
        """When somebody, or a machine, answered."""
        return self.dialled_at + self.outcome.ring_s if self.outcome.talk_s else None

    @property
    def ended_at(self) -> float:
        """When it was over."""
        return self.dialled_at + self.outcome.lasts_s

    @property
    def number(self) -> str:
        """Who was called, digits."""
        return self.task.callees.numbers[self.position]

    def cost(self, switches: Switches) -> str:
        """Return what the call costs, a decimal text."""
        return f"{float(switches.rate_per_minute) * self.outcome.charged_s / 60:.6f}"

    def sip_code(self, switches: Switches) -> str:
        """Return the network's code. Whether a voicemail counts as a connection is a switch, since no page says."""
        if self.outcome.status is CallStatus.VOICEMAIL and switches.voicemail_termination == "success":
            return "200"
        return _SIP_CODES[self.outcome.status]

    def termination(self, switches: Switches) -> tuple[str, str]:
        """Return code and reason of the end: by some pages 0 is a success, by others a SIP code is shown, 200 for one."""
        sip = self.sip_code(switches)
        reason = "success" if sip == "200" else "failed"
        if switches.termination_style == "zero":
            return ("0" if sip == "200" else "1"), reason
        return sip, reason


def ended_call(task: Task, position: int, *, switches: Switches) -> EndedCall:
    """Return the call at *position* of *task*, which took place; its id is like the vendor's.

    An id begins with the time of the call to the second in the vendor's zone; then comes what makes it unique here.
    """
    dialled_at = task.plan.dial_time(position)
    clock = in_local_time(dialled_at, switches.zone)
    digits = "".join(character for character in clock[2:] if character.isdigit())
    return EndedCall(
        voice_id=f"{digits}{task.task_id:0{ID_DIGITS}d}{position:0{POSITION_DIGITS}d}",
        task=task,
        position=position,
        outcome=task.outcome(position),
        dialled_at=dialled_at,
    )
