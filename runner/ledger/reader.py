"""The ledger as planning, status and every other reader sees it."""

import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, func, select

from runner.ledger import lease as leases_of
from runner.ledger.blocks import frame_of
from runner.ledger.chain import Header, entry_of
from runner.ledger.checked import batches, checked_blocks, checked_outcomes, near
from runner.ledger.database import Database, explained
from runner.ledger.facts import calls_at
from runner.ledger.halts import halt_of
from runner.ledger.head import hash_of, head_of
from runner.ledger.identity import identity_of
from runner.ledger.outcome_blocks import outcomes_of
from runner.ledger.schema import blocks, entries
from runner.ledger.snapshots import Snapshots
from runner.ledger.suppressions import suppressed_people
from runner.ledger.verification import Verification
from runner.model.entry import Entry, Head
from runner.model.halt import Halt
from runner.model.lease import Lease
from runner.model.ledger_fact import Renamed, ToleranceMeasured
from runner.model.ledger_identity import LedgerIdentity
from runner.model.rebuild_fact import Replaced
from runner.model.task_id import TaskId

T = TypeVar("T")

_ENTRIES = (
    select(entries)
    .where(
        entries.c.campaign.in_(bindparam("campaigns", expanding=True)),
        entries.c.edition == bindparam("edition"),
    )
    .order_by(entries.c.sequence)
)
_ENTRIES_OF_TASK = _ENTRIES.where(entries.c.task == bindparam("task"))
_ENTRIES_OF_KIND = select(entries).where(entries.c.kind == bindparam("of")).order_by(entries.c.sequence)


class SqlReader:
    """A ledger that is only read: `runner.ports.LedgerReader`.

    What was verified once is not verified again by the same object; what came after it is.

    Args:
        database: where it is.
        engine: of that database.
    """

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine
        self._snapshots = Snapshots(database, engine)
        self._chain = Verification()
        self._let_go = weakref.finalize(self, engine.dispose)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; done by itself when nobody uses this object any more, and when the process ends."""
        self._let_go()

    @property
    def place(self) -> str:
        """Return how messages name this ledger."""
        return self._database.place

    @property
    def identity(self) -> LedgerIdentity:
        """Return what this ledger belongs to."""
        return self._snapshots.read(identity_of)

    def head(self) -> Head:
        """Return the newest entry's sequence and hash."""
        return self._snapshots.read(head_of)

    def entries(
        self, *, campaigns: Collection[str], edition: str, task: str | None = None
    ) -> tuple[Entry, ...]:
        """Return the task entries of these campaign names and this edition, ascending by sequence; with *task* its own only.

        All headers are followed, those of other campaigns too: one that is missing would be somebody called twice.

        Raises:
            LedgerError: an entry does not hash to what it says, does not follow the one before it, or is of a kind that
                only a newer version knows.
        """
        wanted = _ENTRIES if task is None else _ENTRIES_OF_TASK
        of = {"campaigns": list(campaigns), "edition": edition, "task": task}

        def step(connection: Connection) -> tuple[Entry, ...]:
            return tuple(entry_of(Header(*row)) for row in connection.execute(wanted, of))

        return self._read_followed(step)

    def editions(self) -> tuple[tuple[str, str], ...]:
        """Return the campaigns and editions that anything was sent for, in the order of their first task."""
        first = func.min(entries.c.sequence)
        query = (
            select(entries.c.campaign, entries.c.edition)
            .where(entries.c.campaign.is_not(None))
            .group_by(entries.c.campaign, entries.c.edition)
            .order_by(first)
        )
        return self._snapshots.read(
            lambda connection: tuple((row[0], row[1]) for row in connection.execute(query))
        )

    def sent_since(self, since: datetime, *, within: tuple[int, int] | None = None) -> tuple[TaskId, ...]:
        """Return the tasks that were sent, or may have been, and begin to ring at *since* or later, in their order.

        With *within*, those are left out that end before the first person key of it, or begin after the last.
        """
        sent = (
            select(entries.c.campaign, entries.c.edition, entries.c.task, entries.c.fact)
            .where(entries.c.kind == "sending")
            .order_by(entries.c.sequence)
        )
        if within is not None:
            sent = sent.join(blocks, entries.c.sequence == blocks.c.sequence).where(near(within))

        def step(connection: Connection) -> tuple[TaskId, ...]:
            found = dict.fromkeys(
                (campaign, edition, name)
                for campaign, edition, name, fact in connection.execute(sent)
                if calls_at(fact) >= since
            )
            return tuple(TaskId(campaign=c, edition=e, name=name) for c, e, name in found)

        return self._read_followed(step)

    def renamed(self) -> dict[str, str]:
        """Return former names of campaigns with the names they have now."""
        facts = [entry.fact for entry in self._of_kind("renamed")]
        return {fact.formerly: fact.name for fact in facts if isinstance(fact, Renamed)}

    def halt(self) -> Halt | None:
        """Return the stop that is recorded and was not lifted since; None where there is none."""
        return self._read_followed(halt_of)

    def suppressed(self, *, after: int = 0) -> pl.DataFrame:
        """Return the people whom no campaign calls any more: PERSON, ascending, and ``sequence``: Int64, of what says so.

        With *after*, only what was said after that entry is looked at.

        Raises:
            LedgerError: a block does not hash to what its entry says, or there is none.
        """
        return self._read_followed(lambda connection: suppressed_people(connection, after=after))

    def tolerance(self, account: str) -> Entry | None:
        """Return the newest entry that says how old a signature the vendor *account* takes; None where nobody measured it."""
        query = select(entries).where(entries.c.kind == "tolerance").order_by(entries.c.sequence.desc())

        def step(connection: Connection) -> Entry | None:
            found = (entry_of(Header(*row)) for row in connection.execute(query))
            return next((one for one in found if _account_of(one) == account), None)

        return self._read_followed(step)

    def replaced(self) -> tuple[Replaced, ...]:
        """Return what this ledger stands in the place of; empty where it was not rebuilt."""
        facts = [entry.fact for entry in self._of_kind("replaced")]
        return tuple(fact for fact in facts if isinstance(fact, Replaced))

    def blocks(self, sequences: Sequence[int], *, within: tuple[int, int] | None = None) -> pl.DataFrame:
        """Return the people of these `Sending` entries: PERSON, CONTENT and ``sequence``: Int64, ordered by sequence and person.

        With *within*, blocks are left out that end before the first person key of it, or begin after the last.

        Raises:
            LedgerError: a block does not hash to what its entry says, or there is none.
        """

        def step(connection: Connection) -> pl.DataFrame:
            frames = [frame_of(())]
            for some in batches(sorted(set(sequences))):
                wanted = select(blocks.c.sequence).where(blocks.c.sequence.in_(some))
                chosen = some if within is None else list(connection.scalars(wanted.where(near(within))))
                frames.append(frame_of(checked_blocks(connection, chosen)))
            return pl.concat(frames)

        return self._snapshots.read(step)

    def outcomes(self, sequences: Sequence[int]) -> pl.DataFrame:
        """Return *outcomes* of `runner.frames` and ``sequence``: Int64, of these `TaskOutcomes` entries, in their order.

        What was erased is left out.

        Raises:
            LedgerError: a block does not hash to what its entry says.
        """

        def step(connection: Connection) -> pl.DataFrame:
            parts = batches(sorted(set(sequences)))
            return pl.concat(
                [outcomes_of(()), *(outcomes_of(checked_outcomes(connection, some)) for some in parts)]
            )

        return self._snapshots.read(step)

    def erasures(self) -> tuple[Entry, ...]:
        """Return the entries that say of which entries outcomes are not kept any more, ascending by sequence."""
        return self._of_kind("erased")

    def records_read(self) -> tuple[Entry, ...]:
        """Return the entries that say up to when the vendor's call records were read, ascending by sequence."""
        return self._of_kind("records")

    def hash_at(self, sequence: int) -> str | None:
        """Return the hash of the entry *sequence*; None where there is none."""
        return self._snapshots.read(lambda connection: hash_of(connection, sequence))

    def holder(self, campaign: str) -> Lease | None:
        """Return who holds *campaign*; None where nobody does."""
        return self._snapshots.read(lambda connection: leases_of.held(connection, campaign))

    def holders(self) -> tuple[Lease, ...]:
        """Return every lease that somebody holds, by campaign."""
        return self._snapshots.read(leases_of.all_held)

    def verify(self) -> int:
        """Check every header and every payload and return the number of entries.

        Raises:
            LedgerError: at the first entry that is not what it says.
        """
        return self._snapshots.read(self._chain.verify)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the ledger."""
        with explained(self._database), self._engine.connect() as connection, connection.begin():
            yield connection

    def _read_followed(self, step: Callable[[Connection], T]) -> T:
        """Return what *step* reads from one state of the ledger, whose chain was followed to its head before."""

        def after_following(connection: Connection) -> T:
            self._chain.follow(connection)
            return step(connection)

        return self._snapshots.read(after_following)

    def _of_kind(self, kind: str) -> tuple[Entry, ...]:
        """Return the entries of this kind, ascending by sequence."""

        def step(connection: Connection) -> tuple[Entry, ...]:
            return tuple(entry_of(Header(*row)) for row in connection.execute(_ENTRIES_OF_KIND, {"of": kind}))

        return self._read_followed(step)


def _account_of(entry: Entry) -> str | None:
    return entry.fact.account if isinstance(entry.fact, ToleranceMeasured) else None
