"""Compare today's people with a reviewed plan: apply may do less than was reviewed, never more and never otherwise."""

from dataclasses import dataclass

import polars as pl

from runner.digest.keys import LedgerKey
from runner.frames import APPROVAL, BUCKET, PERSON
from runner.model.campaign import Campaign
from runner.model.plan import CALLABLE, Bucket
from runner.planning.approval import approvals
from runner.planning.prior import PRIOR_CONTENT, PRIOR_SETTINGS, Prior

REVIEWED = "@reviewed"
REVIEWED_SCHEMA = pl.Schema({PERSON: pl.UInt128, REVIEWED: pl.UInt128})

_CALLABLE = [bucket.value for bucket in Bucket if bucket in CALLABLE]
_SENT = (Bucket.CALLED_SAME, Bucket.CALLED_CHANGED, Bucket.WAITING, Bucket.IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """How today's people compare with the reviewed ones, by reason.

    Attributes:
        reviewed: people in the reviewed plan.
        callable: callable today exactly as reviewed.
        sent: handed over before, exactly as reviewed (or maybe: those in doubt).
        changed: callable today, but with other words or settings.
        unreviewed: callable today, but not in the reviewed plan.
    """

    reviewed: int = 0
    callable: int = 0
    sent: int = 0
    changed: int = 0
    unreviewed: int = 0

    @property
    def gone(self) -> int:
        """Return how many reviewed people are not callable any more for another reason."""
        return self.reviewed - self.callable - self.sent - self.changed

    def __add__(self, other: "Review") -> "Review":
        """Return the sums over two ranges of people."""
        return Review(
            reviewed=self.reviewed + other.reviewed,
            callable=self.callable + other.callable,
            sent=self.sent + other.sent,
            changed=self.changed + other.changed,
            unreviewed=self.unreviewed + other.unreviewed,
        )


def compare(
    frame: pl.DataFrame, reviewed: pl.DataFrame, prior: Prior, *, campaign: Campaign, key: LedgerKey
) -> tuple[pl.DataFrame, Review]:
    """Return the rows of *frame* that may be called as *reviewed* says, and the counts without `Review.reviewed`.

    Args:
        frame: PERSON, APPROVAL, BUCKET, PRIOR_CONTENT, PRIOR_SETTINGS and anything else, of one range.
        reviewed: `REVIEWED_SCHEMA`, of the whole campaign or of this range.
        prior: what PRIOR_SETTINGS refers to.
        campaign: whose approvals these are.
        key: that both were made under.
    """
    joined = frame.join(reviewed, on=PERSON, how="left", maintain_order="left")
    new = pl.col(BUCKET).is_in(_CALLABLE)
    known = pl.col(REVIEWED).is_not_null()
    same = pl.col(APPROVAL) == pl.col(REVIEWED)
    sent_rows = joined.filter(pl.col(BUCKET).is_in([b.value for b in _SENT]) & known)
    before = approvals(
        sent_rows[PRIOR_CONTENT], sent_rows[PRIOR_SETTINGS], prior.settings, campaign=campaign, key=key
    )
    sent = int((before == sent_rows[REVIEWED]).sum())
    counts = joined.select(
        callable=(new & known & same).sum(),
        changed=(new & known & ~same).sum(),
        unreviewed=(new & ~known).sum(),
    ).row(0, named=True)
    found = Review(
        callable=counts["callable"], sent=sent, changed=counts["changed"], unreviewed=counts["unreviewed"]
    )
    return joined.filter(new & known & same).drop(REVIEWED), found
