"""Borders of CSV records, found a second way: by counting bytes, without the parser that makes the columns.

The grammar is RFC 4180 with LF or CR LF: a quote begins a cell, ends it, or is doubled inside. Everything works on
whole blocks with numpy, since a file has a separator every ten bytes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMMA, LF, CR, QUOTE = 0x2C, 0x0A, 0x0D, 0x22
_NOT_STRUCTURE = bytes(set(range(256)) - {COMMA, LF})

Positions = NDArray[np.int64]
NOWHERE: Positions = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What was counted in a block of whole records of *width* cells each.

    Attributes:
        records: how many.
        cell_bytes: bytes of all cells together once quotes are taken off; the parser must come to the same sum.
        has_breaks: True where a quoted cell holds a line end.
        has_empty_quotes: True where a cell may be written as two quotes.
    """

    records: int
    cell_bytes: int
    has_breaks: bool = False
    has_empty_quotes: bool = False


def plain_shape(block: bytes, width: int) -> Shape | None:
    """Return the shape of a *block* without quotes, or None where something is wrong with any of its records.

    Fast, since next to nothing is wrong with most files: only `Structure` knows what and where.
    """
    structure = block.translate(None, _NOT_STRUCTURE)
    records = len(structure) // width
    if structure != (b"," * (width - 1) + b"\n") * records or b"\0" in block:
        return None
    returns = block.count(b"\r") if b"\r" in block else 0
    if returns and returns != block.count(b"\r\n"):
        return None
    if width == 1 and (block.startswith((b"\n", b"\r\n")) or b"\n\n" in block or b"\n\r\n" in block):
        return None
    return Shape(records=records, cell_bytes=len(block) - len(structure) - returns)


class Structure:
    """Places of everything in a buffer that is structure rather than content, up to the end of its last whole record.

    Attributes:
        length: bytes of the whole records; what follows belongs to a record whose end has not been read yet.
        quotes: places of all quotes.
        opens: for each of them, whether it opens a cell (or opens it again, after a doubled quote).
        ends: places of the line ends that end a record.
        breaks: places of the line ends inside quoted cells.
        dangling: True where the buffer ends inside a quoted cell.
    """

    def __init__(self, buffer: bytes) -> None:
        everything = np.frombuffer(buffer, dtype=np.uint8)
        mask = everything == COMMA
        mask |= everything == LF
        mask |= everything == QUOTE
        places: Positions = np.flatnonzero(mask)
        kinds = everything[places]
        is_quote = kinds == QUOTE
        # Odd after an opening quote, even after a closing one: a running count of quotes says what is inside.
        inside = np.bitwise_and(np.cumsum(is_quote, dtype=np.int32), 1).astype(np.bool_)
        is_end = kinds == LF
        ends: Positions = places[is_end & ~inside]
        self.dangling = bool(inside.size) and bool(inside[-1])
        self.length = int(ends[-1]) + 1 if ends.size else 0
        whole = int(np.searchsorted(places, self.length))
        places, kinds, is_quote, inside = places[:whole], kinds[:whole], is_quote[:whole], inside[:whole]
        self.bytes = everything[: self.length]
        self.ends = ends
        self.quotes: Positions = places[is_quote]
        self.opens: NDArray[np.bool_] = inside[is_quote]
        self.breaks: Positions = places[is_end[:whole] & inside]
        self._outside_kinds = kinds[~is_quote & ~inside]
        self._all_places = places[~is_quote]
        self._all_kinds = kinds[~is_quote]

    def cells(self) -> Positions:
        """Return, per record, how many cells it has."""
        ends: Positions = np.flatnonzero(self._outside_kinds == LF)
        cells: Positions = np.diff(ends, prepend=-1)
        return cells

    def blank(self) -> Positions:
        """Return the places of the ends of records that hold no byte at all."""
        starts = np.concatenate([[0], self.ends[:-1] + 1]) if self.ends.size else self.ends
        lengths = self.ends - starts
        before = self.bytes[np.maximum(self.ends - 1, 0)]
        blank: Positions = self.ends[(lengths == 0) | ((lengths == 1) & (before == CR))]
        return blank

    def stray_quotes(self) -> Positions:
        """Return the places of quotes that neither begin nor end a cell nor stand doubled inside one."""
        opening, closing = self.quotes[self.opens], self.quotes[~self.opens]
        before = self.bytes[np.maximum(opening - 1, 0)]
        begins = (opening == 0) | (before == COMMA) | (before == LF) | (before == QUOTE)
        # A closing quote has at least the record's line end behind it, so the place after it exists.
        after = self.bytes[closing + 1]
        later = self.bytes[np.minimum(closing + 2, self.length - 1)]
        finishes = (after == COMMA) | (after == LF) | (after == QUOTE) | ((after == CR) & (later == LF))
        return np.sort(np.concatenate([opening[~begins], closing[~finishes]]))

    def bare_returns(self) -> Positions:
        """Return the places of carriage returns that no line feed follows."""
        returns: Positions = np.flatnonzero(self.bytes == CR)
        follows = self.bytes[np.minimum(returns + 1, self.bytes.size - 1)]
        bare: Positions = returns[follows != LF]
        return bare

    def record_of(self, places: Positions) -> Positions:
        """Return the 0-based records in which *places* lie."""
        records: Positions = np.searchsorted(self.ends, places)
        return records

    def shape(self) -> Shape:
        """Return the counts of a block that has none of the faults above."""
        opening = self.quotes[self.opens]
        doubled = int(np.count_nonzero(self.bytes[np.maximum(opening - 1, 0)][opening > 0] == QUOTE))
        after_cr = int(np.count_nonzero(self.bytes[np.maximum(self.ends - 1, 0)] == CR))
        structure = self._outside_kinds.size + after_cr + self.quotes.size - doubled
        return Shape(
            records=self.ends.size,
            cell_bytes=self.bytes.size - structure,
            has_breaks=self.breaks.size > 0,
            has_empty_quotes=True,
        )

    def full_lines(self, width: int) -> tuple[NDArray[np.bool_], Positions]:
        """Return, per line of the file, whether it has separators for *width* cells, quoted or not, and its record."""
        line_ends = np.flatnonzero(self._all_kinds == LF)
        separators = np.diff(line_ends, prepend=-1) - 1
        return separators >= width - 1, self.record_of(self._all_places[line_ends])
