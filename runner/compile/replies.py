"""Answers of workers, checked before they are believed: a worker is hostile once a template has run in it."""

from collections.abc import Mapping, Sequence


class GarbledReplyError(Exception):
    """A worker answered what no worker of ours answers; a bug, or a template that broke out of its sandbox."""


class Reply:
    """A JSON object with typed access.

    Every method raises `GarbledReplyError` where the key is missing or of another type.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def expect(self, holds: bool) -> None:  # noqa: FBT001
        """Raise unless *holds*."""
        if not holds:
            raise GarbledReplyError

    def has(self, key: str) -> bool:
        """Return whether there is *key*."""
        return key in self._fields

    def string(self, key: str) -> str:
        """Return a text."""
        return _string(self._fields.get(key))

    def optional_string(self, key: str) -> str | None:
        """Return a text or None."""
        return None if self._fields.get(key) is None else self.string(key)

    def integer(self, key: str) -> int:
        """Return an integer."""
        return _integer(self._fields.get(key))

    def optional_integer(self, key: str) -> int | None:
        """Return an integer or None."""
        return None if self._fields.get(key) is None else self.integer(key)

    def boolean(self, key: str) -> bool:
        """Return a boolean."""
        value = self._fields.get(key)
        if not isinstance(value, bool):
            raise GarbledReplyError
        return value

    def strings(self, key: str) -> list[str]:
        """Return a list of texts."""
        return [_string(item) for item in _list(self._fields.get(key))]

    def optional_strings(self, key: str) -> list[str | None]:
        """Return a list of texts and Nones; checked in bulk, since it has one item per row."""
        items = _list(self._fields.get(key))
        if not set(map(type, items)) <= {str, type(None)}:
            raise GarbledReplyError
        return items  # type: ignore[return-value]

    def integers(self, key: str) -> list[int]:
        """Return a list of integers."""
        items = _list(self._fields.get(key))
        if not set(map(type, items)) <= {int}:
            raise GarbledReplyError
        return items  # type: ignore[return-value]

    def string_lists(self, key: str) -> list[list[str]]:
        """Return a list of lists of texts."""
        lists = [_list(item) for item in _list(self._fields.get(key))]
        if not all(set(map(type, items)) <= {str} for items in lists):
            raise GarbledReplyError
        return lists  # type: ignore[return-value]

    def replies(self, key: str) -> "list[Reply]":
        """Return a list of objects."""
        return _replies(self._fields.get(key))

    def lists(self, key: str) -> "list[Sequence[Reply]]":
        """Return a list of lists of objects."""
        return [_replies(item) for item in _list(self._fields.get(key))]


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise GarbledReplyError
    return value


def _replies(value: object) -> list[Reply]:
    items = _list(value)
    made = [Reply(item) for item in items if isinstance(item, dict)]
    if len(made) != len(items):
        raise GarbledReplyError
    return made


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise GarbledReplyError
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise GarbledReplyError
    return value
