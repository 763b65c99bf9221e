"""Keyed values: the standard library and the columns agree, and frames are unambiguous."""

import hashlib
import hmac

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from runner.digest.keyed import framed, keyed, keyed_column
from runner.digest.keys import Label, LedgerKey

KEY = LedgerKey("0123456789abcdef" * 4)
FIELDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_known_value():
    """The frame and the cut are part of every ledger, so they are pinned by a value computed step by step."""
    subkey = hmac.new(KEY.secret.encode(), b"runner/1/person", hashlib.sha256).hexdigest()
    mac = hmac.new(subkey.encode(), b"113:+447700900001", hashlib.sha256).digest()

    assert keyed(KEY.subkey(Label.PERSON), "+447700900001") == int.from_bytes(mac[:16], "big")


@given(st.lists(st.tuples(FIELDS, FIELDS), min_size=1, max_size=8))
def test_columns_equal_the_standard_library(rows):
    """A column of keyed values holds, row by row, what the standard library makes."""
    frame = pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")

    column = frame.select(keyed_column(KEY.subkey(Label.CONTENT), pl.col("a"), pl.col("b")).alias("k"))["k"]

    assert column.to_list() == [keyed(KEY.subkey(Label.CONTENT), a, b) for a, b in rows]


@given(st.lists(FIELDS, max_size=4), st.lists(FIELDS, max_size=4))
def test_frames_are_unambiguous(one, other):
    """Two different lists of fields never share a frame."""
    assert (framed(one) == framed(other)) == (one == other)


def test_labels_give_different_values():
    """The same field under two labels gives two values, so that keys of different kinds cannot be joined."""
    assert len({keyed(KEY.subkey(label), "x") for label in Label}) == len(Label)


def test_key_is_not_printed():
    """The secret is in no representation of the key."""
    assert KEY.secret not in repr(KEY)
