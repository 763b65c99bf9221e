"""What the vendor's status codes mean for us, by operation. What is not listed is unknown.

The vendor's codes are per product, and the global table of the voice product could not be read: these are the codes that
its pages for group calls list (send, update, resend, query, cancel, recall, upload, balance; read 2026-11-23). A code known
from the call-centre, SMS or old AI products only is *not* taken over, since they reuse numbers with other meanings.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Operation(StrEnum):
    """What was asked of the vendor."""

    SEND = "send"
    READ = "read"
    UPLOAD = "upload"
    CANCEL = "cancel"


class Verdict(StrEnum):
    """What a code says about the request that it answers."""

    DONE = "done"
    REJECTED = "rejected"
    ACCOUNT_REFUSED = "account refused"
    DUPLICATE = "duplicate"
    NOT_EXECUTED = "not executed"
    UNKNOWN = "unknown"


_MEANINGS: Final[Mapping[int, str]] = {
    0: "success",
    -1: "authentication failed: key, secret or application id",
    -2: "this address is not on the account's list",
    -10: "the balance is insufficient",
    -13: "the account is locked",
    -16: "the timestamp has expired",
    -18: "the vendor's program failed",
    -20: "it exists already",
    -21: "validation failed",
    -22: "a parameter is wrong",
    -23: "a limit of the vendor is reached",
    -24: "it does not exist",
    -26: "no price could be found",
    -34: "there are no numbers to call",
    -35: "no number was called",
    -37: "the state of a task forbids it",
    -54: "the task is wrong",
}

_EVERYWHERE: Final[Mapping[int, Verdict]] = {
    0: Verdict.DONE,
    -1: Verdict.ACCOUNT_REFUSED,
    -2: Verdict.ACCOUNT_REFUSED,
    -13: Verdict.ACCOUNT_REFUSED,
    # The one refusal that says in words that nothing was executed.
    -16: Verdict.NOT_EXECUTED,
    # "Program exception": the quick start blames bad JSON, but it may follow a half-made task. Never a refusal.
    -18: Verdict.UNKNOWN,
}

_TABLES: Final[Mapping[Operation, Mapping[int, Verdict]]] = {
    Operation.SEND: {
        **_EVERYWHERE,
        -10: Verdict.ACCOUNT_REFUSED,
        -20: Verdict.DUPLICATE,
        -21: Verdict.REJECTED,
        -22: Verdict.REJECTED,
        -23: Verdict.REJECTED,
        -24: Verdict.REJECTED,
        -26: Verdict.REJECTED,
        -34: Verdict.REJECTED,
        -35: Verdict.REJECTED,
        -54: Verdict.REJECTED,
        # -37 is on the list, but its text is cut off ("the group call task you su…"): it may speak of a task that exists.
    },
    Operation.READ: {**_EVERYWHERE, -21: Verdict.REJECTED, -22: Verdict.REJECTED, -24: Verdict.REJECTED},
    Operation.UPLOAD: {
        **_EVERYWHERE,
        -10: Verdict.ACCOUNT_REFUSED,
        -20: Verdict.DUPLICATE,
        -21: Verdict.REJECTED,
        -22: Verdict.REJECTED,
    },
    # A refused cancel says something about the state of the task, and that is looked at anyway. Recall flows list -22 only,
    # so it must also stand for "no such flow" and "not pending any more".
    Operation.CANCEL: {
        **_EVERYWHERE,
        -20: Verdict.REJECTED,
        -21: Verdict.REJECTED,
        -22: Verdict.REJECTED,
        -23: Verdict.REJECTED,
        -24: Verdict.REJECTED,
        -37: Verdict.REJECTED,
        -54: Verdict.REJECTED,
    },
}


def verdict(operation: Operation, code: int) -> Verdict:
    """Return what *code* says about an *operation*; `Verdict.UNKNOWN` where its pages do not list it."""
    return _TABLES[operation].get(code, Verdict.UNKNOWN)


def meaning(code: int) -> str:
    """Return *code* in our words, for messages: ``code -22 (a parameter is wrong)``. The vendor's own words are not shown."""
    words = _MEANINGS.get(code)
    return f"code {code}" if words is None else f"code {code} ({words})"
