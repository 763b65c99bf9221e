"""What units printed for one range serves the next."""

from dataclasses import replace

import polars as pl
import pytest

from runner.compile import printed
from runner.compile.batches import Failure, text_column
from runner.compile.printed import Notes, Printed
from runner.compile.program import Unit

UNIT = Unit(
    number=3,
    columns=("name",),
    is_column=False,
    is_structured=False,
    is_whole=False,
    template="t",
    line=1,
    expression="name | upper",
)


class Making:
    """Prints names in capitals, fails for those in *failing*, and remembers what it was asked for."""

    def __init__(self, *failing: str, number: int = 3) -> None:
        self.asked: list[list[str | None]] = []
        self.failing = failing
        self.column = text_column(number)

    def __call__(self, keys: pl.DataFrame) -> list[tuple[pl.DataFrame, list[Failure]]]:
        """Print."""
        names = keys["name"].to_list()
        self.asked.append(sorted(names, key=str))
        texts = [None if name in self.failing else (name or "").upper() for name in names]
        failures = [
            Failure(row=row, code="c", message="m", template="t", line=1)
            for row, name in enumerate(names)
            if name in self.failing
        ]
        return [(pl.DataFrame({self.column: texts}, schema={self.column: pl.String}), failures)]


def cells(*names: str | None) -> pl.DataFrame:
    """Return rows with these names."""
    return pl.DataFrame({"name": names}, schema={"name": pl.String})


def told(notes: Notes, making: Making, *names: str | None) -> tuple[list[str | None], list[Failure]]:
    """Return what is printed for these names, and the failures."""
    rows = cells(*names)
    numbers = notes.numbers(rows)
    assert numbers is not None
    made, failures = notes.printed([UNIT], rows, numbers, making)
    return made[text_column(3)].to_list(), failures


def test_combinations_are_asked_for_once():
    """A value of an earlier range is not rendered again, a new one is, and every row gets its own, missing values too."""
    notes, making = Printed().of(("name",)), Making()

    first, _ = told(notes, making, "ann", "ben", "ann", None)
    second, _ = told(notes, making, "cem", "ben", None, "cem")

    assert first == ["ANN", "BEN", "ANN", ""]
    assert second == ["CEM", "BEN", "", "CEM"]
    assert making.asked == [[None, "ann", "ben"], ["cem"]]


def test_only_what_is_wanted_is_asked_for():
    """Rows that do not reach a unit are numbered, but not rendered for it."""
    notes, making = Printed().of(("name",)), Making()
    rows, reached = cells("ann", "ben", "ann", "ben", "cem", "cem"), pl.Series([True, False] * 3)
    numbers = notes.numbers(rows)
    assert numbers is not None

    made, _ = notes.printed([UNIT], rows.filter(reached), numbers.filter(reached), making)

    assert made[text_column(3)].to_list() == ["ANN", "ANN", "CEM"]
    assert making.asked == [["ann", "cem"]]


def test_failures_are_asked_for_again():
    """A failure names its combination, and a range that has it too fails too."""
    notes, making = Printed().of(("name",)), Making("ben")
    numbers = notes.numbers(cells("ann", "ben", "ann", "ben"))
    assert numbers is not None

    texts, failures = told(notes, making, "ann", "ben", "ann", "ben")
    again, failures_again = told(notes, making, "ben", "ann")

    assert texts == ["ANN", None, "ANN", None]
    assert [failure.row for failure in failures] == [numbers[1]]
    assert again == [None, "ANN"]
    assert failures_again == failures
    assert making.asked == [["ann", "ben"], ["ben"]]


def test_units_of_the_same_columns_are_asked_for_together():
    """What was asked for along with another unit is known when its turn comes, but not what failed."""
    other, asked = replace(UNIT, number=4), list[list[str]]()

    def make(keys: pl.DataFrame) -> list[tuple[pl.DataFrame, list[Failure]]]:
        asked.append(sorted(keys["name"].to_list()))
        one = pl.DataFrame({text_column(3): [f"3 {name}" for name in keys["name"]]})
        two = pl.DataFrame(
            {text_column(4): [None if name == "ben" else f"4 {name}" for name in keys["name"]]}
        )
        row = keys["name"].to_list().index("ben")
        return [(one, []), (two, [Failure(row=row, code="c", message="m", template="t", line=1)])]

    notes, rows = Printed().of(("name",)), cells("ann", "ben", "ann", "ben")
    numbers = notes.numbers(rows)
    assert numbers is not None
    first, failures = notes.printed([UNIT, other], rows, numbers, make)
    second, _ = notes.printed([other], rows, numbers, Making("ben", number=4))

    assert first[text_column(3)].to_list() == ["3 ann", "3 ben", "3 ann", "3 ben"]
    assert failures == []
    assert second[text_column(4)].to_list() == ["4 ann", None, "4 ann", None]
    assert asked == [["ann", "ben"]]


def test_combinations_of_columns_are_told_apart():
    """Two columns are one combination by their values in order, missing ones included."""
    notes = Printed().of(("name", "city"))
    rows = pl.DataFrame(
        {"name": ["a", "ab", "a", None, "", "a"], "city": ["bc", "c", "bc", "x", "x", None]},
        schema={"name": pl.String, "city": pl.String},
    )

    numbers = notes.numbers(pl.concat([rows, rows]))

    assert numbers is not None
    assert numbers.n_unique() == 5
    assert numbers[0] == numbers[2] == numbers[6] == numbers[8]


def test_distinct_rows_are_not_looked_up():
    """Where next to every row is another one, there is nothing to keep."""
    notes = Printed().of(("name",))

    assert notes.numbers(cells("ann", "ben", "cem")) is None
    assert notes.numbers(cells("ann", "ann", "ann")) is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """Notes that have grown too large are begun anew; those in use stay good."""
    monkeypatch.setattr(printed, "MOST_BYTES", 10)
    known, making = Printed(), Making()
    notes = known.of(("name",))
    told(notes, making, "ann", "ben", "ann", "ben")

    assert known.of(("name",)) is not notes
    assert told(notes, making, "ben")[0] == ["BEN"]
