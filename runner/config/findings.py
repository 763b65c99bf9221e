"""What was found wrong in one file, gathered while the reading goes on."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from runner.config.document import Document
from runner.config.positions import KeyPath
from runner.errors import Problem

_QUOTED_LENGTH = 40


@dataclass(slots=True, kw_only=True)
class Findings:
    """Problems of one `Document`, each with the place of its key or value."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def at_key(self, path: KeyPath, code: str, message: str, *, hint: str | None = None) -> None:
        """Add a problem at the key of *path*."""
        where = self.document.key(path)
        self.problems.append(Problem(code=code, message=message, where=where, hint=hint))

    def at_value(self, path: KeyPath, code: str, message: str, *, hint: str | None = None) -> None:
        """Add a problem at the value of *path*."""
        where = self.document.value(path)
        self.problems.append(Problem(code=code, message=message, where=where, hint=hint))


def quoted(value: object) -> str:
    """Return a value of a TOML file in the way it is written there, shortened; for messages."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            short = value if len(value) <= _QUOTED_LENGTH else value[: _QUOTED_LENGTH - 1] + "…"
            return '"' + short.replace("\n", "\\n") + '"'
        case int() | Decimal():
            return str(value)[:_QUOTED_LENGTH]
        case date() | time():
            return value.isoformat()
        case _:
            return "a list" if isinstance(value, list) else "a table"
