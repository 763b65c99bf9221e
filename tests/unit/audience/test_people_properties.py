"""Promises 4 and 7 for an audience: every row is in one bucket, and order is nothing."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.audience.numbers import Reading
from runner.audience.people import LIST, SUPPRESSED_SCHEMA, Rules, prepare, settle
from runner.audience.ranges import split
from runner.digest.keyed import keyed
from runner.frames import NUMBER, PERSON, ROW
from runner.model.campaign import ColumnType

SUBKEY = "cd" * 32
NUMBERS = [f"+44770090000{digit}" for digit in range(6)]
SPELLINGS = [*NUMBERS, *(f"0{number[3:7]} {number[7:]}" for number in NUMBERS), "x", None, "+12015550100"]
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(SPELLINGS),
        st.sampled_from([None, "1", "1.0", "2", "10"]),
        st.sampled_from(["a", "b", None]),
    ),
    max_size=25,
)
RULES = Rules(
    number="phone",
    reading=Reading(region="GB", countries=("GB",), allow_fiction=True),
    types={"amount": ColumnType.DECIMAL},
    subkey=SUBKEY,
    keep=("amount", "name"),
)


def rows_of(records: list[Any], order: Sequence[int]) -> pl.DataFrame:
    """Return the frame *rows* of the records in another order, each with the row number it has there."""
    schema = {"phone": pl.String, "amount": pl.String, "name": pl.String}
    return pl.DataFrame([records[place] for place in order], schema=schema, orient="row").with_row_index(
        ROW, offset=1
    )


def outcome(
    records: list[Any],
    order: Sequence[int],
    *,
    batches: int = 1,
    ranges: int = 1,
    prefer: str | None = None,
    suppressed: Sequence[str] = (),
) -> dict[str, Any]:
    """Return people without row numbers, the dropped rows' original places by bucket, and the conflicting ones."""
    lists = pl.DataFrame(
        {PERSON: [keyed(SUBKEY, number) for number in suppressed], LIST: [0] * len(suppressed)},
        schema=SUPPRESSED_SCHEMA,
    )
    frame = rows_of(records, order)
    size = max(1, -(-frame.height // batches))
    prepared = [prepare(frame.slice(start, size), RULES) for start in range(0, frame.height, size)]
    parts = [split(one.people, ranges) for one in prepared]
    settled = [
        settle(
            pl.concat([part[number] for part in parts if number in part]),
            suppressed=lists,
            prefer=prefer,
            types=RULES.types,
        )
        for number in sorted({number for part in parts for number in part})
    ]
    invalid = [(order[row - 1], reason) for one in prepared for row, reason in one.invalid.rows()]
    dropped = [(row, bucket, reason) for one in settled for row, bucket, reason, _ in one.dropped.rows()]
    kept = [row for one in settled for row in one.people.rows()]
    conflicts = sum(one.conflicts.count for one in settled)
    return {"kept": kept, "dropped": dropped, "invalid": sorted(invalid), "conflicts": conflicts}


@given(
    RECORDS,
    st.randoms(use_true_random=False),
    st.sampled_from([None, "amount", "name"]),
    st.sets(st.sampled_from(NUMBERS)),
)
def test_order_batches_and_ranges_change_nothing(records, chance, prefer, suppressed):
    """Permuting rows, cutting them into batches, and another number of ranges give the same people and counts."""
    order = list(range(len(records)))
    shuffled = list(order)
    chance.shuffle(shuffled)
    settings: dict[str, Any] = {"prefer": prefer, "suppressed": sorted(suppressed)}

    plain = outcome(records, order, **settings)
    other = outcome(records, shuffled, batches=3, ranges=8, **settings)

    def content(found: dict[str, Any]) -> list[Any]:
        return [row[:2] + row[3:] for row in found["kept"]]

    assert content(plain) == content(other)
    assert plain["invalid"] == other["invalid"]
    assert plain["conflicts"] == other["conflicts"]
    reasons = [sorted(reason[1:] for reason in found["dropped"]) for found in (plain, other)]
    assert sorted(map(str, reasons[0])) == sorted(map(str, reasons[1]))


@given(RECORDS, st.sampled_from([None, "amount"]), st.sets(st.sampled_from(NUMBERS)))
def test_every_row_is_in_exactly_one_place(records, prefer, suppressed):
    """Kept, duplicate, suppressed or invalid: the rows add up, each once."""
    order = list(range(len(records)))

    found = outcome(records, order, prefer=prefer, suppressed=sorted(suppressed), batches=2, ranges=4)

    places = [row[2] - 1 for row in found["kept"]] + [row - 1 for row, *_ in found["dropped"]]
    places += [place for place, _ in found["invalid"]]
    assert sorted(places) == order


@given(RECORDS, st.sets(st.sampled_from(NUMBERS)))
def test_nobody_is_called_twice_or_against_their_will(records, suppressed):
    """Numbers are unique among those kept, and none is on a list."""
    found = outcome(
        records, list(range(len(records))), prefer="amount", suppressed=sorted(suppressed), ranges=2
    )

    numbers = [row[1] for row in found["kept"]]
    assert len(numbers) == len(set(numbers))
    assert not set(numbers) & suppressed


def test_the_property_would_see_a_broken_choice():
    """The test's own check of order is not blind: rows differ when row numbers are left in."""
    records = [(NUMBERS[0], "1", "a"), (NUMBERS[1], "1", "a")]

    assert outcome(records, [0, 1])["kept"] != outcome(records, [1, 0])["kept"]
    assert rows_of(records, [1, 0])["phone"].to_list() == [NUMBERS[1], NUMBERS[0]]
    assert NUMBER == "@number"
