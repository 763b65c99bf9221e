"""Columns of 128-bit values as bytes."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.digest.packed import pack, unpack


@given(st.lists(st.integers(min_value=0, max_value=2**128 - 1), max_size=20))
def test_round_trip_is_big_endian(values):
    """Packing writes 16 big-endian bytes a value, and unpacking reads them back."""
    column = pl.Series("k", values, dtype=pl.UInt128)

    raw = pack(column)

    assert raw == b"".join(value.to_bytes(16, "big") for value in values)
    assert unpack(raw, name="k").to_list() == values


def test_half_a_value_is_refused():
    """A length that is no multiple of 16 is damage."""
    with pytest.raises(ValueError, match="multiple of 16"):
        unpack(b"\0" * 17, name="k")
