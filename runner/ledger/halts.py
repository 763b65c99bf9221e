"""Whether somebody stopped everything: the newest of what was said about that counts."""

from sqlalchemy import Connection, func, select

from runner.errors import HaltedError
from runner.ledger.chain import Header, entry_of
from runner.ledger.frequent import Frequent
from runner.ledger.schema import entries
from runner.model.halt import Halt
from runner.model.ledger_fact import Halted

# One kind at a time: both are looked up by the index of kinds, however many entries there are.
_NEWEST_HALT = Frequent(
    select(entries).where(entries.c.kind == "halted").order_by(entries.c.sequence.desc()).limit(1)
)
_NEWEST_LIFTING = select(func.max(entries.c.sequence)).where(entries.c.kind == "lifted")


def halt_of(connection: Connection) -> Halt | None:
    """Return the stop that is recorded and was not lifted since; None where there is none."""
    found = [Header(*row) for row in _NEWEST_HALT.run(connection)]
    if not found or (connection.scalar(_NEWEST_LIFTING) or 0) > found[0].sequence:
        return None
    entry = entry_of(found[0])
    assert isinstance(entry.fact, Halted)
    return Halt(
        reason=entry.fact.reason, by=entry.fact.by, since=entry.at, lift="`runner stop --lift` ends it"
    )


def refuse_halted(connection: Connection) -> None:
    """Return if nobody stopped everything, as far as the transaction of *connection* sees.

    Raises:
        HaltedError: somebody did.
    """
    halt = halt_of(connection)
    if halt is not None:
        raise HaltedError(str(halt), hint=halt.lift, code="halted")
