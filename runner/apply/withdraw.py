"""Take a campaign back: nobody of its edition is called any more, and what waits at the vendor is cancelled."""

from contextlib import suppress

from runner.apply.boundary import Boundary
from runner.apply.cancel import WITHDRAW, Fate, cancel_all, list_all, note_odd, seen_in
from runner.apply.desk import Desk
from runner.counts import plural
from runner.errors import UnavailableError
from runner.model.edition_fact import Withdrawn
from runner.planning.history import Standing, TaskHistory
from runner.planning.rounds import may_come, news_of

_TAKEN = frozenset({Standing.ACCEPTED, Standing.CONFIRMED})
_WAITS = frozenset({Fate.WAITS, Fate.SUBMITTING})


def withdraw(desk: Desk, *, reason: str, by: str) -> None:
    """Record that the edition is withdrawn, and cancel what waits of it. Repeating it does what is left.

    Raises:
        LedgerError: the lease was lost, or somebody sent people meanwhile.
        CredentialsError, UnavailableError: the vendor refuses the account, or does not list its tasks.
    """
    head = desk.ledger.head().sequence
    if desk.history().withdrawn is None:
        campaign = desk.campaign
        fact = Withdrawn(campaign=campaign.name, edition=campaign.edition, reason=reason, by=by)
        desk.decide(fact, seen=head)
        desk.at(Boundary.WITHDRAWN)
    go_on_withdrawing(desk)


def go_on_withdrawing(desk: Desk) -> None:
    """Cancel what still waits of a withdrawn edition, as after a crash of the command that withdrew it."""
    head = desk.ledger.head().sequence
    if desk.history().withdrawn is not None:
        note_odd(desk, desk.history().in_standing(_TAKEN), list_all(desk))
        waiting = tasks_that_wait(desk)
        if waiting:
            people = sum(task.sending.people for task in waiting)
            desk.progress.note(f"{desk.campaign.name}: taking back {plural(people, 'waiting call')}")
            cancel_all(desk, waiting, why=WITHDRAW, seen=head)
        _stop_rounds(desk)


def _stop_rounds(desk: Desk) -> None:
    """Cancel the recall rounds that have not begun of tasks that have, and record what became of all their rounds.

    It only takes calls away, so there is no intent, and asking may be repeated.
    """
    for task in desk.history().in_standing(_TAKEN):
        if task.job_id is None or not may_come(task, now=desk.clock.now()):
            continue
        with suppress(UnavailableError):
            # The request may have been carried out: the look tells.
            desk.vendor.cancel_rounds(task.job_id)
        desk.at(Boundary.CANCEL_ASKED)
        desk.record_all(news_of(task, desk.vendor.rounds(task.job_id)))


def tasks_that_wait(desk: Desk) -> list[TaskHistory]:
    """Return the tasks that the vendor took and lists as waiting, or about to, with nobody called."""
    return _in_fate(desk, _WAITS)


def tasks_being_called(desk: Desk) -> list[TaskHistory]:
    """Return the tasks that the vendor took and that are neither over nor stopped."""
    return _in_fate(desk, frozenset(Fate) - {Fate.OVER, Fate.FAILED, Fate.ODD, Fate.CANCELLED})


def _in_fate(desk: Desk, fates: frozenset[Fate]) -> list[TaskHistory]:
    taken = desk.history().in_standing(_TAKEN)
    if not taken:
        return []
    listing = list_all(desk)
    return [task for task in taken if seen_in(task, listing).fate in fates]
