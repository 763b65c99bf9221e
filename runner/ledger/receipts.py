"""Receipts: one TOML file an apply and campaign, committed with the campaigns, that prove a ledger bad and never good.

They hold no personal data. `toml` writes them and `tomllib` reads them back before a file is kept, because `toml` is
known to corrupt control characters without a word.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from runner.errors import LedgerError
from runner.ledger import receipt_format
from runner.ledger.private_files import replace
from runner.model.receipt import Receipt, ReceiptHead

_FILE_MODE = 0o644  # they are for everybody who can read the repository
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_R = TypeVar("_R", bound=ReceiptHead)
_HEADER = "# Written by `runner apply`. Commit it; do not edit it.\n"
_NO_RECEIPT = "is not a receipt of this format"


class TomlReceipts:
    """The receipts of one environment under a folder: `runner.ports.Receipts`.

    Args:
        folder: `RUNNER_RECEIPTS`, need not exist.
        environment: whose receipts these are; those of others are not looked at.
        root: paths are shown relative to it; as they are where it is None.
    """

    __slots__ = ("_environment", "_folder", "_root")

    def __init__(self, folder: Path, environment: str, *, root: Path | None = None) -> None:
        self._folder = folder
        self._environment = _name(environment)
        self._root = root

    def all(self) -> tuple[Receipt, ...]:
        """Return every receipt of this environment, ascending by sequence.

        Raises:
            LedgerError: one cannot be read, is not a receipt of this format, or lies where another belongs.
        """
        return _in_order(self._read(path, _whole) for path in self._paths())

    def heads(self) -> tuple[ReceiptHead, ...]:
        """Return the head of every receipt of this environment, in the order of `all`: what a ledger is checked against.

        Raises:
            LedgerError: as `all`, and at the same receipts.
        """
        return _in_order(self._read(path, _head) for path in self._paths())

    def naming(self, tasks: Collection[str]) -> tuple[Receipt, ...]:
        """Return every receipt of this environment that names one of *tasks*, in the order of `all`.

        Raises:
            LedgerError: one of those that mention them cannot be read, or is not a receipt.
        """
        mention = (path for path in self._paths() if tasks and _mentions(self._text(path), tasks))
        found = (self._read(path, _whole) for path in mention)
        return _in_order(one for one in found if not {task.name for task in one.tasks}.isdisjoint(tasks))

    def write(self, receipt: Receipt) -> str:
        """Write or replace the receipt of (campaign, edition, sequence, lineage), atomically; return its path for views.

        Raises:
            LedgerError: it cannot be written, or not so that it reads back as it is.
            ValueError: it is of another environment, or a name in it is not fit for a path.
        """
        if receipt.environment != self._environment:
            raise ValueError("a receipt is written where its environment's are")
        path = self._path(receipt)
        text = _text(receipt)
        if text is None:
            raise LedgerError(
                f"the receipt {self._shown(path)} would not read back as it was written: nothing was written",
                hint="A name or address in it has control characters: rename the file that it names.",
                code="receipt-unwritable",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.parent.resolve().is_relative_to(self._folder.resolve()):
                raise self._error(path, "lies outside its folder through a link", code="receipt-unwritable")
            replace(path, text.encode(), mode=_FILE_MODE)
        except OSError as error:
            raise self._error(
                path, f"cannot be written: {error.strerror}", code="receipt-unwritable"
            ) from error
        return self._shown(path)

    def _path(self, receipt: ReceiptHead) -> Path:
        folder = self._folder / self._environment / _name(receipt.campaign) / _name(receipt.edition)
        return folder / f"{receipt.sequence}-{_name(receipt.lineage)[:8]}.toml"

    def _paths(self) -> Iterator[Path]:
        base = self._folder / self._environment
        return (path for path in sorted(base.rglob("*.toml")) if not path.name.startswith("."))

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise self._error(path, f"cannot be read: {error.strerror}", code="receipt-unreadable") from error
        except ValueError as error:
            raise self._error(path, _NO_RECEIPT, code="receipt-unreadable") from error

    def _read(self, path: Path, reading: Callable[[str], _R]) -> _R:
        text = self._text(path)
        try:
            receipt = reading(text)
        except (ValueError, RecursionError) as error:
            raise self._error(path, _NO_RECEIPT, code="receipt-unreadable") from error
        if receipt.environment != self._environment or path != self._path(receipt):
            raise self._error(path, "does not belong where it lies", code="receipt-unreadable")
        return receipt

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._root) if self._root and path.is_relative_to(self._root) else path)

    def _error(self, path: Path, what: str, *, code: str) -> LedgerError:
        return LedgerError(
            f"the receipt {self._shown(path)} {what}",
            hint="Restore it from git. A receipt is never left out: it may be the one that shows that the ledger is old.",
            code=code,
        )


def _in_order(receipts: Iterable[_R]) -> tuple[_R, ...]:
    return tuple(sorted(receipts, key=lambda receipt: (receipt.sequence, receipt.lineage, receipt.campaign)))


def _whole(text: str) -> Receipt:
    return receipt_format.receipt_of(tomllib.loads(text))


def _head(text: str) -> ReceiptHead:
    return receipt_format.head_of(text) or _whole(text)


def _mentions(text: str, names: Collection[str]) -> bool:
    """Tell whether *text* may name one of *names*: as it is, or where a person wrote it with escapes."""
    return "\\" in text or any(name in text for name in names)


def _text(receipt: Receipt) -> str | None:
    """Return the file of *receipt*; None where it would not read back as *receipt*."""
    import toml  # noqa: PLC0415  only who writes needs it

    try:
        text = _HEADER + toml.dumps(receipt_format.table(receipt))
        return text if receipt_format.receipt_of(tomllib.loads(text)) == receipt else None
    except (ValueError, IndexError):  # a NUL, for one, lets `toml` itself stumble
        return None


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a receipt's environment, campaign, edition and lineage are plain names")
    return text
