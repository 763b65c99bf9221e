"""Typed forms of what the vendor answers: read by `runner.laaffic.wire`, and by nothing trusted to be more than was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.model.task import TaskStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The outermost object of an answer.

    Attributes:
        code: 0 for success.
        data: what the answer is about; None where it is null or missing.
        fields: the whole object, since the balance lies beside the code.
    """

    code: int
    data: object = field(repr=False)
    fields: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list: *total* counts the records of all pages."""

    total: int
    records: tuple[Mapping[str, object], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task in the vendor's list; None = missing or unreadable.

    Attributes:
        people: the vendor's ``numCnt``.
        called: the larger of ``callNum`` and ``success`` + ``fail``.
    """

    job_id: int | None
    name: str | None
    status: TaskStatus
    people: int | None
    called: int | None
    created: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """An uploaded audio file."""

    file_id: str
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """A recall flow in the vendor's list.

    Attributes:
        flow_id: its own number.
        parent_id: the task that it repeats.
        is_live: True where it is pending or running, and where its state cannot be read.
        is_cancelled: True only where the vendor says so; a flow that is done may have called people.
    """

    flow_id: int
    parent_id: int
    is_live: bool
    is_cancelled: bool
