"""Reading one JSON object of a request, field by field, with the vendor's refusals."""

import re
from collections.abc import Mapping
from typing import Final

from runner.sandbox.expansion import units
from runner.sandbox.refusal import Code, RefusedError

_KEY: Final = re.compile(r"[0-9]")


class Fields:
    """A JSON object whose fields are asked for by name; remembers which ones nobody asked for.

    A type other than the documented one is refused with -22 and a value out of range with -21 (both
    assumptions). An explicit null is an absent field.
    """

    __slots__ = ("_asked", "_nested", "_object", "_path")

    def __init__(self, source: Mapping[str, object], path: str = "") -> None:
        self._object = source
        self._path = path
        self._asked: set[str] = set()
        self._nested: list[Fields] = []

    def has(self, name: str) -> bool:
        """Return whether the field is there, null included."""
        self._asked.add(name)
        return name in self._object

    def raw(self, name: str) -> object:
        """Return the field's value, None where it is absent."""
        self._asked.add(name)
        return self._object.get(name)

    def where(self, name: str) -> str:
        """Return the field's path for a refusal."""
        return f"{self._path}{name}"

    def text(self, name: str, *, shortest: int = 0, longest: int | None = None) -> str | None:
        """Return an optional text of allowed length, in UTF-16 units."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be text")
        if not shortest <= units(value) <= (units(value) if longest is None else longest):
            raise RefusedError(Code.VALIDATION, f"{self.where(name)} has a wrong length")
        return value

    def required_text(self, name: str, *, shortest: int = 1, longest: int | None = None) -> str:
        """Return a text that must be there and not be blank."""
        value = self.text(name, longest=longest)
        if value is None or not value.strip():
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} is required")
        if units(value) < shortest:
            raise RefusedError(Code.VALIDATION, f"{self.where(name)} has a wrong length")
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return an optional integer of the range; text or a fraction is refused."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be an integer")
        if not low <= value <= high:
            raise RefusedError(Code.VALIDATION, f"{self.where(name)} must be {low} to {high}")
        return value

    def required_integer(self, name: str, low: int, high: int) -> int:
        """Return an integer of the range that must be there."""
        value = self.integer(name, low, high)
        if value is None:
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} is required")
        return value

    def flag(self, name: str) -> bool:
        """Return an optional 0 or 1; absent is 0."""
        return self.integer(name, 0, 1) == 1

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return an optional number of the range."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be a number")
        if not low <= value <= high:
            raise RefusedError(Code.VALIDATION, f"{self.where(name)} must be {low} to {high}")
        return value

    def required_key(self, name: str) -> str:
        """Return a telephone key 0-9; the documents show it as text and as a number, so both are taken."""
        value = self.raw(name)
        if value is None:
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} is required")
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be a key")
        if not _KEY.fullmatch(str(value)):
            raise RefusedError(Code.VALIDATION, f"{self.where(name)} must be a key 0 to 9")
        return str(value)

    def child(self, name: str) -> "Fields | None":
        """Return an optional object."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be an object")
        nested = Fields(value, f"{self.where(name)}.")
        self._nested.append(nested)
        return nested

    def required_child(self, name: str) -> "Fields":
        """Return an object that must be there."""
        value = self.child(name)
        if value is None:
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} is required")
        return value

    def array(self, name: str) -> list[object] | None:
        """Return an optional array as it is."""
        value = self.raw(name)
        if value is not None and not isinstance(value, list):
            raise RefusedError(Code.PARAMETER, f"{self.where(name)} must be an array")
        return value

    def children(self, name: str) -> tuple["Fields", ...]:
        """Return an optional array of objects; absent is empty."""
        objects = []
        for position, value in enumerate(self.array(name) or ()):
            if not isinstance(value, dict):
                raise RefusedError(Code.PARAMETER, f"{self.where(name)}[{position}] must be an object")
            objects.append(Fields(value, f"{self.where(name)}[{position}]."))
        self._nested.extend(objects)
        return tuple(objects)

    def ignore(self, *names: str) -> None:
        """Take fields as known even where nothing asks for them, because another one switches them off."""
        self._asked.update(names)

    def unasked(self) -> tuple[str, ...]:
        """Return the paths of the fields that were sent and that nobody has read, nested ones included."""
        own = [self.where(name) for name in self._object if name not in self._asked]
        return tuple(sorted(own + [path for nested in self._nested for path in nested.unasked()]))
