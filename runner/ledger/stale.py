"""What is appended on the knowledge of a plan or a look, refused where the ledger has moved on since."""

from sqlalchemy import Connection, select

from runner.counts import plural
from runner.errors import LedgerError
from runner.ledger.facts import stored
from runner.ledger.schema import entries
from runner.model.edition_fact import Withdrawn
from runner.model.entry import Head
from runner.model.fact import Decision
from runner.model.task_fact import Sending

_OF_OTHERS = ("sending", "withdrawn")
"""Kinds of entries after which a plan made before them is not good any more."""


def refuse_stale_plan(
    connection: Connection, sending: Sending, *, head: Head, taken_at_sequence: int
) -> None:
    """Return if nobody else sent or withdrew anything for the campaign of *sending* since that was planned.

    What was sent since the lease was taken was sent under it, so only what came between plan and lease is looked at.

    Args:
        connection: of a transaction that holds the lock on the head.
        sending: the intent.
        head: the newest entry.
        taken_at_sequence: the newest entry when the lease was taken.

    Raises:
        LedgerError: somebody did, or the plan was made on entries that this ledger does not have.
    """
    if sending.planned_at > head.sequence:
        raise LedgerError(
            f"the plan was made when the ledger had {plural(sending.planned_at, 'entry', 'entries')}, now it has {head.sequence:,}",
            hint="The ledger was set back, or is another one. Restore it, then plan again.",
            code="ledger-rolled-back",
        )
    if sending.planned_at >= taken_at_sequence:
        return
    newer = select(entries.c.sequence).where(
        entries.c.campaign == sending.task.campaign,
        entries.c.kind.in_(_OF_OTHERS),
        entries.c.sequence > sending.planned_at,
        entries.c.sequence <= taken_at_sequence,
    )
    if connection.execute(newer.limit(1)).first() is not None:
        raise LedgerError(
            f"somebody else sent a task of campaign {sending.task.campaign}, or withdrew it, after this was planned",
            hint="Repeat the command: it plans again.",
            code="ledger-moved-on",
        )


def refuse_stale_decision(connection: Connection, fact: Decision, *, seen: int) -> None:
    """Return if nothing was appended about the task or edition of *fact* after the entry *seen*.

    Args:
        connection: of a transaction that holds the lock on the head.
        fact: what was decided.
        seen: sequence of the newest entry that was known then.

    Raises:
        LedgerError: something was.
    """
    row = stored(fact)
    newer = select(entries.c.sequence).where(
        entries.c.campaign == row.campaign, entries.c.edition == row.edition, entries.c.sequence > seen
    )
    if row.task is not None:
        newer = newer.where(entries.c.task == row.task)
    elif isinstance(fact, Withdrawn):
        # Whatever is learned of its tasks, the campaign is taken back all the same.
        newer = newer.where(entries.c.kind == "sending")
    if connection.execute(newer.limit(1)).first() is not None:
        what = f"{row.campaign} {row.edition}" if row.task is None else f"task {row.task}"
        raise LedgerError(
            f"something was learned about {what} while it was being decided about",
            hint="Repeat the command: it looks again.",
            code="ledger-moved-on",
        )
