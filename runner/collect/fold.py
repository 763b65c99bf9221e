"""From reports to entries of the ledger: attributed, cleared of numbers, and only as far as they say something new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from runner.audience.bulk import COUNTRY as READ_COUNTRY
from runner.audience.numbers import Reading, read_numbers
from runner.audience.renumbered import CURRENT, keyed_people
from runner.collect.attribute import TASK, Attributed, attribute
from runner.frames import CALL, COUNTRY, NUMBER, OUTCOME_SCHEMA, PERSON, SOURCE
from runner.model.outcome_fact import TaskOutcomes
from runner.planning.history import TaskHistory
from runner.ports import Clock, Ledger
from runner.report.outcome import fold

_BLOCKS_AT_ONCE = 100
_MOST_KEPT = 2_000_000  # rows: some 300 MB
_ANYWHERE = Reading(region=None, countries=(), allow_fiction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What came of some reports.

    Attributes:
        new: how many said something that the ledger did not know, so that they were appended.
    """

    reports: int = 0
    attributed: int = 0
    new: int = 0
    strangers: int = 0
    elsewhere: int = 0
    ambiguous: int = 0

    def __add__(self, other: "Folded") -> "Folded":
        """Return both together."""
        return Folded(
            reports=self.reports + other.reports,
            attributed=self.attributed + other.attributed,
            new=self.new + other.new,
            strangers=self.strangers + other.strangers,
            elsewhere=self.elsewhere + other.elsewhere,
            ambiguous=self.ambiguous + other.ambiguous,
        )


class Folder:
    """Appends what reports say of the tasks of a ledger.

    Args:
        subkey: of the ledger's key, for person keys.
        tasks: returns the tasks that may have rung, as the ledger knows them now.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, *, subkey: str, tasks: Callable[[], Sequence[TaskHistory]]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._subkey = subkey
        self._tasks = tasks
        self._read: dict[str, tuple[frozenset[int], pl.DataFrame]] = {}

    def fold(self, reports: pl.DataFrame) -> Folded:
        """Append what *reports* (`runner.frames`) say, each entry whole and all in one durable commit.

        Folding the same reports again appends nothing.
        """
        if reports.is_empty():
            return Folded()
        folded = fold(reports)
        countries = read_numbers(folded[NUMBER], _ANYWHERE)[READ_COUNTRY]
        persons, former = keyed_people(folded[NUMBER], countries, self._subkey)
        named = folded.with_columns(persons, countries.alias(COUNTRY))
        tasks = self._tasks()
        found = attribute(
            named,
            tasks,
            blocks=self._people_of(named, former),
            known=self._known_in(tasks),
            had=lambda index, people: self._confirmed(tasks[index], people),
        )
        entries = [entry for entry in self._entries(found, tasks) if entry[0].rows]
        appended = self._ledger.record_outcomes(entries, now=self._clock.now())
        return Folded(
            reports=folded.height,
            attributed=found.rows.height,
            # Not of `entries`: whoever was forgotten is left out of them.
            new=sum(entry.fact.rows for entry in appended if isinstance(entry.fact, TaskOutcomes)),
            strangers=found.strangers,
            elsewhere=found.elsewhere,
            ambiguous=found.ambiguous,
        )

    def _entries(
        self, found: Attributed, tasks: Sequence[TaskHistory]
    ) -> "list[tuple[TaskOutcomes, pl.DataFrame]]":
        entries = []
        for (index,), rows in sorted(found.rows.group_by(TASK), key=lambda group: str(group[0])):
            task = tasks[int(str(index))]
            outcomes = rows.select(pl.col(name).cast(kind) for name, kind in OUTCOME_SCHEMA.items())
            news = self._news(task, outcomes)
            confirmed = news.filter(pl.col(SOURCE) == "record").height
            entries.append((TaskOutcomes(task=task.task, rows=news.height, confirmed=confirmed), news))
        return entries

    def _news(self, task: TaskHistory, outcomes: pl.DataFrame) -> pl.DataFrame:
        """Return those of *outcomes* that change what the ledger says of their calls, each as it is together with that."""
        before = self._known(task, outcomes)
        if before.is_empty():
            return outcomes
        before = fold(before)
        after = fold(pl.concat([before, outcomes]))
        return after.join(before, on=list(OUTCOME_SCHEMA), how="anti", nulls_equal=True)

    def _known(self, task: TaskHistory, calls: pl.DataFrame) -> pl.DataFrame:
        """Return what the ledger says of the calls of *calls* (CALL) as those of *task*."""
        return self._kept(task).join(calls.select(CALL).unique(), on=CALL, how="semi")

    def _confirmed(self, task: TaskHistory, people: pl.DataFrame) -> pl.DataFrame:
        """Return what records say of the calls of *task* to *people* (PERSON)."""
        confirmed = self._kept(task).filter(pl.col(SOURCE) == "record")
        return confirmed.join(people, on=PERSON, how="semi")

    def _kept(self, task: TaskHistory) -> pl.DataFrame:
        """Return all that the ledger says of the calls of *task*; what was read once in a run is not read again."""
        seen, frame = self._read.pop(task.task.name, (frozenset[int](), pl.DataFrame(schema=OUTCOME_SCHEMA)))
        newer = [sequence for sequence in task.outcomes if sequence not in seen]
        if newer:
            frame = pl.concat([frame, self._ledger.outcomes(newer).drop("sequence")])
        while self._read and frame.height + sum(kept.height for _, kept in self._read.values()) > _MOST_KEPT:
            self._read.pop(next(iter(self._read)))
        self._read[task.task.name] = (seen | frozenset(newer), frame)
        return frame

    def _known_in(self, tasks: Sequence[TaskHistory]) -> Callable[[int, pl.DataFrame], pl.DataFrame]:
        return lambda index, calls: self._known(tasks[index], calls)

    def _people_of(
        self, reports: pl.DataFrame, former: pl.DataFrame
    ) -> Callable[[Sequence[int]], pl.DataFrame]:
        """Return how to ask for the people of blocks, of those in *reports* only, so that millions need not be held.

        Who stands in a block under the key of a *former* number comes under the present one.
        """
        wanted = pl.concat([reports.select(PERSON), former.select(PERSON)]).unique()
        within = (int(wanted[PERSON].min()), int(wanted[PERSON].max()))  # type: ignore[arg-type]

        def people(sequences: Sequence[int]) -> pl.DataFrame:
            frames = [pl.DataFrame(schema={PERSON: pl.UInt128, "sequence": pl.Int64})]
            for start in range(0, len(sequences), _BLOCKS_AT_ONCE):
                some = self._ledger.blocks(sequences[start : start + _BLOCKS_AT_ONCE], within=within)
                frames.append(some.select(PERSON, "sequence").join(wanted, on=PERSON, how="semi"))
            found = pl.concat(frames)
            if former.is_empty():
                return found
            present = pl.coalesce(CURRENT, PERSON).alias(PERSON)
            return found.join(former.unique(), on=PERSON, how="left").select(present, "sequence").unique()

        return people
