"""People out of their calls: the how-manieth of its person a call is, and how many people had the same best of their calls."""

from typing import Final

import numpy as np
import polars as pl

from runner.frames import CONFIRMED, KEY, OUTCOME, OUTCOME_TYPE, OUTCOMES, PERSON, REPORTED

AT, ROUND, WHO, PEOPLE = "@at", "@round", "@who", "@people"
HAS_RUNG, SMS, DIFFERS = "@has_rung", "@sms", "@differs"

_PACKED, _LAST = "@packed", "@last"
_KEYS: Final = "0123456789*#"
_OF_KEYS, _NO_KEY = 16, 15
_BEST: Final = (OUTCOME, REPORTED, CONFIRMED)
_FLAGS: Final = (HAS_RUNG, SMS, DIFFERS)
_WIDTH: Final = len(OUTCOMES)
_OF_TIMES: Final = 44
"""Bits: milliseconds until the year 2527."""
_NEVER: Final = 2**_OF_TIMES - 1


def numbered(timed: pl.DataFrame) -> pl.DataFrame:
    """Return WHO, a number from 0 for each person, and ROUND, the how-manieth of its person a call is, both UInt32.

    Those of one person at the same millisecond are of the same round: then their order decides nothing. Without a time a call
    is after all others.

    Args:
        timed: PERSON and AT, one row a call.
    """
    # One sort of one number, which ends with the place of its row: several times as fast as a rank over persons, and twice as
    # fast as sorting places. People whose hashes begin alike may be mixed up, and one call in a report be said to be of another
    # round; of ten million people there are two once in 20,000 reports.
    bits = timed.height.bit_length()
    of_person = pl.col(PERSON).hash() // 2 ** max(0, _OF_TIMES + bits - 64)
    at = pl.col(AT).clip(0, _NEVER - 1).fill_null(_NEVER)
    by = (_wide(of_person) * 2**_OF_TIMES + _wide(at)) * 2**bits + _wide(pl.int_range(pl.len()))
    keys = timed.select(by.alias("@by"))["@by"].sort()
    order = keys.cast(pl.UInt64, strict=False, wrap_numerical=True).to_numpy() & (2**bits - 1)
    calls = keys // 2**bits
    persons = calls // 2**_OF_TIMES
    is_other = persons.ne_missing(persons.shift()).to_numpy()
    is_later = calls.ne_missing(calls.shift()).to_numpy()
    place = np.arange(timed.height, dtype=np.uint32)
    first, same = (np.maximum.accumulate(np.where(new, place, 0)) for new in (is_other, is_later))
    found = {WHO: np.cumsum(is_other) - 1, ROUND: same - first + 1}
    placed = {name: np.empty(timed.height, dtype=np.uint32) for name in found}
    for name, values in found.items():
        placed[name][order] = values
    return pl.DataFrame(placed, schema={WHO: pl.UInt32, ROUND: pl.UInt32})


def _wide(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.UInt128)


def people_of(found: pl.DataFrame) -> pl.DataFrame:
    """Return how many PEOPLE have the same in all of OUTCOME, REPORTED, CONFIRMED, KEY, HAS_RUNG, SMS and DIFFERS.

    Of the first three it is the best of their calls, the key is the last one that they pressed, and the others are whether it
    was ever so.

    Args:
        found: these columns, with WHO and AT, one row a call.
    """
    who = found[WHO].to_numpy()
    count = int(who.max()) + 1 if len(who) else 0
    packed, last = np.zeros(count, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    np.bitwise_or.at(packed, who, _packed(found))
    np.maximum.at(last, who, _key_and_time(found))
    # All in one number, since by one number people are counted faster.
    both = packed * _OF_KEYS + np.where(last < 0, _NO_KEY, last % len(_KEYS))
    kinds = pl.Series(_PACKED, both).value_counts(name=PEOPLE).filter(pl.col(_PACKED) > _NO_KEY)
    kinds = kinds.with_columns(pl.col(_PACKED) // _OF_KEYS, (pl.col(_PACKED) % _OF_KEYS).alias(_LAST))
    keys = pl.col(_LAST).replace_strict(dict(enumerate(_KEYS)), default=None, return_dtype=pl.String)
    return kinds.select(
        *(_best(at).alias(name) for at, name in enumerate(_BEST)),
        *(_bit(len(_BEST) * _WIDTH + at).cast(pl.Boolean).alias(name) for at, name in enumerate(_FLAGS)),
        keys.alias(KEY),
        PEOPLE,
    )


def _packed(found: pl.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return a number for each call with a bit for each outcome of each kind and for each flag: those of several may be joined."""
    packed = np.zeros(found.height, dtype=np.int64)
    for at, name in enumerate(_BEST):
        bits = np.array([*(1 << (at * _WIDTH + rank) for rank in range(_WIDTH)), 0], dtype=np.int64)
        packed |= bits[found[name].to_physical().fill_null(_WIDTH).to_numpy()]
    for at, name in enumerate(_FLAGS, start=len(_BEST) * _WIDTH):
        packed |= found[name].to_numpy().astype(np.int64) << at
    return packed


def _key_and_time(found: pl.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return time and key of each call in one number, so that the latest key is the greatest; -1 without a key."""
    number = found[KEY].cast(pl.Enum(list(_KEYS)), strict=False).to_physical().fill_null(_NO_KEY).to_numpy()
    times = found[AT].fill_null(0).to_numpy().astype(np.int64)
    return np.where(number == _NO_KEY, -1, times * len(_KEYS) + number)


def _best(at: int) -> pl.Expr:
    """Return the best outcome of this kind, null where there is none."""
    best = pl.lit(None, dtype=OUTCOME_TYPE)
    for rank, outcome in enumerate(OUTCOMES):
        best = pl.when(_bit(at * _WIDTH + rank) > 0).then(pl.lit(outcome, dtype=OUTCOME_TYPE)).otherwise(best)
    return best


def _bit(at: int) -> pl.Expr:
    return pl.col(_PACKED) & (1 << at)
