"""The vendor's list of tasks, read so that "not there" can be trusted, or is not claimed.

A list may shift while it is read, its search may be tokenised and find nothing for names like ours, and its times have no
zone. So: every page, the total unchanged and nothing twice, else not complete; a search that finds none of our names is
followed by a pass without it; names are compared here; 36 hours on either side.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from runner.errors import UnavailableError
from runner.laaffic.asking import Answered, Asker, Question
from runner.laaffic.body import plain_body
from runner.laaffic.codes import Operation, Verdict
from runner.laaffic.models import FlowRecord, Page, TaskRecord
from runner.laaffic.timing import span_of
from runner.laaffic.wire import UnreadableAnswerError, read_flow, read_flow_tasks, read_page, read_task
from runner.model.task import Listing, SeenTask

MARGIN: Final = timedelta(hours=36)
PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 10_000
_PASSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One run through a list: the tasks of our prefix, and whether it may be believed."""

    tasks: tuple[TaskRecord, ...]
    is_complete: bool
    server_time: datetime | None


def pages_of(
    asker: Asker, path: str, what: str, params: Mapping[str, object] | None
) -> Iterator[tuple[Page, Answered]]:
    """Yield the pages of a list until as many records were read as there are, or a page is empty.

    The vendor's samples show it answering with another page size than was asked for, so pages are not counted but read.

    Raises:
        CredentialsError, UnavailableError: as `Asker.ask`; also where the vendor refuses, or answers with no list.
    """
    read = 0
    for current in range(1, _MOST_PAGES + 1):
        fields: dict[str, object] = {"current": current, "size": PAGE_SIZE}
        if params is not None:
            fields["params"] = params
        question = Question(operation=Operation.READ, what=what, paths=(path,), body=plain_body(fields))
        answered = asker.ask(question)
        if answered.verdict is not Verdict.DONE:
            raise asker.refused(question, answered)
        page = _page(answered, what)
        yield page, answered
        read += len(page.records)
        if not page.records or read >= page.total:
            return


def list_tasks(
    asker: Asker, *, prefix: str, since: datetime, until: datetime, zone: ZoneInfo | None
) -> Listing:
    """Return the tasks whose name begins with *prefix*; see `runner.ports.Vendor.tasks`."""
    span = span_of(since, until, zone=zone, margin=MARGIN)
    found = _passes(asker, {**span, "statusList": [], "searchCondition": prefix}, prefix)
    if not found.tasks:
        found = _passes(asker, {**span, "statusList": []}, prefix)
    seen = tuple(_seen(record) for record in found.tasks)
    return Listing(
        tasks=_with_recalls(asker, seen, span), complete=found.is_complete, server_time=found.server_time
    )


def flows_of(asker: Asker, *, parent: str, span: Mapping[str, object]) -> tuple[FlowRecord, ...]:
    """Return the recall flows that the vendor lists for *parent*, a task's name or the text of its number (fuzzy)."""
    params = {**span, "taskName": parent}
    records = (
        read_flow(record)
        for page, _ in pages_of(asker, "/voice/recallFlow/queryPage", "its recall flows", params)
        for record in page.records
    )
    return tuple(record for record in records if record is not None)


def flow_detail(asker: Asker, flow_id: int) -> Answered:
    """Return the vendor's answer to the question for one recall flow."""
    question = Question(
        operation=Operation.READ,
        what="a recall flow",
        paths=("/voice/recallFlow/queryDetail",),
        body=plain_body({"keyId": flow_id}),
    )
    return asker.ask(question)


def _passes(asker: Asker, params: Mapping[str, object], prefix: str) -> _Pass:
    """Return the first complete pass of at most three, else the last."""
    found = _pass(asker, params, prefix)
    for _ in range(_PASSES - 1):
        if found.is_complete:
            break
        found = _pass(asker, params, prefix)
    return found


def _pass(asker: Asker, params: Mapping[str, object], prefix: str) -> _Pass:
    ours: list[TaskRecord] = []
    ids: set[int] = set()
    totals: set[int] = set()
    read = 0
    server_time: datetime | None = None
    for page, answered in pages_of(asker, "/voice/group/call/query", "its list of tasks", params):
        server_time = answered.server_time
        totals.add(page.total)
        read += len(page.records)
        records = [read_task(record) for record in page.records]
        ours += [record for record in records if record.name is not None and record.name.startswith(prefix)]
        ids |= {record.job_id for record in records if record.job_id is not None}
    # A record without a number or twice the same one makes fewer numbers than records.
    is_complete = totals == {read} and len(ids) == read
    return _Pass(tasks=tuple(ours), is_complete=is_complete, server_time=server_time)


def _seen(record: TaskRecord) -> SeenTask:
    if record.job_id is None or record.name is None:
        raise UnavailableError("The vendor's list has a task of this campaign without its number.")
    people = record.people or 0
    return SeenTask(
        job_id=record.job_id,
        name=record.name,
        status=record.status,
        people=people,
        # "Nobody called" lets people be called anew: where the vendor does not say it, everybody may have been.
        called=max(people, 1) if record.called is None else record.called,
    )


def _with_recalls(
    asker: Asker, seen: tuple[SeenTask, ...], span: Mapping[str, object]
) -> tuple[SeenTask, ...]:
    """Mark recall rounds, which may carry their parent's name: asked only where a name occurs more than once."""
    counts = Counter(task.name for task in {task.job_id: task for task in seen}.values())
    children: set[int] = set()
    for name in sorted(name for name, count in counts.items() if count > 1):
        namesakes = {task.job_id for task in seen if task.name == name}
        children |= namesakes & _children(asker, flows_of(asker, parent=name, span=span), namesakes)
    return tuple(replace(task, is_recall=True) if task.job_id in children else task for task in seen)


def _children(asker: Asker, flows: Iterable[FlowRecord], parents: set[int]) -> set[int]:
    found: set[int] = set()
    for flow in flows:
        if flow.parent_id not in parents:
            continue
        answered = flow_detail(asker, flow.flow_id)
        if answered.verdict is Verdict.DONE:
            found |= read_flow_tasks(answered.envelope.data) - {flow.parent_id}
    return found


def _page(answered: Answered, what: str) -> Page:
    try:
        return read_page(answered.envelope.data)
    except UnreadableAnswerError as error:
        raise UnavailableError(f"The vendor could not be asked for {what}: {error}.") from error
