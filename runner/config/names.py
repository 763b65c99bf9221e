"""Look-up of ``@name`` for the selected environment, and the check that every declared environment has it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from runner.config.document import as_written
from runner.config.environments import FILE, Environments
from runner.config.findings import Findings, quoted
from runner.config.plain import SANDBOX
from runner.config.positions import KeyPath
from runner.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a looked-up value must be.

    Attributes:
        stand_in: makes the value that ``@x`` has in an undeclared sandbox out of ``x``.
    """

    pattern: re.Pattern[str]
    phrase: str
    stand_in: Callable[[str], str]


def _as_digits(name: str) -> str:
    """Return *name* itself where it is a number, else nine digits made from it: the sandbox wants digits too."""
    if name.isdecimal():
        return name
    return str(10**8 + int(hashlib.sha256(name.encode()).hexdigest(), 16) % (9 * 10**8))


APP = Kind(pattern=re.compile("[!-?A-~][!-~]{0,63}"), phrase="1 to 64 visible ASCII characters", stand_in=str)
SENDER = Kind(
    pattern=re.compile("[!-?A-~](?:[ -~]{0,30}[!-~])?"),
    phrase="1 to 32 visible ASCII characters",
    stand_in=lambda name: name[:32],
)
CALLER = Kind(pattern=re.compile("[0-9]{0,20}"), phrase="0 to 20 digits", stand_in=_as_digits)
GROUP = Kind(
    pattern=re.compile("[1-9][0-9]{0,8}"), phrase="a whole number from 1 to 999,999,999", stand_in=_as_digits
)
FOLDER = Kind(pattern=re.compile(r"[^\0]+"), phrase="a folder", stand_in=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one environment."""

    environment: str
    environments: Environments

    def value(self, findings: Findings, path: KeyPath, written: str, kind: Kind) -> str:
        """Return *written*, or what it stands for where it begins with ``@``.

        What is missing or of the wrong kind in any declared environment is added to *findings*; the value that is
        returned then has no meaning.
        """
        return self.look_up(findings, path, written[1:], kind) if written.startswith("@") else written

    def look_up(self, findings: Findings, path: KeyPath, name: str, kind: Kind) -> str:
        """Return what *name*, written without ``@``, stands for; see `value`."""
        declared = self.environments.names
        if not self.environments.is_broken:
            self._check(findings, path, name, kind)
        found = declared.get(self.environment, {}).get(name)
        return kind.stand_in(name) if found is None else str(found)

    def _check(self, findings: Findings, path: KeyPath, name: str, kind: Kind) -> None:
        declared = self.environments.names
        lacking = [env for env, names in declared.items() if name not in names]
        if self.environment not in declared and self.environment != SANDBOX:
            lacking.append(self.environment)
        if lacking:
            tables = ", ".join(f"`[{env}.names]`" for env in lacking)
            message = f"`@{name}` is not in {tables} of {FILE}"
            findings.at_value(path, "unknown-name", message, hint=f'add {name} = "…" there')
        for env, names in declared.items():
            value = names.get(name)
            if value is not None and not kind.pattern.fullmatch(str(value)):
                message = (
                    f"`{as_written(path)}` of {findings.document.lines.path} takes its value from here; "
                    f"it is {quoted(value)}, but must be {kind.phrase}"
                )
                where = self.environments.place(env, name)
                findings.problems.append(Problem(code="bad-value", message=message, where=where))
