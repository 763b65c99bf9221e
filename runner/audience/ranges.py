"""Key ranges: the people of an audience in 2^n parts by the top bits of their keys.

Equal numbers have equal keys, so duplicates, exclusions and earlier calls are found inside one range; ranges in order,
each sorted, are the whole in order; and keys are uniform, so ranges are of a size.
"""

import polars as pl

from runner.frames import KEY_TYPE, PERSON

ROWS_PER_RANGE = 100_000
"""Rows of a range by estimate. Several are worked on at once, and what one takes in memory is taken by each of them."""

RANGE = "@range"
_KEY_BITS = 128
_MOST_BITS = 10


def range_count(rows: int) -> int:
    """Return into how many ranges about *rows* rows are cut: the smallest power of two that keeps each at `ROWS_PER_RANGE`."""
    bits = max(0, (max(rows, 1) - 1) // ROWS_PER_RANGE).bit_length()
    return int(2 ** min(bits, _MOST_BITS))


def range_of(count: int) -> pl.Expr:
    """Return, for a frame with PERSON, the number of the range of each row, 0 … *count* - 1, as RANGE (UInt16)."""
    # A quotient of 128 bits costs next to nothing beside the hash that made the key.
    size = 2**_KEY_BITS // count
    number = (
        pl.lit(0, pl.UInt16) if count == 1 else (pl.col(PERSON) // pl.lit(size, KEY_TYPE)).cast(pl.UInt16)
    )
    return number.alias(RANGE)


def split(people: pl.DataFrame, count: int) -> dict[int, pl.DataFrame]:
    """Return the rows of *people* by their range; ranges without rows are missing."""
    if count == 1:
        return {0: people} if people.height else {}
    parts = people.with_columns(range_of(count)).partition_by(RANGE, as_dict=True, include_key=False)
    return {int(key[0]): part for key, part in parts.items()}
