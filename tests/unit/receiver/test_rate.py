"""How often somebody may come."""

from runner.receiver import rate
from runner.receiver.rate import Rate


def test_bucket_empties_and_fills():
    """Twice the rate may come at once, and then as many as the time allows."""
    limit = Rate(2)

    assert [limit.allows("a", at_s=0.0) for _ in range(5)] == [True] * 4 + [False]
    assert not limit.allows("a", at_s=0.4)
    assert limit.allows("a", at_s=0.6)
    assert [limit.allows("a", at_s=1_000.0) for _ in range(5)] == [True] * 4 + [False]


def test_senders_do_not_share():
    """One sender's rate is its own."""
    limit = Rate(1)

    assert [limit.allows(sender, at_s=0.0) for sender in "aaab"] == [True, True, False, True]


def test_memory_is_bounded(monkeypatch):
    """The sender that was silent longest is forgotten when there are too many."""
    monkeypatch.setattr(rate, "MOST_SENDERS", 2)
    limit = Rate(1)
    for sender in "aabbcc":
        limit.allows(sender, at_s=0.0)

    assert [limit.allows(sender, at_s=0.0) for sender in "ca"] == [False, True]
    assert len(limit._buckets) == 2
