"""Who was suppressed since a campaign was planned: left out of every request that is not sent yet."""

from dataclasses import dataclass, field

import polars as pl

from runner.apply.desk import Desk
from runner.frames import PERSON
from runner.planning.caps import NOBODY
from runner.preview.prepared import Prepared


@dataclass
class Suppressions:
    """What a campaign that is being sent knows of suppressions; intents tell it when to look again.

    Attributes:
        looked_at: head of the ledger when it looked last.
        people: PERSON, under the keys of the audience: suppressed since the plan was made, as it saw then.
    """

    desk: Desk
    prepared: Prepared
    looked_at: int = field(init=False)
    people: pl.DataFrame = field(default_factory=lambda: NOBODY, init=False)

    def __post_init__(self) -> None:
        self.looked_at = self.prepared.planned_at

    def look(self) -> None:
        """Read who is suppressed by now."""
        # First the head: what is said while it is read is found by the intent.
        self.looked_at = self.desk.ledger.head().sequence
        said = self.desk.ledger.suppressed(after=self.prepared.planned_at)
        self.people = self.prepared.present(said).select(PERSON)

    def without(self, people: pl.DataFrame) -> pl.DataFrame:
        """Return *people* (PERSON and anything else, ascending) without those who are suppressed."""
        if self.people.is_empty():
            return people
        return people.join(self.people, on=PERSON, how="anti", maintain_order="left")
