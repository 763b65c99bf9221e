"""What is wrong with the records of one file, collected while it is read and said once, by kind."""

from enum import StrEnum

from runner.audience.rows import RowList
from runner.errors import InvalidError, Problem, Where


class Fault(StrEnum):
    """What can be wrong with a record."""

    SHORT = "short-row"
    LONG = "long-row"
    BLANK = "blank-row"
    QUOTE = "stray-quote"
    OPEN = "open-quote"
    SWALLOWED = "swallowed-rows"
    BARE_CR = "bare-cr"
    NUL = "nul"
    BREAK = "break-in-number"
    LONG_CELL = "long-cell"
    CUT = "cut-file"


_EXPORT = "Correct these rows, or export the file again. Rows are counted from 1 after the header."
_SENTENCES: dict[Fault, tuple[str, str]] = {
    Fault.SHORT: ("fewer cells than the header has", _EXPORT),
    Fault.LONG: ("more cells than the header has", _EXPORT),
    Fault.BLANK: ("blank lines", 'Remove them; a lone cell that is empty on purpose is written "".'),
    Fault.QUOTE: (
        "a quote that neither begins nor ends a cell",
        'A cell with quotes in it is written "like ""this""".',
    ),
    Fault.OPEN: ("a quote that is never closed", 'A cell with quotes in it is written "like ""this""".'),
    Fault.SWALLOWED: (
        "a quoted cell that runs over lines which look like rows of their own",
        "Close the quote that is missing, or take the line breaks out of the cell.",
    ),
    Fault.BARE_CR: ("a carriage return without a line feed", "End lines with LF or CR LF."),
    Fault.NUL: ("a NUL byte", "Text in UTF-16 has them: save the file as UTF-8."),
    Fault.BREAK: ("a line break inside the number", _EXPORT),
    Fault.LONG_CELL: ("a cell of more than 10,000 characters", _EXPORT),
    Fault.CUT: (
        "the last line has no line end: the file may be cut",
        "Export the file again, with a final line end.",
    ),
}


class Faults:
    """The faults of one file. Only kinds, rows and lines are kept, so no message can hold a cell."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._rows: dict[Fault, RowList] = {}
        self._lines: dict[Fault, int] = {}

    def add(self, fault: Fault, rows: RowList, *, line: int | None = None) -> None:
        """Note that *rows* have *fault*; *line* is the place in the file of the first of them, 1-based."""
        if not rows:
            return
        self._rows[fault] = self._rows.get(fault, RowList()) + rows
        if line is not None:
            self._lines.setdefault(fault, line)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def raise_if_any(self) -> None:
        """Raise `InvalidError` with one problem for each kind, in the order in which they were met, if there is any."""
        if self._rows:
            raise InvalidError([self._problem(fault, rows) for fault, rows in self._rows.items()])

    def _problem(self, fault: Fault, rows: RowList) -> Problem:
        sentence, hint = _SENTENCES[fault]
        where = Where(path=self._where.path, line=self._lines.get(fault))
        return Problem(code=fault, message=f"{rows}: {sentence}", where=where, hint=hint)
