"""Reports of calls as they come from the vendor: what could be read, and how much could not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class Refusal(StrEnum):
    """Why something that should have been a report is none.

    Attributes:
        UNREADABLE: the whole body: no JSON, too large, too deep, or nothing that reports could stand in.
        NOT_A_REPORT: one entry of a batch: no object, or an object that names a field twice.
        NO_CALL: it does not say which call it is about, in a form that can be asked for.
        NO_NUMBER: it does not say who was called.
    """

    UNREADABLE = "unreadable"
    NOT_A_REPORT = "not_a_report"
    NO_CALL = "no_call"
    NO_NUMBER = "no_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What could be read.

    Attributes:
        frame: `runner.frames`, *reports*, in the order read.
        refused: how often something could not; only what occurred.
    """

    frame: "pl.DataFrame" = field(repr=False)
    refused: Mapping[Refusal, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The call records of a stretch of time.

    Attributes:
        reports: a record may be in it more than once, since a list may be read more than once.
        complete: all pages were read and the total did not change while reading. Even then a call without a record may have
            taken place.
        since: from when on records were asked for: later than wished where the vendor has forgotten what came before.
        server_time: the vendor's clock by its ``Date`` header, aware; None where it sent none.
    """

    reports: Reports
    complete: bool
    since: datetime
    server_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsSeen:
    """Recall rounds of the same number and state, as the vendor showed them last.

    Attributes:
        number: 1, 2, 3 … of `of`.
        status: of `runner.model.round.RoundStatus`.
        tasks: how many tasks have such a round.
        people: in them, as far as the vendor said.
        called: of these, so far.
    """

    number: int
    of: int
    status: str
    tasks: int
    people: int
    called: int
