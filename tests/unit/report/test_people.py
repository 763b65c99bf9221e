"""People out of their calls, against the same said slowly."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.frames import CONFIRMED, KEY, OUTCOME, OUTCOME_TYPE, OUTCOMES, PERSON, REPORTED
from runner.report.people import AT, DIFFERS, HAS_RUNG, PEOPLE, SMS, numbered, people_of

SCHEMA: dict[str, Any] = {
    PERSON: pl.UInt128, AT: pl.Int64, OUTCOME: OUTCOME_TYPE, REPORTED: OUTCOME_TYPE, CONFIRMED: OUTCOME_TYPE,
    KEY: pl.String, HAS_RUNG: pl.Boolean, SMS: pl.Boolean, DIFFERS: pl.Boolean,
}  # fmt: skip
PERSONS = (0, 1, 2**64, 2**64 + 1, 2**128 - 1)
TIMES = (None, 0, 1_795_510_800_000, 1_795_510_800_001, 1_795_596_200_000)
OUTCOME_OR_NONE = st.none() | st.sampled_from(OUTCOMES)
CALLS = st.lists(
    st.tuples(
        st.sampled_from(PERSONS),
        st.sampled_from(TIMES),
        st.sampled_from(OUTCOMES),
        OUTCOME_OR_NONE,
        OUTCOME_OR_NONE,
        st.none() | st.sampled_from("0159*#"),
        *(st.booleans() for _ in range(3)),
    ),
    max_size=15,
)


def frame_of(calls: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Return *calls* with the columns of SCHEMA."""
    return pl.DataFrame(calls, schema=SCHEMA, orient="row")


@given(calls=CALLS)
def test_rounds_are_counted_by_person_and_time(calls: list[tuple[Any, ...]]) -> None:
    """A call's round is one more than its person's earlier calls; without a time it is after all with one."""
    late = [(call[0], 2**62 if call[1] is None else call[1]) for call in calls]

    found = numbered(frame_of(calls).select(PERSON, AT))

    assert found["@round"].to_list() == [
        1 + sum(other == person and earlier < at for other, earlier in late) for person, at in late
    ]
    numbers = dict(zip([person for person, _ in late], found["@who"], strict=True))
    assert sorted(numbers.values()) == list(range(len(numbers)))
    assert found["@who"].to_list() == [numbers[person] for person, _ in late]


def test_rounds_of_more_calls_than_a_hash_has_room_beside() -> None:
    """Above a million calls the places in the report take bits from the person, and the rounds are right all the same."""
    dice = np.random.default_rng(3)
    count = 2**21 + 7
    frame = pl.DataFrame(
        {PERSON: dice.integers(0, count // 2, count), AT: TIMES[2] + dice.integers(0, 9, count)},
        schema={PERSON: pl.UInt128, AT: pl.Int64},
    )

    found = frame.with_columns(numbered(frame))

    assert found["@who"].n_unique() == found[PERSON].n_unique() == found.select(PERSON, "@who").n_unique()
    earlier = frame.group_by(PERSON, AT).len().sort(PERSON, AT)
    earlier = earlier.with_columns((pl.col("len").cum_sum() - pl.col("len")).over(PERSON).alias("earlier"))
    told = found.join(earlier, on=(PERSON, AT))
    assert told.height == count
    assert told.filter(pl.col("@round") != pl.col("earlier") + 1).is_empty()


@given(calls=CALLS)
def test_people_are_counted_by_their_best(calls: list[tuple[Any, ...]]) -> None:
    """Each person counts once: with the best outcome of each kind, the last key, and what was ever so."""
    by_person = defaultdict(list)
    for call in calls:
        by_person[call[0]].append(call[1:])
    expected: Counter[tuple[object, ...]] = Counter()
    for several in by_person.values():
        outcomes = [
            [OUTCOMES.index(one) for one in kind if one] for kind in list(zip(*several, strict=True))[1:4]
        ]
        keys = [(at or 0, "0123456789*#".index(key), key) for at, *_, key, _r, _s, _d in several if key]
        best = [OUTCOMES[max(kind)] if kind else None for kind in outcomes]
        flags = [any(call[at] for call in several) for at in (5, 6, 7)]
        expected[(*best, *flags, max(keys)[2] if keys else None)] += 1
    frame = frame_of(calls)

    found = people_of(frame.with_columns(*numbered(frame.select(PERSON, AT))))

    columns = (OUTCOME, REPORTED, CONFIRMED, HAS_RUNG, SMS, DIFFERS, KEY)
    assert {row[:-1]: row[-1] for row in found.select(*columns, PEOPLE).iter_rows()} == expected
