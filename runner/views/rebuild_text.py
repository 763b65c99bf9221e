"""What a rebuild of the ledger finds, as text: who is shown to be where, and which editions it closes."""

from collections.abc import Iterable, Sequence

from runner.apply.found import KnownTask
from runner.apply.rebuild import Recovery
from runner.counts import people, plural
from runner.views.visible import visible


def recovery_lines(recovery: Recovery, *, taken_over: int, key_is_new: bool) -> list[str]:
    """Return what was found, by campaign and edition.

    Args:
        recovery: what is known of tasks without entries.
        taken_over: entries of the ledger that is put aside.
        key_is_new: nothing can be reproduced, for want of the key.
    """
    lines = [
        f"{plural(taken_over, 'entry', 'entries')} of the ledger at hand can be taken over",
        *(f"{one.task.name}: will be in doubt: {visible(one.reason)}" for one in recovery.changed),
    ]
    shown = [one.known for one in recovery.shown]
    for (campaign, edition), tasks in _by_edition(shown):
        number = people(sum(task.people for task in tasks))
        where = plural(len(tasks), "task")
        lines.append(f"{campaign} {edition}: {number} shown by today's files to be in {where}")
    for (campaign, edition), tasks in _by_edition(recovery.over):
        lines.append(f"{campaign} {edition}: {plural(len(tasks), 'task')} that called nobody")
    for (campaign, edition), tasks in _by_edition(recovery.closing):
        number = people(sum(task.people for task in tasks))
        lines.append(f"{campaign} {edition}: will be CLOSED: nobody can tell who is in {number}:")
        lines += [f"    {task.task.name}  {task.people:,}  {visible(task.said)}" for task in tasks]
    if recovery.closing and key_is_new:
        lines.append(
            "The key is lost, so nobody can be shown to be in a task. If it can be found, restore it first."
        )
    return lines


def _by_edition(tasks: Iterable[KnownTask]) -> Sequence[tuple[tuple[str, str], list[KnownTask]]]:
    found: dict[tuple[str, str], list[KnownTask]] = {}
    for one in sorted(tasks, key=lambda task: task.task.name):
        found.setdefault((one.task.campaign, one.task.edition), []).append(one)
    return tuple(found.items())
