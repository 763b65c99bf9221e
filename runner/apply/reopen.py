"""A person takes responsibility for an edition that a rebuild closed."""

from runner.apply.desk import Desk
from runner.apply.reconcile import reconcile
from runner.counts import plural
from runner.errors import InvalidError, Problem, RefusedError
from runner.model.edition_fact import EditionReopened


def reopen(desk: Desk, *, people: int, reason: str, by: str) -> int:
    """Record that the edition of *desk* may be called again, and return how many tasks had closed it.

    Args:
        desk: the campaign, in that edition.
        people: how many are in those tasks, so that nobody speaks of another edition than the one that they mean.
        reason: in the person's words.
        by: who it is.

    Raises:
        InvalidError: it is not closed.
        RefusedError: the number of people is another one.
        LedgerError: the vendor has tasks that the ledger does not know.
        UnavailableError: the vendor did not answer.
    """
    seen = desk.ledger.head().sequence
    name = f"{desk.campaign.name} {desk.campaign.edition}"
    closed = desk.history().closed_by
    if not closed:
        message = f"{name} is not closed"
        hint = "`runner status` shows closed editions first"
        raise InvalidError([Problem(code="not-closed", message=message, hint=hint)])
    found = sum(task.people for task in closed)
    if people != found:
        message = f"{name} is closed because of {plural(found, 'person', 'people')}, not {people:,}; nothing was changed"
        raise RefusedError(
            message, hint=f"if it is the right edition, pass --people {found}", code="other-number"
        )
    reconcile(desk)
    desk.decide(
        EditionReopened(
            campaign=desk.campaign.name,
            edition=desk.campaign.edition,
            people=people,
            reason=reason,
            by=by,
        ),
        seen=seen,
    )
    return len(closed)
