"""Asks for call records: the vendor's own word on what became of calls, for two months.

Records name neither a task nor an application: those of a stretch of time are all of the account's. Which of a call's times
the stretch means is not documented, so callers leave a margin.
"""

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

import polars as pl

from runner.errors import UnavailableError
from runner.laaffic.asking import Asker, Question
from runner.laaffic.codes import Operation, Verdict
from runner.laaffic.listing import pages_of
from runner.laaffic.reports import CALL_PATTERN, read_rows
from runner.model.outcome import Source
from runner.model.report import Recorded, Refusal, Reports

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_SPAN: Final = timedelta(days=31)
KEPT: Final = timedelta(days=59)
"""What "the last two months" holds in any season."""

_MISSING: Final = -24
_PASSES: Final = 3
# The samples have this offset; whether others are understood is not documented.
_SHOWN: Final = timezone(timedelta(hours=8))


def list_records(asker: Asker, *, since: datetime, until: datetime, now: datetime) -> Recorded:
    """Return the call records between *since* and *until*; see `runner.ports.Vendor.records`."""
    begin = max(since, now - KEPT)
    found: list[Reports] = []
    is_complete, server_time = True, None
    start = begin
    while start < until:
        end = min(start + LONGEST_SPAN, until)
        reports, is_whole, server_time = _stretch(asker, start, end)
        found += reports
        is_complete = is_complete and is_whole
        start = end
    return Recorded(reports=_together(found), complete=is_complete, since=begin, server_time=server_time)


def find_record(asker: Asker, call: str) -> Reports | None:
    """Return the record of one call; None where the vendor has none, or where *call* is no id that can be asked for."""
    if not re.fullmatch(CALL_PATTERN, call):
        return None
    question = Question(operation=Operation.READ, what="a call record", paths=(f"/voice/recordGroup/{call}",))
    answered = asker.ask(question)
    if answered.verdict is Verdict.REJECTED and answered.envelope.code == _MISSING:
        return None
    if answered.verdict is not Verdict.DONE:
        raise asker.refused(question, answered)
    data = answered.envelope.data
    if data is None:
        return None
    if not isinstance(data, dict):
        raise UnavailableError("The vendor could not be asked for a call record: the answer has no record.")
    return read_rows([data], source=Source.RECORD)


def _stretch(asker: Asker, start: datetime, end: datetime) -> tuple[list[Reports], bool, datetime | None]:
    """Return the records of a stretch from up to three passes. What any pass saw is a record; only one must be complete."""
    params = {"strTime": _written(start), "endTime": _written(end + timedelta(milliseconds=999))}
    found: list[Reports] = []
    server_time: datetime | None = None
    for _ in range(_PASSES):
        rows: list[Mapping[str, object]] = []
        totals: set[int] = set()
        for page, answered in pages_of(asker, "/voice/recordGroupQuery", "its call records", params):
            totals.add(page.total)
            rows += page.records
            server_time = answered.server_time
        found.append(read_rows(rows, source=Source.RECORD))
        ids = {str(row.get("voiceId")) for row in rows}
        if totals == {len(rows)} and len(ids) == len(rows):
            return found, True, server_time
    return found, False, server_time


def _written(moment: datetime) -> str:
    return moment.astimezone(_SHOWN).isoformat(timespec="seconds")


def _together(found: list[Reports]) -> Reports:
    """Return all records once. What was refused is counted in the pass where most was, not in all passes together."""
    refused: dict[Refusal, int] = {}
    for reports in found:
        for reason, count in reports.refused.items():
            refused[reason] = max(count, refused.get(reason, 0))
    empty = read_rows([], source=Source.RECORD).frame
    frames = [reports.frame for reports in found]
    return Reports(frame=pl.concat([empty, *frames]).unique(maintain_order=True), refused=refused)
