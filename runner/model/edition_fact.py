"""Facts about a whole edition of a campaign: what a person decided about everybody in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A person's decision: nobody is called any more by this campaign and edition.

    Attributes:
        reason: in the person's words.
        by: who, as the machine knows them.
    """

    campaign: str
    edition: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionReopened:
    """A person's statement that an edition which a rebuild closed may be called again.

    Attributes:
        people: how many are in the tasks that closed it, as the person said.
        reason: in the person's words.
        by: who, as the machine knows them.
    """

    campaign: str
    edition: str
    people: int
    reason: str
    by: str
