"""From rows to people."""

import polars as pl
import pytest

from runner.audience.numbers import Reading
from runner.audience.people import LIST, SUPPRESSED_SCHEMA, Rules, Settled, conflict_problem, prepare, settle
from runner.audience.rows import RowList
from runner.digest.keyed import keyed
from runner.errors import Where
from runner.frames import NUMBER, PERSON, ROW
from runner.model.campaign import ColumnType

SUBKEY = "ab" * 32
ANN, BEN, CEM = "+447700900001", "+447700900002", "+447700900003"


def rules(*keep: str, **types: ColumnType) -> Rules:
    """Return rules for British numbers in the column `phone`."""
    reading = Reading(region="GB", countries=("GB",), allow_fiction=True)
    return Rules(number="phone", reading=reading, types=types, subkey=SUBKEY, keep=keep)


def rows(**columns: list[str | None]) -> pl.DataFrame:
    """Return the frame *rows* with these columns."""
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.with_row_index(ROW, offset=1)


def people(*of: tuple[str, int, str | None]) -> pl.DataFrame:
    """Return prepared people with number, row and one column `text`."""
    return pl.DataFrame(
        [(keyed(SUBKEY, number), number, row, text) for number, row, text in of],
        schema={PERSON: pl.UInt128, NUMBER: pl.String, ROW: pl.UInt32, "text": pl.String},
        orient="row",
    )


def settled(
    frame: pl.DataFrame, *, suppressed: pl.DataFrame | None = None, prefer=None, types=None
) -> Settled:
    """Return the settled *frame*, by default without exclusions and preference."""
    nobody = SUPPRESSED_SCHEMA.to_frame()
    return settle(
        frame, suppressed=nobody if suppressed is None else suppressed, prefer=prefer, types=types or {}
    )


def test_rows_become_people():
    """Each row that can be called has its number, its keyed value, and the columns kept in canonical text."""
    frame = rows(
        phone=["07700 900001", ANN], due=["2026-11-25", None], amount=["+01.50", "2"], other=["x", "y"]
    )

    prepared = prepare(frame, rules("amount", "due", amount=ColumnType.DECIMAL, due=ColumnType.DATE))

    assert prepared.people.rows() == [
        (keyed(SUBKEY, ANN), ANN, 1, "1.50", "2026-11-25"),
        (keyed(SUBKEY, ANN), ANN, 2, "2", None),
    ]
    assert prepared.people.schema == pl.Schema(
        {PERSON: pl.UInt128, NUMBER: pl.String, ROW: pl.UInt32, "amount": pl.String, "due": pl.String}
    )
    assert prepared.invalid.height == 0
    assert prepared.countries == {"GB": 2}


def test_rows_that_cannot_be_called_have_a_reason():
    """They are named by row, and their other cells are not looked at."""
    frame = rows(phone=["x", BEN, None, "+12015550123"], amount=["1", "2", "canary", "canary"])

    prepared = prepare(frame, rules("amount", amount=ColumnType.DECIMAL))

    assert prepared.invalid.rows() == [(1, "not a number"), (3, "no number"), (4, "of another country")]
    assert prepared.people[ROW].to_list() == [2]
    assert prepared.mistyped == {}


def test_mistyped_values_are_told_by_column():
    """They stop everything later; here they are only counted."""
    frame = rows(phone=[ANN, BEN], amount=["1,5", "2"])

    prepared = prepare(frame, rules("amount", amount=ColumnType.DECIMAL))

    assert prepared.mistyped == {"amount": RowList(count=1, first=(1,))}


def test_the_number_column_itself_may_be_kept():
    """A template may read the number as it is written."""
    prepared = prepare(rows(phone=["07700 900001"]), rules("phone"))

    assert prepared.people["phone"].to_list() == ["07700 900001"]
    assert prepared.people[NUMBER].to_list() == [ANN]


def test_people_are_sorted_by_key():
    """Whatever order they come in."""
    found = settled(people((ANN, 1, "a"), (BEN, 2, "b"), (CEM, 3, "c")))

    assert found.people[PERSON].to_list() == sorted(keyed(SUBKEY, number) for number in (ANN, BEN, CEM))
    assert found.dropped.height == 0
    assert not found.conflicts


def test_a_person_twice_with_the_same_content_is_called_once():
    """The first of the rows stays."""
    found = settled(people((ANN, 4, "a"), (ANN, 2, "a"), (ANN, 3, "a")))

    assert found.people[ROW].to_list() == [2]
    assert sorted(found.dropped.rows()) == [
        (3, "duplicate", "same content", None),
        (4, "duplicate", "same content", None),
    ]
    assert not found.conflicts


def test_a_person_twice_with_different_content_is_a_conflict():
    """Nothing says which of the two texts is true, so all rows of the number are named."""
    found = settled(people((ANN, 1, "a"), (ANN, 2, "a"), (ANN, 3, "b"), (BEN, 4, "x"), (BEN, 5, "x")))

    assert found.conflicts == RowList(count=3, first=(1, 2, 3))
    problem = conflict_problem(found.conflicts, Where(path="a.csv"))
    assert problem.message == "3 rows (1, 2, 3): one number stands in several rows with different content"


def test_missing_and_empty_are_content():
    """A missing value beside a given one is a difference."""
    assert settled(people((ANN, 1, None), (ANN, 2, "a"))).conflicts.count == 2
    assert settled(people((ANN, 1, None), (ANN, 2, None))).conflicts.count == 0


@pytest.mark.parametrize(
    ("kind", "values", "kept"),
    [
        (ColumnType.TEXT, ["10", "9"], "10"),
        (ColumnType.DECIMAL, ["10", "9"], "9"),
        (ColumnType.DECIMAL, ["-1.5", "-1.25"], "-1.5"),
        (
            ColumnType.DECIMAL,
            ["0.1", "0.09999999999999999999999999999999999999"],
            "0.09999999999999999999999999999999999999",
        ),
        (ColumnType.INTEGER, ["-2", "-10", "3"], "-10"),
        (ColumnType.DATE, ["2026-11-25", "2026-02-01"], "2026-02-01"),
        (ColumnType.BOOLEAN, ["true", "false"], "false"),
        (ColumnType.DECIMAL, [None, "9"], "9"),
        (ColumnType.TEXT, [None, None], None),
        (ColumnType.DECIMAL, ["1.0", "1.00"], "1.0"),
    ],
)
def test_prefer_keeps_the_smallest_by_its_type(kind, values, kept):
    """A missing value is last; equal values are told apart by their text."""
    frame = people(*((ANN, row, value) for row, value in enumerate(values, start=1)))

    found = settled(frame, prefer="text", types={"text": kind})

    assert found.people["text"].to_list() == [kept]
    assert not found.conflicts
    assert set(found.dropped["@reason"]) <= {"same content", "not preferred"}


def test_the_suppressed_are_dropped_with_their_list():
    """Of several lists the first that has the person is named."""
    lists = pl.DataFrame(
        {PERSON: [keyed(SUBKEY, ANN), keyed(SUBKEY, ANN), keyed(SUBKEY, CEM)], LIST: [2, 1, 0]},
        schema=SUPPRESSED_SCHEMA,
    )

    found = settled(people((ANN, 1, "a"), (ANN, 2, "a"), (BEN, 3, "b")), suppressed=lists)

    assert found.people[ROW].to_list() == [3]
    assert sorted(found.dropped.rows()) == [
        (1, "suppressed", None, 1),
        (2, "duplicate", "same content", None),
    ]


def test_nobody():
    """An empty range settles to nobody."""
    found = settled(people())

    assert found.people.height == 0
    assert found.people.schema == people().schema
    assert found.dropped.height == 0


def test_without_columns_that_matter_rows_of_one_number_are_the_same():
    """Where no text reads a column, nothing can contradict."""
    found = settled(people((ANN, 2, "a"), (ANN, 1, "b")).drop("text"))

    assert found.people[ROW].to_list() == [1]
    assert not found.conflicts
