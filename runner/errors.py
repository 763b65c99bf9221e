"""The error tree: one root, a subclass for each thing that the operator does next, each owning its exit code.

    RunnerError
    ├── InvalidError          3   configuration, template or audience invalid: fix the files
    ├── CredentialsError      4   missing, refused, or of another account or environment
    ├── UnavailableError      5   the vendor could not be reached and nothing was sent
    ├── RefusedError          6   a guard, a policy or a missing acknowledgement
    │   └── HaltedError       6   somebody stopped everything
    ├── MismatchError         7   the reviewed plan no longer matches
    ├── LedgerError           8   locked, rolled back, swapped, or under another key
    │   ├── RecountError      8   people were called by another campaign since their calls were counted
    │   └── SuppressedError   8   people were suppressed since it was looked who is
    ├── PartialError          9   applied in part, repeating is safe
    ├── InDoubtError         10   outcomes unknown: a person must look
    └── ExpectationError     11   an expectation failed

No message holds a phone number, a cell of an audience, a rendered text or a secret.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of the command line (design, section 11)."""

    DONE = 0
    BUG = 1
    CHANGES = 2
    INVALID = 3
    CREDENTIALS = 4
    UNAVAILABLE = 5
    REFUSED = 6
    MISMATCH = 7
    LEDGER = 8
    PARTIAL = 9
    IN_DOUBT = 10
    EXPECTATION = 11
    USAGE = 64
    INTERRUPTED = 130


SEVERITY: tuple[Exit, ...] = (
    Exit.BUG,
    Exit.IN_DOUBT,
    Exit.INTERRUPTED,
    Exit.PARTIAL,
    Exit.LEDGER,
    Exit.CREDENTIALS,
    Exit.UNAVAILABLE,
    Exit.MISMATCH,
    Exit.REFUSED,
    Exit.INVALID,
)
"""Of several campaigns in one command, the first of these that occurred is the exit code (design, section 8)."""


def worst(exits: Iterable[Exit]) -> Exit:
    """Return the exit code that stands for all of *exits*: the first in `SEVERITY`, else the largest, else `Exit.DONE`."""
    seen = set(exits)
    for code in SEVERITY:
        if code in seen:
            return code
    return max(seen, default=Exit.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in a file of the campaign repository.

    Attributes:
        path: as a person would type it: relative to the root of the campaign repository.
        line: 1-based; None where the file as a whole is meant.
        column: 1-based, in characters.
        length: how many characters the caret underlines.
        text: that line of the file, without its end. Never set for an audience: its cells are not shown.
    """

    path: str
    line: int | None = None
    column: int | None = None
    length: int = 1
    text: str | None = None

    def __str__(self) -> str:
        """Return ``path:line:column``, as far as known."""
        return ":".join([self.path, *(str(part) for part in (self.line, self.column) if part is not None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where, and what to do about it.

    Attributes:
        code: stable kebab-case word that tests and documentation refer to, such as ``unknown-key``.
        message: one sentence with the numbers, without a value of the audience.
        where: the place; None where there is none.
        hint: the next step, one sentence.
    """

    code: str
    message: str
    where: Where | None = None
    hint: str | None = None


class RunnerError(Exception):
    """Anything that stops a command and that a user can do something about."""

    exit: ClassVar[Exit] = Exit.BUG

    def __init__(
        self, message: str, *, where: Where | None = None, hint: str | None = None, code: str = ""
    ) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (
            Problem(code=code or type(self).__name__, message=message, where=where, hint=hint),
        )


class InvalidError(RunnerError):
    """Configuration, template or audience invalid; carries all problems that were found."""

    exit = Exit.INVALID

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message if len(problems) == 1 else f"{len(problems)} problems")
        self.problems = tuple(problems)


class CredentialsError(RunnerError):
    """Credentials are missing, refused, or of another account or environment."""

    exit = Exit.CREDENTIALS


class UnavailableError(RunnerError):
    """The vendor did not answer, and nothing was sent."""

    exit = Exit.UNAVAILABLE


class RefusedError(RunnerError):
    """A guard or a policy said no, or the acknowledgement is missing or of another number."""

    exit = Exit.REFUSED


class HaltedError(RefusedError):
    """Somebody stopped everything; nothing was appended and nothing is sent until that is lifted."""


class MismatchError(RunnerError):
    """What was reviewed is not what would be sent now."""

    exit = Exit.MISMATCH


class LedgerError(RunnerError):
    """The ledger is locked, rolled back, swapped, under another key, or not the one of this vendor account."""

    exit = Exit.LEDGER


class RecountError(LedgerError):
    """People were called by another campaign since their calls were counted for a cap: count again."""


class SuppressedError(LedgerError):
    """People were suppressed since an apply looked: it looks again, and leaves them out."""


class PartialError(RunnerError):
    """Some people were handed over and some were not; repeating the command is safe."""

    exit = Exit.PARTIAL


class InDoubtError(RunnerError):
    """For some people nobody knows whether they will be called; a person must look."""

    exit = Exit.IN_DOUBT


class ExpectationError(RunnerError):
    """The user said what to expect, and it is otherwise."""

    exit = Exit.EXPECTATION


def distinct(errors: Iterable[RunnerError | None]) -> tuple[RunnerError, ...]:
    """Return each of *errors* once, by identity and in order; None is left out."""
    return tuple({id(error): error for error in errors if error is not None}.values())
