"""The ledger as planning, status and every other reader sees it."""

import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from runner.errors import LedgerError
from runner.ledger import lease as leases_of
from runner.ledger.blocks import frame_of
from runner.ledger.chain import RECOVERY, Header, entry_of, followed, tampered
from runner.ledger.checked import checked_blocks, checked_outcomes, near
from runner.ledger.database import Database, explained
from runner.ledger.facts import calls_at
from runner.ledger.frequent import Frequent
from runner.ledger.halts import halt_of
from runner.ledger.outcome_blocks import outcomes_of
from runner.ledger.schema import blocks, entries, heads, outcomes
from runner.ledger.suppressions import suppressed_people
from runner.model.entry import EMPTY_HEAD, Entry, Head
from runner.model.halt import Halt
from runner.model.lease import Lease
from runner.model.ledger_fact import Bound, Genesis, Renamed, ToleranceMeasured
from runner.model.ledger_identity import LedgerIdentity
from runner.model.outcome_fact import OutcomesErased
from runner.model.rebuild_fact import Replaced
from runner.model.task_id import TaskId

T = TypeVar("T")

TRIES = 4
"""How often a transaction is begun when its connection is lost; each one waits for the database as long as it allows."""

_HEAD = Frequent(select(heads.c.sequence, heads.c.hash))
_LOCKED_HEAD = Frequent(select(heads.c.sequence, heads.c.hash).with_for_update())
_NEWER = Frequent(select(entries).where(entries.c.sequence > bindparam("after")).order_by(entries.c.sequence))
_ENTRIES = (
    select(entries)
    .where(
        entries.c.campaign.in_(bindparam("campaigns", expanding=True)),
        entries.c.edition == bindparam("edition"),
    )
    .order_by(entries.c.sequence)
)
_ENTRIES_OF_TASK = _ENTRIES.where(entries.c.task == bindparam("task"))

_BLOCKS_AT_ONCE = 200  # of 10,000 people: 64 MB


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
        self._verified = EMPTY_HEAD
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
        return self._read(identity_of)

    def head(self) -> Head:
        """Return the newest entry's sequence and hash."""
        return self._read(head_of)

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
            self._follow(connection)
            return tuple(entry_of(Header(*row)) for row in connection.execute(wanted, of))

        return self._read(step)

    def editions(self) -> tuple[tuple[str, str], ...]:
        """Return the campaigns and editions that anything was sent for, in the order of their first task."""
        first = func.min(entries.c.sequence)
        query = (
            select(entries.c.campaign, entries.c.edition)
            .where(entries.c.campaign.is_not(None))
            .group_by(entries.c.campaign, entries.c.edition)
            .order_by(first)
        )
        return self._read(lambda connection: tuple((row[0], row[1]) for row in connection.execute(query)))

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
            self._follow(connection)
            found = dict.fromkeys(
                (campaign, edition, name)
                for campaign, edition, name, fact in connection.execute(sent)
                if calls_at(fact) >= since
            )
            return tuple(TaskId(campaign=c, edition=e, name=name) for c, e, name in found)

        return self._read(step)

    def renamed(self) -> dict[str, str]:
        """Return former names of campaigns with the names they have now."""
        query = select(entries).where(entries.c.kind == "renamed").order_by(entries.c.sequence)

        def step(connection: Connection) -> dict[str, str]:
            self._follow(connection)
            facts = [entry_of(Header(*row)).fact for row in connection.execute(query)]
            return {fact.formerly: fact.name for fact in facts if isinstance(fact, Renamed)}

        return self._read(step)

    def halt(self) -> Halt | None:
        """Return the stop that is recorded and was not lifted since; None where there is none."""

        def step(connection: Connection) -> Halt | None:
            self._follow(connection)
            return halt_of(connection)

        return self._read(step)

    def suppressed(self, *, after: int = 0) -> pl.DataFrame:
        """Return the people whom no campaign calls any more: PERSON, ascending, and ``sequence``: Int64, of what says so.

        With *after*, only what was said after that entry is looked at.

        Raises:
            LedgerError: a block does not hash to what its entry says, or there is none.
        """

        def step(connection: Connection) -> pl.DataFrame:
            self._follow(connection)
            return suppressed_people(connection, after=after)

        return self._read(step)

    def tolerance(self, account: str) -> Entry | None:
        """Return the newest entry that says how old a signature the vendor *account* takes; None where nobody measured it."""
        query = select(entries).where(entries.c.kind == "tolerance").order_by(entries.c.sequence.desc())

        def step(connection: Connection) -> Entry | None:
            self._follow(connection)
            found = (entry_of(Header(*row)) for row in connection.execute(query))
            return next((one for one in found if _account_of(one) == account), None)

        return self._read(step)

    def replaced(self) -> tuple[Replaced, ...]:
        """Return what this ledger stands in the place of; empty where it was not rebuilt."""
        query = select(entries).where(entries.c.kind == "replaced").order_by(entries.c.sequence)

        def step(connection: Connection) -> tuple[Replaced, ...]:
            self._follow(connection)
            facts = [entry_of(Header(*row)).fact for row in connection.execute(query)]
            return tuple(fact for fact in facts if isinstance(fact, Replaced))

        return self._read(step)

    def blocks(self, sequences: Sequence[int], *, within: tuple[int, int] | None = None) -> pl.DataFrame:
        """Return the people of these `Sending` entries: PERSON, CONTENT and ``sequence``: Int64, ordered by sequence and person.

        With *within*, blocks are left out that end before the first person key of it, or begin after the last.

        Raises:
            LedgerError: a block does not hash to what its entry says, or there is none.
        """

        def step(connection: Connection) -> pl.DataFrame:
            frames = [frame_of(())]
            for some in _batches(sorted(set(sequences)), _BLOCKS_AT_ONCE):
                wanted = select(blocks.c.sequence).where(blocks.c.sequence.in_(some))
                chosen = some if within is None else list(connection.scalars(wanted.where(near(within))))
                frames.append(frame_of(checked_blocks(connection, chosen)))
            return pl.concat(frames)

        return self._read(step)

    def outcomes(self, sequences: Sequence[int]) -> pl.DataFrame:
        """Return *outcomes* of `runner.frames` and ``sequence``: Int64, of these `TaskOutcomes` entries, in their order.

        What was erased is left out.

        Raises:
            LedgerError: a block does not hash to what its entry says.
        """

        def step(connection: Connection) -> pl.DataFrame:
            batches = _batches(sorted(set(sequences)), _BLOCKS_AT_ONCE)
            return pl.concat(
                [outcomes_of(()), *(outcomes_of(checked_outcomes(connection, some)) for some in batches)]
            )

        return self._read(step)

    def erasures(self) -> tuple[Entry, ...]:
        """Return the entries that say of which entries outcomes are not kept any more, ascending by sequence."""
        query = select(entries).where(entries.c.kind == "erased").order_by(entries.c.sequence)

        def step(connection: Connection) -> tuple[Entry, ...]:
            self._follow(connection)
            return tuple(entry_of(Header(*row)) for row in connection.execute(query))

        return self._read(step)

    def records_read(self) -> tuple[Entry, ...]:
        """Return the entries that say up to when the vendor's call records were read, ascending by sequence."""
        query = select(entries).where(entries.c.kind == "records").order_by(entries.c.sequence)

        def step(connection: Connection) -> tuple[Entry, ...]:
            self._follow(connection)
            return tuple(entry_of(Header(*row)) for row in connection.execute(query))

        return self._read(step)

    def hash_at(self, sequence: int) -> str | None:
        """Return the hash of the entry *sequence*; None where there is none."""
        return self._read(lambda connection: hash_of(connection, sequence))

    def holder(self, campaign: str) -> Lease | None:
        """Return who holds *campaign*; None where nobody does."""
        return self._read(lambda connection: leases_of.held(connection, campaign))

    def holders(self) -> tuple[Lease, ...]:
        """Return every lease that somebody holds, by campaign."""
        return self._read(leases_of.all_held)

    def verify(self) -> int:
        """Check every header and every payload and return the number of entries.

        Raises:
            LedgerError: at the first entry that is not what it says.
        """
        return self._read(self._verify)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the ledger."""
        with explained(self._database), self._engine.connect() as connection, connection.begin():
            yield connection

    def _read(self, step: Callable[[Connection], T]) -> T:
        """Return what *step* reads from one state of the ledger; it is read again where the connection was lost."""
        with explained(self._database):
            for tries_left in reversed(range(TRIES)):
                try:
                    with self._engine.connect() as connection, connection.begin():
                        return step(connection)
                except DBAPIError as error:
                    if not (error.connection_invalidated and tries_left):
                        raise
        raise AssertionError

    def _verify(self, connection: Connection) -> int:
        self._verified = EMPTY_HEAD
        with_payload = self._follow(connection)
        with_outcomes, erased = _outcomes_said(connection)
        found = list(connection.scalars(select(blocks.c.sequence).order_by(blocks.c.sequence)))
        for sequence in sorted(set(found) ^ (set(with_payload) - with_outcomes)):
            raise tampered(sequence, "has people that do not belong to it, or lacks its own")
        kept = list(connection.scalars(select(outcomes.c.sequence).order_by(outcomes.c.sequence)))
        for sequence in sorted(set(kept) ^ (with_outcomes - erased)):
            raise tampered(sequence, "has outcomes that do not belong to it, or lacks its own")
        for row in connection.execute(select(entries).order_by(entries.c.sequence)):
            entry_of(Header(*row))
        for some in _batches(kept, _BLOCKS_AT_ONCE):
            for _ in checked_outcomes(connection, some):
                pass
        for some in _batches(found, _BLOCKS_AT_ONCE):
            for _ in checked_blocks(connection, some):
                pass
        return self._verified.sequence

    def _follow(self, connection: Connection) -> list[int]:
        """Follow the chain from where it was verified to its head; return the new entries that have a block."""
        head, last = head_of(connection), self._verified
        with_block = []
        newer = (Header(*row) for row in _NEWER.run(connection, {"after": last.sequence}))
        for header in followed(newer, after=last):
            if (header.sequence == 1) != (header.kind == "genesis"):
                raise tampered(header.sequence, "is not the kind of entry that stands there")
            if header.payload_sha256 is not None:
                with_block.append(header.sequence)
            last = Head(sequence=header.sequence, hash=header.hash)
        if last != head:
            raise tampered(head.sequence, "is not the newest, as the ledger says")
        self._verified = last
        return with_block


def _account_of(entry: Entry) -> str | None:
    return entry.fact.account if isinstance(entry.fact, ToleranceMeasured) else None


def head_of(connection: Connection, *, lock: bool = False) -> Head:
    """Return the head; with *lock*, nobody else appends until the transaction ends."""
    rows = (_LOCKED_HEAD if lock else _HEAD).run(connection)
    if not rows:
        raise LedgerError("the ledger has lost its head", hint=RECOVERY, code="ledger-tampered")
    ((sequence, hash_),) = rows
    return Head(sequence=sequence, hash=hash_)


def hash_of(connection: Connection, sequence: int) -> str | None:
    """Return the hash of the entry *sequence*; None where there is none."""
    return connection.scalar(select(entries.c.hash).where(entries.c.sequence == sequence))


def identity_of(connection: Connection) -> LedgerIdentity:
    """Return what the ledger belongs to, from its first entry and the newest one that binds it."""
    first = connection.execute(select(entries).where(entries.c.sequence == 1)).one_or_none()
    genesis = entry_of(Header(*first)).fact if first else None
    if not isinstance(genesis, Genesis):
        raise tampered(1, "is not the one that begins a ledger")
    newest = select(entries).where(entries.c.kind == "bound").order_by(entries.c.sequence.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    bound = entry_of(Header(*row)).fact if row else None
    return LedgerIdentity(
        lineage=genesis.lineage,
        environment=genesis.environment,
        key_id=genesis.key_id,
        account=bound.account if isinstance(bound, Bound) else None,
    )


def _outcomes_said(connection: Connection) -> tuple[set[int], set[int]]:
    """Return the entries that say what became of calls, and those of them whose outcomes an entry says to be erased."""
    said = set(connection.scalars(select(entries.c.sequence).where(entries.c.kind == "outcomes")))
    query = select(entries).where(entries.c.kind == "erased")
    facts = [entry_of(Header(*row)).fact for row in connection.execute(query)]
    return said, {fact.entry for fact in facts if isinstance(fact, OutcomesErased)}


def _batches(sequences: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (sequences[start : start + size] for start in range(0, len(sequences), size))
