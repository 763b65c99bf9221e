"""One TOML file: read, decoded, parsed, with the place of everything in it."""

import codecs
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from runner.config.positions import KeyPath, Lines, Positions, positions
from runner.config.syntax import syntax_problem
from runner.errors import InvalidError, Problem, Where

MAX_BYTES = 128 * 1024
"""A campaign is written by people; a file larger than this is something else."""

BIDI_CONTROLS = re.compile(
    r"[\u202a-\u202e\u2066-\u2069]"
    r"|\\(?:u|U0000)20(?:2[a-e]|6[6-9])"
    r"|\\N\{(?:left|right)-to-(?:left|right) (?:embedding|override|isolate)\}"
    r"|\\N\{(?:pop directional (?:formatting|isolate)|first strong isolate)\}",
    re.IGNORECASE,
)
"""Embeddings, overrides and isolates, also as escapes: they make a reviewer read another text than is sent.

Source: CVE-2021-42574.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file.

    Attributes:
        file: absolute.
        data: what `tomllib` read, decimals as `Decimal`.
    """

    file: Path
    lines: Lines
    data: Mapping[str, object] = field(repr=False)
    positions: Positions = field(repr=False)

    def key(self, path: KeyPath) -> Where:
        """Return the place of the key at *path*, of the nearest table above it, or the beginning of the file."""
        return _nearest(self.positions.keys, path) or self.lines.where(1)

    def value(self, path: KeyPath) -> Where:
        """Return the place of the value at *path*, of the nearest table above it, or the beginning of the file."""
        return _nearest(self.positions.values, path) or self.lines.where(1)

    def at(self, path: KeyPath) -> object:
        """Return the value at *path*, or None where there is none (TOML has no null)."""
        found: object = self.data
        for part in path:
            if isinstance(part, str) and isinstance(found, Mapping):
                found = found.get(part)
            elif isinstance(part, int) and isinstance(found, list) and part < len(found):
                found = found[part]
            else:
                return None
        return found

    @property
    def places(self) -> dict[str, Where]:
        """The place of each key by its dotted path, as `Campaign.places` wants it."""
        return {dotted(path): where for path, where in self.positions.keys.items()}


def dotted(path: KeyPath) -> str:
    """Return *path* with everything in it: ``recall.round.0.sms``."""
    return ".".join(str(part) for part in path)


def as_written(path: KeyPath) -> str:
    """Return *path* for messages, without the numbers of elements, since nobody writes those: ``recall.round.sms``."""
    return dotted(tuple(part for part in path if isinstance(part, str)))


def read_document(file: Path, *, shown: str) -> Document:
    """Return the parsed TOML file *file*, called *shown* in problems.

    Raises:
        InvalidError: not readable, too large, not UTF-8, not TOML, or with bidirectional controls; all that were found.
    """
    text = decode(read_bounded(file, shown=shown, limit=MAX_BYTES), shown=shown)
    lines = Lines(path=shown, text=text)
    problems = bidi_problems(lines)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
        found = positions(lines)
    except (ValueError, RecursionError) as error:
        raise InvalidError([syntax_problem(error, lines), *problems]) from None
    if problems:
        raise InvalidError(problems)
    return Document(file=file, lines=lines, data=data, positions=found)


def read_bounded(file: Path, *, shown: str, limit: int) -> bytes:
    """Return the bytes of the regular file *file*.

    Raises:
        InvalidError: it cannot be read, is not a regular file, or has more than *limit* bytes.
    """
    where = Where(path=shown)
    try:
        # Not blocking: opening a FIFO would wait for ever.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            is_regular = stat.S_ISREG(os.fstat(handle).st_mode)
            raw = _read_up_to(handle, limit + 1) if is_regular else b""
        finally:
            os.close(handle)
    except OSError:
        problem = Problem(code="unreadable", message="this file cannot be read", where=where)
        raise InvalidError([problem]) from None
    if not is_regular:
        raise InvalidError([Problem(code="not-a-file", message="this is not a regular file", where=where)])
    if len(raw) > limit:
        message = f"the file is larger than {limit // 1024} KiB"
        raise InvalidError([Problem(code="too-large", message=message, where=where)])
    return raw


def _read_up_to(handle: int, size: int) -> bytes:
    with open(handle, "rb", closefd=False) as stream:
        return stream.read(size)


def decode(raw: bytes, *, shown: str) -> str:
    """Return *raw* as text, without the byte order mark that it may begin with.

    Raises:
        InvalidError: not UTF-8; the problem names the byte and its line.
    """
    content = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        start = error.start + len(raw) - len(content)
        hint = "save the file as UTF-8"
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            hint = "it looks like UTF-16: save it as UTF-8"
        where = Where(path=shown, line=raw.count(b"\n", 0, start) + 1)
        message = f"the file is not UTF-8: byte 0x{raw[start]:02X} at offset {start}"
        raise InvalidError([Problem(code="not-utf-8", message=message, where=where, hint=hint)]) from None


def bidi_problems(lines: Lines) -> list[Problem]:
    """Return one problem for each line of *lines* that holds a bidirectional control character."""
    found: dict[int, Problem] = {}
    for match in BIDI_CONTROLS.finditer(lines.text):
        where = lines.at_offset(match.start(), len(match[0]))
        shown = f"U+{ord(match[0]):04X}" if len(match[0]) == 1 else f"`{match[0]}`"
        message = f"the control character {shown} makes people read another text than is sent"
        hint = "remove it"
        problem = Problem(code="bidi-control", message=message, where=where, hint=hint)
        found.setdefault(where.line or 0, problem)
    return list(found.values())


def _nearest(places: Mapping[KeyPath, Where], path: KeyPath) -> Where | None:
    for end in range(len(path), 0, -1):
        if path[:end] in places:
            return places[path[:end]]
    return None
