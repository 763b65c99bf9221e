"""People who are known under a number of before, found under the one that they have now."""

from dataclasses import dataclass

import polars as pl

from runner.audience.ranges import split
from runner.audience.renumbered import CURRENT
from runner.frames import PERSON
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """The keys of an audience's people under former numbers, in scratch by key range; most audiences have none.

    Attributes:
        ranges: how many there are.
    """

    scratch: Scratch
    prefix: str
    ranges: int

    def add(self, former: pl.DataFrame) -> None:
        """Take `runner.audience.renumbered.FORMER_SCHEMA` of some people."""
        for number, part in split(former, self.ranges).items():
            self.scratch.append(self._name(number), part)

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody of the audience has a former number."""
        return not any(self._name(number) in self.scratch for number in range(self.ranges))

    def present(self, known: pl.DataFrame) -> pl.DataFrame:
        """Return *known* (PERSON and others), in any order, with the present key of everybody who is in it under a former number.

        Who may have become one of several people of the audience is there as each of them.
        """
        if self.is_empty:
            return known
        parts = [known.clear()]
        for number, part in split(known, self.ranges).items():
            name = self._name(number)
            parts.append(self._renamed(part, self.scratch.read(name)) if name in self.scratch else part)
        return pl.concat(parts)

    def _renamed(self, known: pl.DataFrame, former: pl.DataFrame) -> pl.DataFrame:
        own = pl.coalesce(CURRENT, PERSON).alias(PERSON)
        return known.join(former.unique(), on=PERSON, how="left").with_columns(own).drop(CURRENT)

    def _name(self, number: int) -> str:
        return f"{self.prefix}-{number}"
