"""A plan: every row of the audience accounted for, every task that would be sent, and one digest. No personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from runner.errors import Where
from runner.model.campaign import Window
from runner.model.entry import Head


class Bucket(StrEnum):
    """Where a row of the audience ends; the first that applies, in this order."""

    INVALID = "invalid"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"
    WITHDRAWN = "withdrawn"
    AGAIN = "again"
    IN_DOUBT = "in_doubt"
    WAITING = "waiting"
    REPLACED = "replaced"
    CALLED_SAME = "called_same"
    CALLED_CHANGED = "called_changed"
    REJECTED = "rejected"
    NOT_RECALLED = "not_recalled"
    OUTSIDE = "outside"
    NEW = "new"


CALLABLE = frozenset({Bucket.NEW, Bucket.REPLACED, Bucket.AGAIN})
"""Whom apply would call: for the first time, in place of a task that waits or was taken back for it, or once more under a
name that the vendor takes only once.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why rows ended in a bucket.

    Attributes:
        text: such as ``foreign`` or ``by audiences/opt-out.csv``.
        rows: the first row numbers, ascending; empty where rows are not told apart.
    """

    bucket: Bucket
    text: str
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When calls may start, as reviewed: dates and windows in one zone.

    Attributes:
        at: aware; None = as soon as applied.
        not_after: aware; past it nothing is handed over.
    """

    timezone: str | None
    at: datetime | None
    not_after: datetime | None
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A limit with a number. `value` > `limit` refuses (for `keep`: `value` < `limit`)."""

    name: str
    value: int
    limit: int
    where: Where
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One vendor request to come. `cohort` and `chunk` are for the reader; the name is what the vendor will see."""

    name: str
    people: int
    cohort: int
    variant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A task that waits at the vendor and is not what the campaign says today: it is cancelled, and sent again as it is now.

    Attributes:
        people: in the task.
        again: of these, whom apply would call today.
        changed: of those to be called again, whose words or settings are others.
    """

    name: str
    people: int
    again: int
    changed: int

    @property
    def dropped(self) -> int:
        """Return how many of its people are not called any more."""
        return self.people - self.again


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCounts:
    """What the SMS of a campaign cost in parts, over the people whom apply would call.

    Attributes:
        histogram: segments → people.
        ucs2: people whose text is not in the GSM alphabet.
    """

    title: str
    histogram: Mapping[int, int]
    ucs2: int
    forcing: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleText:
    """A text rendered from a row of the committed sample."""

    row: int
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Why an edition is closed: tasks that anybody may be in, as a rebuilt ledger knows them, and the people in them."""

    tasks: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan:
    """The plan of one campaign.

    Attributes:
        digest: over hours and approvals of the people whom apply would call (hex).
        templates: title → template source, for views; skeletons are never shown.
        unreached: branches that no sample row takes, and how many people do.
        warnings: sentences.
        over: True where `not_after` is past: shown in one line, calls nobody.
        closing: None where the edition is not closed.
        replaces: waiting tasks that apply would cancel, and send again as far as their people are to be called.
    """

    name: str
    edition: str
    path: str
    rows: int
    buckets: Mapping[Bucket, int]
    reasons: tuple[Reason, ...]
    countries: Mapping[str, int]
    tasks: tuple[PlannedTask, ...]
    hours: Hours
    guards: tuple[Guard, ...]
    segments: tuple[SegmentCounts, ...]
    sample: tuple[SampleText, ...]
    templates: Mapping[str, str]
    unreached: tuple[Reason, ...]
    settings_lines: tuple[str, ...]
    warnings: tuple[str, ...]
    inputs: Mapping[str, str]
    over: bool
    digest: str
    closing: Closing | None = None
    replaces: tuple[Replacement, ...] = ()

    @property
    def calls(self) -> int:
        """Return how many people apply would call now."""
        return sum(self.buckets.get(bucket, 0) for bucket in CALLABLE)

    @property
    def has_changes(self) -> bool:
        """Tell whether apply would do anything at the vendor."""
        return bool(self.calls or self.replaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStand:
    """The ledger that a plan was made against; `lineage` is None where there was none yet."""

    lineage: str | None
    key_id: str
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Frozen data: what apply would do.

    Attributes:
        digest: over format version, environment, key id and the campaigns' digests (hex).
        created_at: aware, UTC; enters no digest.
    """

    format_version: int
    environment: str
    account: str | None
    created_at: datetime
    ledger: LedgerStand
    campaigns: tuple[CampaignPlan, ...]
    digest: str

    @property
    def calls(self) -> int:
        """Return how many people apply would call now, over all campaigns."""
        return sum(campaign.calls for campaign in self.campaigns)

    @property
    def has_changes(self) -> bool:
        """Tell whether apply would do anything at the vendor."""
        return any(campaign.has_changes for campaign in self.campaigns)
