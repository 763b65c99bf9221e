"""How often somebody may come: a bucket a sender, which fills again at a steady rate, for a bounded number of senders."""

from collections import OrderedDict

MOST_SENDERS = 10_000


class Rate:
    """Allows each sender so many requests a second, and twice that at once.

    The sender that was silent longest is forgotten first: when it comes back, its bucket is full.
    """

    __slots__ = ("_buckets", "_burst", "_per_s")

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._burst = 2 * per_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, sender: str, *, at_s: float) -> bool:
        """Return whether *sender* may come once more at *at_s*, seconds on a clock that never goes back, and count it."""
        left, since = self._buckets.pop(sender, (self._burst, at_s))
        left = min(self._burst, left + (at_s - since) * self._per_s)
        allowed = left >= 1
        self._buckets[sender] = (left - 1 if allowed else left, at_s)
        if len(self._buckets) > MOST_SENDERS:
            self._buckets.popitem(last=False)
        return allowed
