"""Do the receipts of an environment contradict its ledger? They prove a ledger bad, never good."""

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from runner.errors import LedgerError
from runner.model.receipt import ReceiptHead

if TYPE_CHECKING:
    from runner.ports import Attested

LOST = "Where it is lost for good, `runner ledger rebuild` makes a new one (docs/ledger.md)."


def check_receipts(receipts: Iterable[ReceiptHead], reader: "Attested | None") -> None:
    """Return if no receipt contradicts the ledger: same lineage and key, and exactly its head at its sequence.

    A receipt that a rebuilt ledger names as replaced is part of what it was made from, and contradicts nothing.

    Args:
        receipts: all of one environment.
        reader: the ledger; None where there is none.

    Raises:
        LedgerError: at the first that does, with what to do.
    """
    kept = tuple(receipts)
    identity = reader.identity if reader else None
    replaced = _replaced(reader, kept)
    for receipt in kept:
        if reader is None or identity is None:
            raise _contradiction(
                receipt,
                "there is no ledger",
                "Restore the ledger that wrote it, or set RUNNER_LEDGER_URL to where it is: without it everybody would look new. "
                + LOST,
            )
        if receipt.lineage != identity.lineage:
            if (receipt.lineage, receipt.name, receipt.head) in replaced:
                continue
            raise _contradiction(
                receipt,
                f"the ledger at hand is another one (lineage {identity.lineage[:8]})",
                "Two machines may have begun with a ledger each, or this is a new one. Use the ledger that wrote the receipt. "
                + LOST,
            )
        if receipt.key_id != identity.key_id:
            raise _contradiction(
                receipt,
                f"the ledger is under another key ({identity.key_id})",
                f"Restore the ledger and its key. {LOST}",
            )
        if reader.hash_at(receipt.sequence) != receipt.head:
            raise _contradiction(
                receipt,
                "the ledger has nothing there, or something else: it was set back, or is a copy that went its own way",
                f"Restore the newest backup, or use the ledger that wrote the receipt. {LOST}",
            )


def _replaced(
    reader: "Attested | None", receipts: tuple[ReceiptHead, ...]
) -> Set[tuple[str, str | None, str | None]]:
    """Return the lineage, name and head of each receipt that *reader* replaces; asked only where others' are there."""
    if reader is None or all(receipt.lineage == reader.identity.lineage for receipt in receipts):
        return frozenset()
    return {(one.lineage, one.receipt, one.head) for one in reader.replaced()}


def _contradiction(receipt: ReceiptHead, what: str, hint: str) -> LedgerError:
    return LedgerError(
        f"receipt {receipt.sequence}-{receipt.lineage[:8]} of {receipt.campaign} {receipt.edition} proves that "
        f"the ledger is not to be used: {what}",
        hint=hint,
        code="receipt-contradicts",
    )
