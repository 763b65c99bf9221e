"""Changes a campaign file in place: edition and `[again]`, and not one other byte.

The new text is read back and must say what the old one said, but for the change; the file is replaced whole or not at all.
"""

import codecs
import os
import tempfile
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from runner.config.document import MAX_BYTES, Document, read_bounded
from runner.errors import InvalidError, Problem, Where
from runner.model.campaign import Again

if TYPE_CHECKING:
    from runner.config.positions import KeyPath

Value = str | int | list[str]


def with_again(document: Document, *, edition: str, again: Again) -> str:
    """Return the text of *document* with this *edition* and `[again]` table.

    Values are replaced where they stand, with whatever comments stand about them; a table that is not there yet comes last.

    Raises:
        InvalidError: the file is written in a way that this cannot be done in safely.
    """
    text = document.lines.text.encode()
    table: dict[str, Value] = {
        "of": again.of,
        "outcomes": [one.value for one in again.outcomes],
        "as_of": again.as_of,
        "people": again.people,
    }
    wanted: dict[KeyPath, Value] = {("edition",): edition}
    has_table = document.at(("again",)) is not None
    if has_table:
        wanted |= {("again", key): value for key, value in table.items()}
    else:
        text += _block(document, table).encode()
    places = {path: document.positions.spans.get(path) for path in wanted}
    for path, place in sorted(places.items(), key=lambda one: one[1] or (0, 0), reverse=True):
        if place is None or document.at(path) == wanted[path]:
            continue
        text = text[: place[0]] + _written(wanted[path]).encode() + text[place[1] :]
    changed = text.decode()
    if not _says(changed, {**document.data, "edition": edition, "again": table}):
        raise _not_by_itself(document, edition, table)
    return changed


def replace_file(file: Path, *, old: str, new: str, shown: str) -> None:
    """Replace the text *old* of *file* by *new*, whole or not at all; mode and byte order mark stay.

    Raises:
        InvalidError: it has another text by now, or cannot be written.
    """
    real = file.resolve()
    raw = read_bounded(real, shown=shown, limit=MAX_BYTES)
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    if raw != mark + old.encode():
        message = "somebody changed this file meanwhile"
        problem = Problem(
            code="file-changed", message=message, where=Where(path=shown), hint="run the command again"
        )
        raise InvalidError([problem])
    try:
        with tempfile.NamedTemporaryFile(dir=real.parent, prefix=f".{real.name}.", delete=False) as copy:
            try:
                copy.write(mark + new.encode())
                copy.flush()
                os.fchmod(copy.fileno(), real.stat().st_mode & 0o777)
                os.fsync(copy.fileno())
                Path(copy.name).replace(real)
            except BaseException:
                Path(copy.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        message = f"this file cannot be written: {error.strerror}"
        raise InvalidError([Problem(code="unwritable", message=message, where=Where(path=shown))]) from error


def _block(document: Document, table: Mapping[str, Value]) -> str:
    text = document.lines.text
    end = "\r\n" if "\r\n" in text else "\n"
    before = "" if not text or text.endswith("\n") else end
    lines = ["", "[again]", *(f"{key} = {_written(value)}" for key, value in table.items())]
    return before + "".join(line + end for line in lines)


def _written(value: Value) -> str:
    match value:
        case str():
            return f'"{value}"'
        case int():
            return str(value)
        case list():
            return "[" + ", ".join(f'"{one}"' for one in value) + "]"


def _says(text: str, wanted: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(text, parse_float=Decimal) == wanted
    except ValueError:
        return False


def _not_by_itself(document: Document, edition: str, table: Mapping[str, Value]) -> InvalidError:
    values = ", ".join(f"{key} = {_written(value)}" for key, value in table.items())
    problem = Problem(
        code="not-rewritable",
        message="edition and `[again]` are written here in a way that cannot be changed safely",
        where=document.key(("edition",)),
        hint=f'write edition = "{edition}" and [again] {values} by hand',
    )
    return InvalidError([problem])
