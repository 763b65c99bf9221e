"""What the vendor would have passed over in silence, noted so that a test can say it never happened."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

_MOST_KEPT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One variable that was silently cut: whose, in which task, and its length in UTF-16 units."""

    task_id: int
    task_name: str
    number: str
    slot: int
    sent_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A number taken into a task while another one could ring it, or had rung it."""

    number: str
    task_id: int
    other_task_id: int


@dataclass(slots=True, kw_only=True)
class Findings:
    """Notes over all accepted requests; lists keep the first thousand, the counts everything.

    Attributes:
        cuts: variables that were cut.
        cut_count: how many.
        overlaps: numbers that two tasks hold.
        overlap_count: how many.
        overlong_texts: callees whose text passes 1000 characters once its variables are in it; the limit on
            the template is enforced, this one is not documented.
        past_send_times: tasks whose ``sendTime`` had passed, and which therefore started at once.
        unknown_fields: fields that no document knows, by path; they are ignored.
        requests: requests by endpoint.
        answers: answers by endpoint and code, ``send -20``.
    """

    cuts: list[Cut] = field(default_factory=list)
    cut_count: int = 0
    overlaps: list[Overlap] = field(default_factory=list)
    overlap_count: int = 0
    overlong_texts: int = 0
    past_send_times: int = 0
    unknown_fields: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    def add_cut(self, cut: Cut) -> None:
        """Note a cut that is shown; ``cut_count`` is kept by the caller, who may know more of them."""
        if len(self.cuts) < _MOST_KEPT:
            self.cuts.append(cut)

    def add_overlap(self, overlap: Overlap) -> None:
        """Note a number that two tasks hold."""
        self.overlap_count += 1
        if len(self.overlaps) < _MOST_KEPT:
            self.overlaps.append(overlap)
