"""The right to append intents for a campaign: taken, renewed, given back, and taken over from who is gone or silent.

Every function runs inside a transaction that holds the lock on the head, so that a look and the change after it are one.
Times are those of one clock, given by the caller: the database's, or where it has none that of whoever wrote them, which
is then only shown and never compared.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from runner.errors import LedgerError
from runner.ledger.facts import instant_of, instant_text
from runner.ledger.frequent import Frequent
from runner.ledger.owner import described
from runner.ledger.schema import leases
from runner.model.entry import Head
from runner.model.lease import Lease, Owner

TERM_S = 60
"""How long a lease lasts without renewal."""

LOST = "lease-lost"
"""Code of the problem when a lease was taken over."""

HELD = "lease-held"
"""Code of the problem when somebody else has the lease."""

_ROW = Frequent(select(leases).where(leases.c.campaign == bindparam("of")))
_RENEW = Frequent(
    update(leases).where(leases.c.campaign == bindparam("of")).values(renewed_at=bindparam("at"))
)
_OWNER = ("host", "boot", "namespace", "pid", "started", "user", "command")


def held(connection: Connection, campaign: str) -> Lease | None:
    """Return the lease of *campaign*; None where nobody holds it."""
    row = _row(connection, campaign)
    return _lease(row) if row is not None and row["held"] else None


def all_held(connection: Connection) -> tuple[Lease, ...]:
    """Return every lease that somebody holds, by campaign."""
    rows = connection.execute(select(leases).where(leases.c.held == 1).order_by(leases.c.campaign))
    return tuple(_lease(dict(row)) for row in rows.mappings())


def is_over(lease: Lease, now: datetime) -> bool:
    """Return whether *lease* was not renewed for its full term, *now* being by the clock that dated it."""
    return now - lease.renewed_at > timedelta(seconds=lease.term_s)


def take(
    connection: Connection,
    campaign: str,
    *,
    owner: Owner,
    term_s: int,
    head: Head,
    now: datetime,
    is_gone: Callable[[Owner], bool],
    is_silent: Callable[[Lease], bool],
    by_database: bool,
) -> Lease:
    """Take *campaign* for *owner* under the next epoch, from nobody, from who is gone, or from who fell silent.

    Args:
        connection: holds the lock on the head.
        campaign: its name.
        owner: who takes it.
        term_s: how long it lasts without renewal.
        head: the newest entry.
        now: by the clock that leases are dated with.
        is_gone: whether the process of a holder has certainly ended.
        is_silent: whether a lease was not renewed for its full term.
        by_database: whether *now* is the database's own.

    Raises:
        LedgerError: somebody holds it, is not provably gone and not silent for long enough.
    """
    row = _row(connection, campaign)
    if row is not None and row["held"]:
        lease = _lease(row)
        if not is_gone(lease.owner) and not is_silent(lease):
            raise _somebody(row, owner, now, by_database=by_database)
    values: dict[str, Any] = {
        "campaign": campaign,
        "epoch": 1 if row is None else row["epoch"] + 1,
        "held": 1,
        "term_s": term_s,
        "taken_at": instant_text(now),
        "taken_at_sequence": head.sequence,
        "renewed_at": instant_text(now),
        **{name: getattr(owner, name) for name in _OWNER},
    }
    if row is None:
        connection.execute(insert(leases).values(values))
    else:
        connection.execute(update(leases).where(leases.c.campaign == campaign).values(values))
    return _lease(values)


def renew(connection: Connection, lease: Lease, *, now: datetime) -> Lease:
    """Return *lease*, renewed at *now*.

    Raises:
        LedgerError: it was taken over or given back.
    """
    require(connection, lease)
    _RENEW.run(connection, {"of": lease.campaign, "at": instant_text(now)})
    return replace(lease, renewed_at=now)


def require(connection: Connection, lease: Lease) -> int:
    """Return the sequence at which *lease*, which still holds, was taken.

    Raises:
        LedgerError: it was taken over or given back.
    """
    row = _row(connection, lease.campaign)
    current = _lease(row) if row is not None and row["held"] else None
    if row is None or current is None or current.epoch != lease.epoch or current.owner != lease.owner:
        by = f" by {described(current.owner)}" if current else ""
        raise LedgerError(
            f"campaign {lease.campaign} is no longer held by this process: its lease was taken over{by}",
            hint="Nothing more is sent from here. Repeat the command when the other one has ended.",
            code=LOST,
        )
    return int(row["taken_at_sequence"])


def give_back(connection: Connection, lease: Lease) -> None:
    """Let *lease* go; nothing happens where it was lost. Its epoch stays, so that no later one equals it."""
    connection.execute(
        update(leases)
        .where(leases.c.campaign == lease.campaign, leases.c.epoch == lease.epoch)
        .values(held=0)
    )


def _row(connection: Connection, campaign: str) -> dict[str, Any] | None:
    rows = _ROW.run(connection, {"of": campaign})
    return dict(zip(leases.c.keys(), rows[0], strict=True)) if rows else None


def _lease(row: dict[str, Any]) -> Lease:
    return Lease(
        campaign=row["campaign"],
        owner=Owner(**{name: row[name] for name in _OWNER}),
        epoch=row["epoch"],
        term_s=row["term_s"],
        renewed_at=instant_of(row["renewed_at"]),
    )


def _somebody(row: dict[str, Any], owner: Owner, now: datetime, *, by_database: bool) -> LedgerError:
    lease, clock = _lease(row), "the database's" if by_database else "its own"
    age_s = max(0, round((now - lease.renewed_at).total_seconds()))
    if lease.owner == owner:
        hint = "It is this very process: let its other part end first."
    elif (lease.owner.boot, lease.owner.namespace) == (owner.boot, owner.namespace):
        hint = f"Wait until process {lease.owner.pid} ends, or end it; then repeat the command."
    else:
        hint = (
            "It runs on another machine or in another container, so that nobody can tell from here whether it has ended. "
            "Wait until it ends, or end it there, which gives the campaign back."
        )
    if by_database:
        hint += f" If it says nothing more, it can be taken over in {max(1, lease.term_s - age_s)} s."
    return LedgerError(
        f"campaign {lease.campaign} is held by {described(lease.owner)}, since {row['taken_at'][:19]} UTC; "
        f"it said so last {age_s} s ago by {clock} clock",
        hint=hint,
        code=HELD,
    )
