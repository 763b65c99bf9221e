"""What becomes of a call: plausible, and the same for a seed, a task, a number and a round."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_KEY_PRESS_PERCENT: Final = 45
_EXPECTED_KEY_PERCENT: Final = 60
_LONGEST_TALK_S: Final = 60
_PERIOD_S: Final = 20


class CallStatus(IntEnum):
    """The vendor's ``callStatus``. Source: its newest push page (Chinese)."""

    BUSY = 10
    NO_ANSWER = 20
    RANG_OTHER = 30
    VOICEMAIL = 40
    CONNECTED = 50
    OTHER = 60


# Invented shares, in percent.
_SHARES: Final = (
    (55, CallStatus.CONNECTED),
    (75, CallStatus.NO_ANSWER),
    (85, CallStatus.BUSY),
    (94, CallStatus.VOICEMAIL),
    (97, CallStatus.RANG_OTHER),
    (100, CallStatus.OTHER),
)
_STATUS_OF_BYTE: Final = tuple(
    next(status for share, status in _SHARES if byte * 100 // 256 < share) for byte in range(256)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call: its end, how long it rang and talked, and the key that was pressed, if any."""

    status: CallStatus
    ring_s: int
    talk_s: int
    key: str | None

    @property
    def is_success(self) -> bool:
        """Whether a person was reached; that a voicemail counts as failed is an assumption."""
        return self.status is CallStatus.CONNECTED

    @property
    def has_rung(self) -> bool:
        """Whether the phone rang."""
        return self.status is not CallStatus.OTHER

    @property
    def lasts_s(self) -> int:
        """Seconds from dialling to the end."""
        return self.ring_s + self.talk_s

    @property
    def charged_s(self) -> int:
        """Charged seconds: begun periods of 20, as in the vendor's sample ``20+20``."""
        return -(-self.talk_s // _PERIOD_S) * _PERIOD_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a task allows its calls, and which keys somebody would press."""

    max_ring_s: int
    max_talk_s: int
    expected_keys: tuple[str, ...] = ()


def outcome_of(material: str, limits: Limits) -> Outcome:
    """Return the outcome that belongs to *material*, the same every time."""
    dice = hashlib.blake2b(material.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    status = _STATUS_OF_BYTE[dice[0]]
    ring_s = 3 + dice[1] % (limits.max_ring_s - 3)
    if status is CallStatus.NO_ANSWER:
        ring_s = limits.max_ring_s
    elif status is CallStatus.OTHER:
        ring_s = 0
    talk_s = 0
    if status is CallStatus.CONNECTED or status is CallStatus.VOICEMAIL:
        talk_s = min(limits.max_talk_s, 5 + dice[2] % _LONGEST_TALK_S)
    key = _key(dice, limits.expected_keys) if status is CallStatus.CONNECTED else None
    return Outcome(status=status, ring_s=ring_s, talk_s=talk_s, key=key)


def _key(dice: bytes, expected: tuple[str, ...]) -> str | None:
    if dice[3] * 100 // 256 >= _KEY_PRESS_PERCENT:
        return None
    if expected and dice[4] * 100 // 256 < _EXPECTED_KEY_PERCENT:
        return expected[dice[5] % len(expected)]
    return str(dice[5] % 10)
