"""How long a request that was held up somewhere may still be taken: as long as the vendor takes its signature.

The vendor does not document it. It is measured on a question that changes nothing, never on a send: that both look at the
timestamp alike is an assumption, since nothing but key, secret and timestamp enters a signature.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from runner.model.entry import Entry
from runner.model.ledger_fact import ToleranceMeasured

UNMEASURED = timedelta(minutes=15)
"""Design, section 8; the vendor's parent company allows 60 seconds in another product."""

_MARGIN = timedelta(minutes=1)
"""Clocks drift, and a vendor has more servers than one."""

_FRESH = timedelta(days=30)
"""So long a measured tolerance may shorten the wait; it may lengthen it for ever."""

_STEPS_S = (30, 120, 480, 1_920, 7_680, 30_720, 86_400)
_CLOSE_S, _CLOSE_SHARE = 5, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Up to which offset a timestamp was taken, and from which on it was refused; None where that was never seen."""

    taken_s: int
    refused_s: int | None


def find_limit(takes: Callable[[int], bool]) -> Limit:
    """Return the limit of *takes* (seconds → taken or not), by about ten questions: fourfold steps, then halves of ratios.

    It is found to 5 seconds or 5 percent, and looked for up to a day.
    """
    taken, refused = 0, None
    for offset_s in _STEPS_S:
        if not takes(offset_s):
            refused = offset_s
            break
        taken = offset_s
    while refused is not None and refused - taken > max(_CLOSE_S, taken // _CLOSE_SHARE):
        middle = min(max(math.isqrt(max(taken, 1) * refused), taken + _CLOSE_S), refused - 1)
        if takes(middle):
            taken = middle
        else:
            refused = middle
    return Limit(taken_s=taken, refused_s=refused)


def signature_lives(measured: Entry | None, *, now: datetime) -> timedelta:
    """Return how long after its signing a request may still be taken.

    Args:
        measured: the newest `ToleranceMeasured` of this account; None where there is none.
        now: aware.
    """
    if measured is None or not isinstance(measured.fact, ToleranceMeasured):
        return UNMEASURED
    fact = measured.fact
    if fact.refused_s is None:
        return max(UNMEASURED, timedelta(seconds=fact.taken_s))
    lives = timedelta(seconds=fact.refused_s) + _MARGIN
    return lives if now - measured.at <= _FRESH else max(UNMEASURED, lives)
