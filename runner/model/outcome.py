"""What became of a call, in our words, and how far what says so is to be trusted."""

from enum import IntEnum, StrEnum


class Outcome(StrEnum):
    """What became of one call, from what is known least to what is never undone.

    The order is the rank: of two reports that are equally certain the later one of this list stands, whatever came first.
    Somebody who answered was reached, so a late "no answer" for the same call does not undo it.

    Attributes:
        UNKNOWN: a call took place, and what says so does not tell how it ended.
        FAILED: it could not be put through, such as to a number that does not exist.
        NO_ANSWER: nobody answered while it rang, or nobody could be reached.
        BUSY: the line was engaged.
        VOICEMAIL: a machine answered. It is no person.
        ANSWERED: somebody answered.
    """

    UNKNOWN = "unknown"
    FAILED = "failed"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    ANSWERED = "answered"


class Certainty(IntEnum):
    """How far one report tells the outcome; a more certain one stands against any number of less certain ones.

    Attributes:
        NONE: it does not tell.
        DERIVED: by the code with which the connection ended, which cannot tell a person from a machine.
        STATED: the vendor says it in a field made for that.
    """

    NONE = 0
    DERIVED = 1
    STATED = 2


class Source(StrEnum):
    """Where a report of a call comes from: sent to us by anybody who knows the address, or asked of the vendor by us."""

    PUSH = "push"
    RECORD = "record"
