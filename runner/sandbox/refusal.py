"""What the vendor answers when it does not do what it was asked."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Code(IntEnum):
    """Status codes of the voice product.

    Source: union of the vendor's voice, AI and group-call pages and the quick start (its global table for
    voice could not be read). Which of -21 and -22 a given fault gets is not documented: here -22 is a field
    that is missing or of another type, -21 one whose value is not allowed.
    """

    SUCCESS = 0
    AUTHENTICATION = -1
    BALANCE = -10
    EXPIRED = -16
    PROGRAM = -18
    EXISTS = -20
    VALIDATION = -21
    PARAMETER = -22
    CAP = -23
    MISSING = -24
    NO_CALLABLE_NUMBERS = -34
    TASK_STATE = -37
    CANCEL_STATE = -54


_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        Code.SUCCESS: "success",
        Code.AUTHENTICATION: "Authentication error",
        Code.BALANCE: "insufficient balance",
        Code.EXPIRED: "timestamp expires",
        Code.PROGRAM: "Port program unusual",
        Code.EXISTS: "data already exists",
        Code.VALIDATION: "data validation exception",
        Code.PARAMETER: "parameter exception",
        Code.CAP: "data cap reached",
        Code.MISSING: "data does not exist",
        Code.NO_CALLABLE_NUMBERS: "no callable numbers in the last finished task",
        Code.TASK_STATE: "the group call task is not in a state that permits this",
        Code.CANCEL_STATE: "the submitted task is wrong, please check and resubmit",
    }
)


def reason_of(code: int) -> str:
    """Return the words that go with *code*; those of 0, -1, -16 and -18 are the vendor's, the others ours."""
    return _REASONS.get(code, "error")


class RefusedError(Exception):
    """The request was not carried out.

    Args:
        code: the status code to answer with.
        detail: which field or rule, without any value of the request; put behind the code's own words.
    """

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = int(code)
        self.reason = f"{reason_of(code)}: {detail}" if detail else reason_of(code)
        super().__init__(self.reason)
