"""Do the receipts of an environment contradict its ledger? They prove a ledger bad, never good."""

from collections.abc import Iterable

from runner.errors import LedgerError
from runner.model.ledger import Receipt
from runner.ports import LedgerReader


def check_receipts(receipts: Iterable[Receipt], reader: LedgerReader | None) -> None:
    """Return if no receipt contradicts the ledger: same lineage and key, and exactly its head at its sequence.

    Args:
        receipts: all of one environment.
        reader: the ledger; None where there is none.

    Raises:
        LedgerError: at the first that does, with what to do.
    """
    identity = reader.identity if reader else None
    for receipt in receipts:
        if reader is None or identity is None:
            raise _contradiction(
                receipt,
                "there is no ledger",
                "Restore the ledger that wrote it, or set RUNNER_LEDGER_URL to where it is: without it everybody would look new.",
            )
        if receipt.lineage != identity.lineage:
            raise _contradiction(
                receipt,
                f"the ledger at hand is another one (lineage {identity.lineage[:8]})",
                "Two machines may have begun with a ledger each, or this is a new one. Use the ledger that wrote the receipt.",
            )
        if receipt.key_id != identity.key_id:
            raise _contradiction(
                receipt,
                f"the ledger is under another key ({identity.key_id})",
                "Restore the ledger and its key.",
            )
        if reader.hash_at(receipt.sequence) != receipt.head:
            raise _contradiction(
                receipt,
                "the ledger has nothing there, or something else: it was set back, or is a copy that went its own way",
                "Restore the newest backup, or use the ledger that wrote the receipt.",
            )


def _contradiction(receipt: Receipt, what: str, hint: str) -> LedgerError:
    return LedgerError(
        f"receipt {receipt.sequence}-{receipt.lineage[:8]} of {receipt.campaign} {receipt.edition} proves that "
        f"the ledger is not to be used: {what}",
        hint=hint,
        code="receipt-contradicts",
    )
