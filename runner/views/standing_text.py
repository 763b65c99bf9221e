"""Where a campaign stands by its ledger: doubts first, then what was handed over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from runner.counts import count, people, plural
from runner.model.lease import Lease
from runner.planning.history import FREED, IN_DOUBT, History, Standing, TaskHistory
from runner.views.rounds_text import rounds_lines
from runner.views.visible import visible

STANDING_WORDS = {
    Standing.SENDING: "being handed over, or left by a crash",
    Standing.UNKNOWN: "answer unknown",
    Standing.ABSENT: "answer unknown, not in the vendor's list",
    Standing.DOUBTFUL: "not as it was sent",
    Standing.ACCEPTED: "accepted, not yet seen in the vendor's list",
    Standing.CONFIRMED: "accepted and confirmed",
    Standing.REJECTED: "rejected",
    Standing.REFUSED: "refused because of the account",
    Standing.NOT_SENT: "never left",
    Standing.FAILED: "failed at the vendor, nobody called",
    Standing.STATED_SENT: "sent, as a person stated",
    Standing.STATED_ABSENT: "absent, as a person stated",
    Standing.CANCELLING: "being taken back, not seen cancelled yet",
    Standing.CANCELLED: "taken back; who is still to be called is to be sent again",
    Standing.REPLACED: "taken back; who was still to be called was sent again as they are now",
    Standing.WITHDRAWN: "withdrawn",
}

SETTLES_DOUBTS = (
    "`runner apply` looks them up again and goes on; `runner resolve` settles what a person knows"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStanding:
    """One campaign and edition in the ledger."""

    name: str
    edition: str
    history: History
    holder: Lease | None


def standing_lines(standings: Sequence[CampaignStanding], *, environment: str, now: datetime) -> list[str]:
    """Return the standings as lines of text: first whom nothing would call, then doubts, of all campaigns."""
    lines = [f"{environment}: {plural(len(standings), 'campaign')}", ""]
    owed = [task for s in standings for task in s.history.in_standing({Standing.CANCELLED})]
    if owed:
        total = sum(task.people for task in owed)
        lines.append(
            f"! withdrawn, to be sent: {people(total)} in {plural(len(owed), 'task')}; nothing calls them now"
        )
        lines += [f"    {task_line(task)}" for task in owed]
        lines += ["    `runner apply` sends those again who are still to be called, as they are today", ""]
    closed = [standing for standing in standings if standing.history.closed_by]
    for standing in closed:
        lines += _closed(standing)
    if closed:
        lines += [
            "    nobody is called there who is not known to be in no task; docs/ledger.md says how to reopen it",
            "",
        ]
    doubts = [(s, t) for s in standings for t in s.history.in_standing(IN_DOUBT)]
    if doubts:
        total = sum(task.people for _, task in doubts)
        lines.append(
            f"? in doubt: {people(total)} in {plural(len(doubts), 'task')}; they are called by nothing until settled"
        )
        lines += [f"    {task_line(task)}" for _, task in doubts]
        lines += [
            f"    {SETTLES_DOUBTS}",
            "",
        ]
    for standing in standings:
        lines += [*_campaign(standing, now), ""]
    return lines[:-1]


def _closed(standing: CampaignStanding) -> Iterable[str]:
    tasks = standing.history.closed_by
    total = sum(task.people for task in tasks)
    yield (
        f"? closed: {standing.name} {standing.edition}: nobody knows who is in {plural(len(tasks), 'task')} "
        f"of {people(total)} that a lost ledger knew"
    )
    yield from (f"    {task.task.name}  {count(task.people)}  {visible(task.said)}" for task in tasks)


def _campaign(standing: CampaignStanding, now: datetime) -> Iterable[str]:
    yield f"{standing.name} {standing.edition}"
    if standing.holder is not None:
        owner, lease = standing.holder.owner, standing.holder
        age = int((now - lease.renewed_at).total_seconds())
        yield f"  held by {visible(owner.user)}@{visible(owner.host)}, pid {owner.pid}, renewed {age} s ago"
    if standing.history.withdrawn is not None:
        by = standing.history.withdrawn
        yield f"  withdrawn by {visible(by.by)}: {visible(by.reason)}"
    if not standing.history.tasks:
        yield (
            "  nothing is known of who was handed over"
            if standing.history.found
            else "  nothing was handed over yet"
        )
        return
    for kind in Standing:
        tasks = standing.history.in_standing({kind})
        if tasks:
            total = sum(task.people for task in tasks)
            again = "; new again" if kind in FREED else ""
            yield f"  {people(total)} in {plural(len(tasks), 'task')}: {STANDING_WORDS[kind]}{again}"
            yield from (f"    {task_line(task)}" for task in tasks if kind in _TELLING)
            yield from rounds_lines(tasks)


_TELLING = {
    Standing.REJECTED,
    Standing.REFUSED,
    Standing.FAILED,
    Standing.STATED_SENT,
    Standing.STATED_ABSENT,
}


def task_line(task: TaskHistory) -> str:
    """Return *task* on one line: name, people, standing, and what was said."""
    said = f": {visible(task.said)}" if task.said else ""
    code = f" ({visible(task.code)})" if task.code else ""
    return f"{task.task.name}  {count(task.people)}  {STANDING_WORDS[task.standing]}{said}{code}"
