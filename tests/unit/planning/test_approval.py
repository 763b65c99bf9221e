"""Approvals: one keyed value for a person, their words and their settings."""

from types import SimpleNamespace

import polars as pl
import pytest

from runner.digest.keys import LedgerKey
from runner.planning.approval import approvals

KEY = LedgerKey("0123456789abcdef" * 4)
CAMPAIGN = SimpleNamespace(name="reminder", edition="2026-11")
CONTENTS = [7, 2**127, 7, 9]


def approved(contents=CONTENTS, settings=(1, 0, 0, 1), digests=("a", "b"), campaign=CAMPAIGN, key=KEY):
    """Return the approvals as a list."""
    return approvals(
        pl.Series(contents, dtype=pl.UInt128),
        pl.Series(settings, dtype=pl.UInt32),
        digests,
        campaign=campaign,
        key=key,
    ).to_list()


def test_known_value():
    """What is hashed is part of every saved plan, so it is pinned by values computed by hand with `hmac`."""
    assert approved([7], [0], ["a"]) == [0xE6B9726811B6AB3F6C1128E8D1DFA81B]


def test_each_row_has_the_approval_of_its_settings():
    """Rows keep their order, whichever settings apply to them."""
    one_by_one = [approved([content], [of])[0] for content, of in zip(CONTENTS, (1, 0, 0, 1), strict=True)]

    assert approved() == one_by_one
    assert len(set(one_by_one)) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"campaign": SimpleNamespace(name="reminder-2", edition="2026-11")},
        {"campaign": SimpleNamespace(name="reminder", edition="2026-12")},
        {"digests": ("c", "d")},
        {"key": LedgerKey("f" * 64)},
    ],
)
def test_everything_counts(other):
    """Another campaign, edition, setting or key changes every approval."""
    assert not set(approved()) & set(approved(**other))


def test_nobody():
    """No people have no approvals."""
    assert approved([], [], []) == []
