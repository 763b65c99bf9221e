"""A campaign as its file says it: validated, with `@` names already looked up for the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path

from runner.errors import Where
from runner.model.policy import Caps


class Purpose(StrEnum):
    """Why people are called; decides which calling rules apply."""

    DEBT_COLLECTION = "debt_collection"
    SERVICE = "service"
    MARKETING = "marketing"


class ColumnType(StrEnum):
    """What a column of the audience may be used as, beyond text."""

    TEXT = "text"
    DECIMAL = "decimal"
    DATE = "date"
    INTEGER = "integer"
    BOOLEAN = "boolean"


class Gender(StrEnum):
    """The voice of a text-to-speech call."""

    MALE = "male"
    FEMALE = "female"


class SeatTrigger(StrEnum):
    """When a callee is put through to an agent."""

    KEY = "key"
    AFTER_PLAYBACK = "after_playback"


class RecallWho(StrEnum):
    """Whom the vendor calls again by itself."""

    FAILED = "failed"
    ALL = "all"


class Missed(StrEnum):
    """What became of somebody, as call records say it, whom a recall may call again.

    Attributes:
        NO_KEY: somebody answered, and pressed no key in any call.
    """

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    NO_KEY = "no_key"


@dataclass(frozen=True, slots=True)
class Column:
    """A setting that differs per callee: the value is in this column of the audience; each value is a cohort."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Where a text comes from.

    Attributes:
        name: the file under ``templates/``, such as ``overdue.sms.j2``; None for an inline text.
        source: the inline text, else the content of the file.
        where: the place that names or holds the text.
    """

    name: str | None
    source: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who is called. Paths are absolute, resolved through links, and lie in the root or under an allowed source.

    Attributes:
        file: None where the audience is not at hand (its sample stands for it in `validate`).
        address: the file as the campaign says it, for views; `sample_address` likewise the sample.
        exclude_addresses: the exclusion files as the campaign says them, in the order of `exclude`.
    """

    file: Path | None
    address: str
    sample: Path | None
    number: str
    region: str | None
    countries: tuple[str, ...]
    exclude: tuple[Path, ...]
    exclude_addresses: tuple[str, ...]
    prefer: str | None
    fresh_s: int | None
    types: Mapping[str, ColumnType]
    sample_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TtsVoice:
    """Text-to-speech. `language`, `rate` and `accent` are opaque to us and passed on; `rate` is the text of a decimal."""

    template: Template
    language: str | Column
    gender: Gender | Column | None
    rate: str | Column | None
    accent: str | Column | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioVoice:
    """An audio file that is uploaded once per content.

    Attributes:
        sha256: hex digest of the content.
        duration_s: rounded up, seconds.
    """

    path: Path
    address: str
    sha256: str
    duration_s: int
    language: str | Column | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedVoice:
    """An audio file that is at the vendor already."""

    file_id: str
    language: str | Column | None


Voice = TtsVoice | AudioVoice | UploadedVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """What makes the vendor send the post-call SMS; at least one is set.

    Attributes:
        success_after_s: this long after the call succeeded, seconds; None = not then.
        key: one digit; None = not on a key.
    """

    on_failed: bool
    success_after_s: int | None
    key: str | None
    on_ring: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """The post-call SMS."""

    app_id: str
    template: Template
    sender_id: str | None
    triggers: Triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """To a human agent."""

    group: int
    when: SeatTrigger
    key: str | None
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A daily stretch of local time in which calls may start; `start` < `end`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When. `at` and `not_after` are aware, in `timezone`.

    Attributes:
        timezone: an IANA name.
    """

    at: datetime | None
    timezone: str
    windows: tuple[Window, ...]
    not_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one recall round does otherwise than the first call; None = as the first call."""

    voice: Voice | None
    sms_template: Template | None
    sms_sender_id: str | None
    triggers: Triggers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The vendor tries again by itself, `rounds` times, `every_min` minutes apart. `overrides` has 0 … `rounds` entries."""

    rounds: int
    every_min: int
    who: RecallWho
    overrides: tuple[Round, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Of the audience only those are called who have a certain confirmed outcome in an earlier edition.

    Attributes:
        of: that edition, of the same campaign.
        outcomes: which outcomes, at least one.
        sequence: of the ledger's head when the block was written: what was confirmed later calls nobody.
        lineage: the first 8 digits of that ledger's lineage.
        people: how many had such an outcome then.
    """

    of: str
    outcomes: tuple[Missed, ...]
    sequence: int
    lineage: str
    people: int

    @property
    def as_of(self) -> str:
        """Return the place in the ledger as the campaign file names it, such as ``57-0123abcd``."""
        return f"{self.sequence}-{self.lineage}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Guards: refusals with numbers.

    Attributes:
        keep: least share of the reviewed people that must still be callable as reviewed, in thousandths.
    """

    calls: int = 50_000
    tasks: int = 200
    per_task: int = 10_000
    rows: int = 20_000_000
    keep: int = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign of one environment.

    Attributes:
        path: the campaign file, relative to the root.
        places: where each key stands, by dotted path (``limits.calls``, ``recall.round.0.sms``). A key that is not in
            the file has no entry.
        templates: every template file under ``templates/`` that this campaign's texts could include, by name.
        caps: what the policy of the repository says about calls to one person; None = nothing.
        again: whom of the audience it calls, where that depends on an earlier edition; None = everybody.
    """

    name: str
    formerly: tuple[str, ...]
    edition: str
    purpose: Purpose
    app_id: str
    caller_id: str | None
    owner: str | None
    path: str
    audience: Audience
    voice: Voice
    loops: int
    max_duration_s: int
    max_ring_s: int | None
    sms: Sms | None
    transfer: Transfer | None
    schedule: Schedule | None
    recall: Recall | None
    limits: Limits
    places: Mapping[str, Where] = field(repr=False)
    templates: Mapping[str, str] = field(repr=False)
    caps: Caps | None = None
    again: Again | None = None

    @property
    def asks_for_key(self) -> bool:
        """Tell whether a key that is pressed leads to anything, in the first call or in a recall round."""
        rounds = self.recall.overrides if self.recall is not None else ()
        triggers = (self.sms.triggers if self.sms is not None else None, *(one.triggers for one in rounds))
        to_agent = self.transfer is not None and self.transfer.key is not None
        return to_agent or any(one is not None and one.key is not None for one in triggers)

    @property
    def rings(self) -> int:
        """Return how often a person may ring: once, and once more for each recall round."""
        return 1 + (self.recall.rounds if self.recall is not None else 0)

    def where(self, key: str) -> Where:
        """Return the place of the dotted *key*, or of the nearest table above it, or the file."""
        parts = key.split(".")
        for end in range(len(parts), 0, -1):
            found = self.places.get(".".join(parts[:end]))
            if found is not None:
                return found
        return Where(path=self.path)
