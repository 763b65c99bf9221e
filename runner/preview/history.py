"""What the ledger knows of a campaign's people, by key range."""

from dataclasses import dataclass

from runner.model.entry import EMPTY_HEAD, Head
from runner.planning.history import History, fold
from runner.planning.prior import NOTHING_BEFORE, Prior, prior_from, ranking_of
from runner.planning.renaming import check_not_renamed
from runner.preview.asked import Asked
from runner.preview.spreading import blocks_of, spread
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The history of a campaign and edition, with its people in scratch.

    Attributes:
        head: of the ledger when it was read; what is appended later is not in here.
    """

    history: History
    head: Head
    settings: tuple[str, ...]
    scratch: Scratch
    prefix: str

    def of_range(self, number: int) -> Prior:
        """Return what is known of the people of key range *number*."""
        name = f"{self.prefix}-{number}"
        return prior_from(self.scratch.read(name), self.settings) if name in self.scratch else NOTHING_BEFORE


def read_history(asked: Asked) -> Known:
    """Return what the ledger says of the campaign, former names and former numbers included, its people cut into key ranges."""
    campaign, ledger, scratch, prefix = asked.campaign, asked.ledger, asked.scratch, asked.names("known")
    if ledger is None:
        return Known(history=History(()), head=EMPTY_HEAD, settings=(), scratch=scratch, prefix=prefix)
    check_not_renamed(campaign, ledger)
    head = ledger.head()
    history = fold(ledger.entries(campaigns=(campaign.name, *campaign.formerly), edition=campaign.edition))
    ranking = ranking_of(history, now=asked.now)
    labelled = blocks_of(ledger, ranking.sequences, ranking.label)
    spread(labelled, former=asked.former, scratch=scratch, prefix=prefix)
    return Known(history=history, head=head, settings=ranking.settings, scratch=scratch, prefix=prefix)
