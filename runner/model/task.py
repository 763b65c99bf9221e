"""One vendor request before it is encoded, and what the vendor said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from runner.model.campaign import Window
from runner.model.settings import TaskSettings
from runner.model.skeleton import Skeleton

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a task may ring.

    Attributes:
        send_at: aware; None = at once (the campaign has no schedule).
        windows: daily windows in the local time of `timezone`; empty = none sent.
        timezone: IANA name.
    """

    send_at: datetime | None
    windows: tuple[Window, ...]
    timezone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """A task, complete.

    Attributes:
        skeletons: by number of the text (see `runner.model.texts`); a missing number is a text the task does not have.
        callees: frame of `runner.frames`, *callees*.
        audio: content digest → the vendor's file id, for every audio that the settings name.
    """

    name: str
    settings: TaskSettings
    timing: Timing
    skeletons: dict[int, Skeleton] = field(repr=False)
    callees: "pl.DataFrame" = field(repr=False)
    audio: dict[str, str]

    @property
    def audio_id(self) -> str | None:
        """Return the vendor's id of the one thing that everybody hears; None where rounds differ or the vendor speaks."""
        voice, recall = self.settings.voice, self.settings.recall
        if voice.tts or (recall is not None and recall.rounds_settings):
            return None
        return voice.file_id or self.audio.get(voice.audio_sha256 or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFile:
    """An audio file to upload; found again at the vendor by its content."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The vendor took the task; `job_id` may be missing from its answer."""

    job_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The vendor says that it did not take the task: `code` in its own numbering, `reason` in our words.

    Attributes:
        account: True where the refusal concerns the account (credentials, address, balance, lock) and not the task.
    """

    code: str
    reason: str
    account: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The request certainly was not executed: it never left whole, or the vendor says so in words. It may be repeated."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The vendor says that a task of this name exists."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows whether the task was taken; `reason` says what was seen instead of an answer."""

    reason: str


Answer = Accepted | Rejected | NotSent | Duplicate | Unknown


class TaskStatus(StrEnum):
    """What the vendor says a task is doing."""

    SUBMITTING = "submitting"
    WAITING = "waiting"
    CALLING = "calling"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTask:
    """One task in the vendor's list.

    Attributes:
        people: how many numbers the vendor counts in it.
        called: how many of them it has called so far.
        is_recall: True for a recall round, which the vendor lists as a task of its own under a parent.
    """

    job_id: int
    name: str
    status: TaskStatus
    people: int
    called: int
    is_recall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The vendor's tasks in a stretch of time.

    Attributes:
        complete: all pages were read and the total did not change while reading; only then may a task count as absent.
        server_time: the vendor's clock by its ``Date`` header, aware; None where it sent none.
    """

    tasks: Sequence[SeenTask]
    complete: bool
    server_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Money at the vendor, as decimal text; the currency is not in its answer."""

    balance: str
    gift: str
    credit: str
    server_time: datetime | None
