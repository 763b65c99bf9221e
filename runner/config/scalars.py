"""Kinds of single values in a campaign file, as annotations of the models in `runner.config.schema`.

Each knows how to read the value, what the JSON Schema says of it, and the phrase that completes "it must be …". No
message of pydantic is ever shown.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

UNION_TAGS = frozenset({"@value", "@column", "@number", "@text"})
"""Names of the members of unions in the schema; pydantic puts them into its locations, where they are no keys."""

_DURATION = re.compile(r"([0-9]{1,7})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION_PATTERN = "^[0-9]{1,7}[smhd]$"


@dataclass(frozen=True, slots=True)
class Expects:
    """Completes the sentence "it must be …" for a field that pydantic itself checks."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Duration:
    """A text such as ``"40s"``, ``"30m"``, ``"24h"`` or ``"7d"`` from `low` to `high` seconds; becomes whole units.

    Attributes:
        unit: what the value is counted in afterwards: ``s`` or ``m``. A duration that is not whole in it is refused.
    """

    low: int
    high: int
    unit: str = "s"

    @property
    def phrase(self) -> str:
        """What the value must be."""
        return f'a duration from "{shown_duration(self.low)}" to "{shown_duration(self.high)}", in quotes' + (
            ", in whole minutes" if self.unit == "m" else ""
        )

    def read(self, value: object) -> int:
        """Return the duration in `unit`.

        Raises:
            ValueError: not a duration, or out of range.
        """
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError
        seconds = int(found[1]) * _SECONDS[found[2]]
        whole, rest = divmod(seconds, _SECONDS[self.unit])
        if rest or not self.low <= seconds <= self.high:
            raise ValueError
        return whole

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read the value by `read` alone; the annotated type is what comes out."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the value to editors."""
        return {"type": "string", "pattern": _DURATION_PATTERN, "description": self.phrase}


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, kept as the `Decimal` that its text is."""

    low: Decimal
    high: Decimal
    digits: int

    @property
    def phrase(self) -> str:
        """What the value must be."""
        return f"a number from {self.low} to {self.high} with at most {self.digits} decimals"

    def read(self, value: object) -> Decimal:
        """Return the number.

        Raises:
            ValueError: not a number, or out of range.
        """
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise ValueError  # noqa: TRY004  pydantic takes this one for a wrong value
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > self.digits or not self.low <= number <= self.high:
            raise ValueError
        return number

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read the value by `read` alone."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the value to editors."""
        return {"type": "number", "minimum": float(self.low), "maximum": float(self.high)}


def shown_duration(seconds: int) -> str:
    """Return *seconds* in the largest unit that they are whole in: ``"24h"``."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def one_of(kinds: type[StrEnum]) -> Expects:
    """Return the phrase for a value of the closed set *kinds*."""
    return Expects("one of " + ", ".join(f'"{kind.value}"' for kind in kinds))
