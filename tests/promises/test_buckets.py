"""Promise 4: every row of the audience is in exactly one bucket."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.model.plan import Bucket
from tests.promises.conftest import as_csv
from tests.promises.strategies import BAD_NUMBERS, GOOD_NUMBERS, audiences, digits


@pytest.mark.slow
@given(
    rows=audiences(numbers=GOOD_NUMBERS | BAD_NUMBERS),
    opted_out=st.sets(st.integers(0, 999), max_size=4),
    called=st.integers(0, 25),
)
def test_every_row_is_in_one_bucket(make_repository, rows, opted_out, called):
    """Counted by an oracle that walks the rows one by one, the buckets are the same, and they sum up to the rows."""
    repository = make_repository()
    repository.write(
        "campaigns/optout.csv", "phone\n" + "".join(f"07700 900{n:03}\n" for n in sorted(opted_out))
    )
    if called:
        repository.write("campaigns/audience.csv", as_csv(rows[:called]))
        repository.apply()
    repository.write("campaigns/audience.csv", as_csv(rows))

    plan = repository.plan().campaigns[0]

    assert plan.buckets == oracle(rows, opted_out, rows[:called])
    assert sum(plan.buckets.values()) == plan.rows == len(rows)


def oracle(rows, opted_out, called):
    """Return the expected buckets."""
    excluded = {f"700900{n:03}" for n in opted_out}
    before = {digits(row[0]) for row in called if is_good(row[0])} - excluded
    seen = set()
    counts: Counter[Bucket] = Counter()
    for row in rows:
        if not is_good(row[0]):
            counts[Bucket.INVALID] += 1
            continue
        person = digits(row[0])
        if person in seen:
            counts[Bucket.DUPLICATE] += 1
        elif person in excluded:
            counts[Bucket.SUPPRESSED] += 1
        else:
            counts[Bucket.CALLED_SAME if person in before else Bucket.NEW] += 1
        seen.add(person)
    return dict(counts)


def is_good(number):
    """Tell whether *number* is one of the good spellings of these tests."""
    return "7700900" in number.replace(" ", "") and len(digits(number)) == 9 and number != "07700 90050"
