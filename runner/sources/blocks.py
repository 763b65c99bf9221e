"""A CSV file as its header line and then blocks of whole records, read once and hashed on the way."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import InvalidError, Problem
from runner.sources import magic
from runner.sources.faults import Fault
from runner.sources.opened import Opened

if TYPE_CHECKING:
    from runner.sources.records import Structure

BLOCK_BYTES = 8 << 20
LONGEST_HEADER_BYTES = 1 << 20
LONGEST_RECORD_BYTES = 64 << 20
"""More than 500 cells of 10,000 characters of ordinary text: a longer record means a quote that is never closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole records.

    Attributes:
        content: their bytes.
        structure: where records end; None where there is no quote, so that every line is a record.
    """

    content: bytes
    structure: "Structure | None"


class Blocks:
    """The parts of one open CSV file.

    Attributes:
        header: the first line with its end, without a byte order mark.
        offset: bytes of the file before the first record.
        ending: what is wrong with the end of the file, once all blocks were taken; None where nothing is.
    """

    def __init__(self, opened: Opened, *, block_bytes: int = BLOCK_BYTES) -> None:
        self._opened = opened
        self._block_bytes = block_bytes
        self._hash = hashlib.sha256()
        self.ending: Fault | None = None
        head = self._head()
        magic.check_text(head[: magic.LONGEST], opened.where)
        if not head:
            raise self._invalid("empty-file", "the file is empty")
        mark = len(magic.UTF8_BOM) if head.startswith(magic.UTF8_BOM) else 0
        end = head.find(b"\n") + 1
        self.header = head[mark : end or None]
        self._check_header(has_end=end > 0)
        self.offset = end
        self._carry = head[end:]

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of all that was read, hex."""
        return self._hash.hexdigest()

    def estimated_lines(self) -> int:
        """Return about how many lines follow the header, judged by the first block; called before `whole`."""
        lines = self._carry.count(b"\n")
        return (self._opened.size - self.offset) * lines // len(self._carry) if self._carry else 0

    def whole(self) -> Iterator[Block]:
        """Yield the records of the file in order, each in exactly one block; called once."""
        from runner.sources.records import Structure  # noqa: PLC0415  loads numpy; the header needs none

        data, self._carry = self._carry, b""
        while True:
            structure = Structure(data) if b'"' in data else None
            length = structure.length if structure else data.rfind(b"\n") + 1
            if length:
                yield Block(content=data[:length], structure=structure)
            elif len(data) > LONGEST_RECORD_BYTES:
                self.ending = Fault.OPEN if structure else Fault.LONG_CELL
                return
            rest = data[length:]
            more = self._read()
            if not more:
                if rest:
                    self.ending = Fault.OPEN if structure and structure.dangling else Fault.CUT
                return
            data = rest + more

    def _head(self) -> bytes:
        """Return the beginning of the file: at least one line, unless there is none."""
        head = b""
        while len(head) < magic.LONGEST or (b"\n" not in head and len(head) <= LONGEST_HEADER_BYTES):
            more = self._read()
            if not more:
                break
            head += more
        return head

    def _read(self) -> bytes:
        data = self._opened.file.read(self._block_bytes)
        self._hash.update(data)
        return data

    def _check_header(self, *, has_end: bool) -> None:
        line = self.header[:LONGEST_HEADER_BYTES]
        if b"\0" in line:
            raise self._invalid(
                "nul", "the header holds a NUL byte", "Text in UTF-16 has them: save the file as UTF-8."
            )
        if b"\r" in line.removesuffix(b"\r\n"):
            raise self._invalid(
                "bare-cr", "lines end with a lone carriage return", "End lines with LF or CR LF."
            )
        if not has_end:
            raise self._invalid(
                "cut-file", "the first line has no line end", "Export the file again; it may be cut."
            )

    def _invalid(self, code: str, message: str, hint: str | None = None) -> InvalidError:
        return InvalidError([Problem(code=code, message=message, where=self._opened.where, hint=hint)])
