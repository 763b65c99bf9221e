"""Facts about people of all campaigns: who is suppressed, and who is forgotten."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Nobody of its block is called any more, by any campaign and edition, until that is lifted.

    Attributes:
        people: rows of the block; its content keys say nothing.
        reason: in the person's words.
        by: who recorded it, as the machine knows them.
    """

    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionLifted:
    """Whoever is in its block may be called again, as far as nothing else stands against it. Fields as of `Suppressed`."""

    people: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What became of calls to the people of its block is not kept, as far as their tasks were sent before this.

    Fields as of `Suppressed`. That they are in those tasks is kept, since it prevents another call.
    """

    people: int
    reason: str
    by: str
