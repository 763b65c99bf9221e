"""What a campaign's plan asks of the ledger with."""

from dataclasses import dataclass
from datetime import datetime

from runner.model.campaign import Campaign
from runner.ports import LedgerReader
from runner.preview.former import Former
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose people are looked for in the ledger, and where what is found of them is laid down.

    Attributes:
        ledger: None where there is none yet.
        former: finds them under the numbers that they had before, and says how many key ranges there are.
        scratch: gets what is found, by key range, under names that begin with `prefix`.
        now: aware.
    """

    campaign: Campaign
    ledger: LedgerReader | None
    former: Former
    scratch: Scratch
    prefix: str
    now: datetime

    def names(self, kind: str) -> str:
        """Return what the names in scratch of one *kind* of findings begin with."""
        return f"{self.prefix}-{kind}"
