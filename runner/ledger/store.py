"""The ledger as its writers see it: appended to under a lock on its head, one durable commit at a time."""

import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar, get_args

import polars as pl
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import DBAPIError

from runner.errors import LedgerError
from runner.ledger import lease as leases_of
from runner.ledger.append import append, append_all
from runner.ledger.blocks import Block, block_sha256, packed_block
from runner.ledger.chain import Header, entry_of
from runner.ledger.checked import checked_blocks
from runner.ledger.checkpoint import Checkpoints
from runner.ledger.connections import Connections
from runner.ledger.database import Database, explained, renewing, writing
from runner.ledger.facts import instant_text, stored
from runner.ledger.forgotten import (
    drop as drop_outcomes,
)
from runner.ledger.forgotten import (
    newly_forgotten,
    outcomes_with,
    rest_of,
    told_by,
    without_forgotten,
)
from runner.ledger.halts import refuse_halted
from runner.ledger.outcome_blocks import OutcomeBlock, packed_outcomes
from runner.ledger.prefix_format import Prefixes, Run
from runner.ledger.prefixes import Step, built, drop, hashes_and_sizes, put, runs_of, steps, unsound
from runner.ledger.reader import TRIES, SqlReader, hash_of, head_of, identity_of
from runner.ledger.schema import entries, outcomes
from runner.ledger.shared import refuse_shared
from runner.ledger.suppressions import new_to, refuse_suppressed
from runner.model.edition_fact import Withdrawn
from runner.model.entry import Entry, Head
from runner.model.fact import Decision, Fact
from runner.model.lease import Lease, Owner
from runner.model.ledger_fact import Bound, Genesis
from runner.model.outcome_fact import OutcomesErased, TaskOutcomes
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.task_fact import Sending, TaskCancelling

TERM_S = 60
"""How long a lease lasts without renewal."""

UNKNOWN = "ledger-unknown"
"""Code of the problem when nobody knows whether something was recorded."""

T = TypeVar("T")

_INDEXED_AT_ONCE = 20
"""Blocks; of 100,000 people each they are 64 MB."""

_NO_EVIDENCE = (
    Sending,
    *get_args(Decision),
    Genesis,
    TaskOutcomes,
    OutcomesErased,
    Suppressed,
    SuppressionLifted,
    Forgotten,
)

_OF_OTHERS = ("sending", "withdrawn")
"""Kinds of entries after which a plan made before them is not good any more."""


class SqlLedger(SqlReader):
    """A ledger that is written: `runner.ports.Ledger`. Threads of one process may share it.

    Args:
        database: where it is.
        engine: of that database, for writing.
        owner: this process.
        is_gone: whether another owner has certainly ended.
        term_s: of the leases that are taken here, seconds.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        *,
        owner: Owner,
        is_gone: Callable[[Owner], bool],
        term_s: int = TERM_S,
    ) -> None:
        super().__init__(database, engine)
        self._writer, self._renewer = Connections(writing(engine)), Connections(renewing(engine))
        self._checkpoints = Checkpoints(database.checkpoint)
        self._give_back = weakref.finalize(self, _give_back, (self._checkpoints, self._writer, self._renewer))
        self._owner = owner
        self._is_gone = is_gone
        self._term_s = term_s

    def close(self) -> None:
        """Let go of the database, as `SqlReader.close` does."""
        self._give_back()
        super().close()

    @property
    def has_clock(self) -> bool:
        """Return whether the database's own clock tells how long a lease was not renewed."""
        return self._database.has_clock

    def acquire(self, campaign: str, *, now: datetime, unheard: Lease | None = None) -> Lease:
        """Take the lease of *campaign* for this process.

        It is taken over from a process that is provably gone, from one that did not renew it for a full term by the
        database's own clock, and from the holder of *unheard*.

        Args:
            campaign: its name.
            now: the wall clock, for databases that have none.
            unheard: the lease as the caller saw it a full term of its own elapsed time ago; if it is still exactly that,
                its holder has not renewed it since.

        Raises:
            LedgerError: somebody holds it; the message says who, since when, and what to do.
        """

        def step(connection: Connection, head: Head) -> Lease:
            theirs = self._database.now(connection)

            def is_silent(lease: Lease) -> bool:
                return lease == unheard or (theirs is not None and leases_of.is_over(lease, theirs))

            return leases_of.take(
                connection,
                campaign,
                owner=self._owner,
                term_s=self._term_s,
                head=head,
                now=theirs or now,
                is_gone=self._is_gone,
                is_silent=is_silent,
                by_database=theirs is not None,
            )

        return self._write(step)

    def renew(self, lease: Lease, *, now: datetime) -> Lease:
        """Return the lease, renewed.

        Raises:
            LedgerError: it was taken over (code `runner.ledger.lease.LOST`), or the database failed.
        """
        return self._write(
            lambda connection, _: leases_of.renew(
                connection, lease, now=self._database.now(connection) or now
            ),
            self._renewer,
        )

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens where it was lost."""
        self._write(lambda connection, _: leases_of.give_back(connection, lease))

    def intend(
        self,
        sending: Sending,
        block: pl.DataFrame,
        *,
        lease: Lease,
        now: datetime,
        counted_at: int | None = None,
        looked_at: int | None = None,
    ) -> Entry:
        """Append *sending* with its *block* (PERSON, CONTENT, sorted) in one durable commit.

        Args:
            sending: the intent.
            block: its people.
            lease: of the campaign.
            now: the wall clock.
            counted_at: head of the ledger when the calls of these people were counted for a cap; None = there is no cap.
            looked_at: head of the ledger when it was seen that none of these people is suppressed; None = as planned.

        Raises:
            SuppressedError: since *looked_at*, somebody was suppressed: nothing was appended.
            RecountError: since *counted_at*, another campaign sent something to some of these people: nothing was appended.
            LedgerError: the lease was lost, or a `Sending` of this campaign was appended after `sending.planned_at` under
                another lease, or the plan was made on entries that this ledger does not have: nothing was appended. Code
                `UNKNOWN`: the connection was lost during the commit and could not be made again: nobody knows.
            HaltedError: somebody stopped everything, up to this very transaction: nothing was appended.
            ValueError: the block is not what `sending` says, or the lease is of another campaign or epoch.
        """
        if (lease.campaign, lease.epoch) != (sending.task.campaign, sending.epoch):
            raise ValueError("an intent is made under the lease that it names")
        if block.height != sending.people:
            raise ValueError("an intent has as many people as its block")
        packed = packed_block(0, block)
        payload_sha256 = block_sha256(packed)

        def step(connection: Connection, head: Head) -> Entry:
            taken_at_sequence = leases_of.require(connection, lease)
            refuse_halted(connection)
            _refuse_newer(connection, sending, head=head, taken_at_sequence=taken_at_sequence)
            refuse_suppressed(connection, since=sending.planned_at if looked_at is None else looked_at)
            if counted_at is not None:
                refuse_shared(connection, sending.task.campaign, block, since=counted_at)
            return append(connection, head, sending, now=now, block=packed, payload_sha256=payload_sha256)

        entry = self._write(step)
        self._checkpoints.wrote(len(packed.people) + len(packed.contents))
        return entry

    def decide(self, fact: Decision, *, lease: Lease, seen: int, now: datetime) -> Entry:
        """Append what was decided about a task or edition, if nothing was appended about it after the entry *seen*.

        A decision changes who is called, so it is made under the lease, and on all that is known: a process that was
        stopped between its look and its decision may have been passed by the answer. `Withdrawn` is appended if no task of
        its campaign and edition was sent after *seen*: those who take the campaign back would not know of it.

        Raises:
            LedgerError: the lease was lost, or something was appended. Nothing is, then.
            HaltedError: a task is to be cancelled for being sent again, and somebody stopped everything.
        """

        def step(connection: Connection, head: Head) -> Entry:
            leases_of.require(connection, lease)
            if isinstance(fact, TaskCancelling) and fact.why == "replace":
                refuse_halted(connection)
            _refuse_news(connection, fact, seen=seen)
            return append(connection, head, fact, now=now)

        return self._write(step)

    def record(self, fact: Fact, *, now: datetime) -> Entry:
        """Append evidence, durably, on whatever the head is now.

        Raises:
            ValueError: it is no evidence, but an intent, a decision or the beginning of a ledger.
        """
        (entry,) = self.record_all((fact,), now=now)
        return entry

    def record_all(self, facts: Sequence[Fact], *, now: datetime) -> tuple[Entry, ...]:
        """Append several pieces of evidence in one durable commit, all of them or none.

        Raises:
            ValueError: as `record`.
        """
        for fact in facts:
            if isinstance(fact, _NO_EVIDENCE):
                raise ValueError(f"a {type(fact).__name__} is no evidence")  # noqa: TRY004  of the right type, at the wrong door

        if not facts:
            return ()
        alone = [(fact, None) for fact in facts]
        return self._write(lambda connection, head: append_all(connection, head, alone, now=now))

    def suppress(self, people: pl.Series, *, reason: str, by: str, now: datetime, lift: bool = False) -> int:
        """Append that *people* (PERSON) are not called any more, or with *lift* that they may be, in one durable commit.

        It needs no lease and stands on any head: each intent looks for it in its own transaction.

        Returns:
            For how many of them it is news. The others are left out, and where it is news for nobody nothing is appended.
        """
        fact_type = SuppressionLifted if lift else Suppressed

        def said(connection: Connection) -> Iterator[tuple[Fact, Block]]:
            for frame in new_to(connection, people, lift=lift):
                yield fact_type(people=frame.height, reason=reason, by=by), packed_block(0, frame)

        return self._write_people(said, now=now)

    def record_outcomes(
        self, found: Sequence[tuple[TaskOutcomes, pl.DataFrame]], *, now: datetime
    ) -> tuple[Entry, ...]:
        """Append what became of calls, each fact with its *outcomes* (`runner.frames`), in one durable commit.

        Whoever was forgotten since a task was sent is left out of it, and what then says nothing is not appended.

        Raises:
            ValueError: a frame is not what its fact says.
        """
        for fact, frame in found:
            if fact.rows != frame.height:
                raise ValueError("outcomes have as many rows as their entry says")
        packed = [packed_outcomes(0, frame) for _, frame in found]

        def said(connection: Connection) -> Iterator[tuple[Fact, OutcomeBlock]]:
            for (told, frame), whole in zip(found, packed, strict=True):
                fact, kept = without_forgotten(connection, told, frame)
                if fact.rows:
                    yield fact, whole if kept is frame else packed_outcomes(0, kept)

        if not packed:
            return ()
        return self._write(lambda connection, head: append_all(connection, head, said(connection), now=now))

    def forget(self, people: pl.Series, *, reason: str, by: str, now: datetime) -> int:
        """Append that *people* (PERSON) are to be forgotten; return for how many that was not so since anything was sent.

        From here on `record_outcomes` leaves them out, of tasks that were sent before.
        """

        def said(connection: Connection) -> Iterator[tuple[Fact, Block]]:
            for frame in newly_forgotten(connection, people):
                yield Forgotten(people=frame.height, reason=reason, by=by), packed_block(0, frame)

        return self._write_people(said, now=now)

    def erase_people(self, keys: Collection[int], *, reason: str, now: datetime) -> int:
        """Erase what outcomes say of the people with these person *keys*; return how many reports of calls that were.

        The outcomes of an entry are erased as a whole, with an entry that says so, and what they say of others is appended
        again: at the time of the entry before, so that it is kept no longer than it would have been. One commit an entry.
        """
        erased = 0
        for sequence in self._read(lambda connection: outcomes_with(connection, keys)) if keys else ():
            erased += self._erase_people_of(sequence, keys, reason=reason, now=now)
        self._database.scrub()
        return erased

    def _erase_people_of(self, sequence: int, keys: Collection[int], *, reason: str, now: datetime) -> int:
        counted = 0

        def step(connection: Connection, head: Head) -> Entry | None:
            nonlocal counted
            found = rest_of(connection, sequence, keys)
            counted = 0 if found is None else found[1]
            row = connection.execute(select(entries).where(entries.c.sequence == sequence)).one()
            entry = entry_of(Header(*row))
            if found is None or not counted or not isinstance(entry.fact, TaskOutcomes):
                return None
            drop_outcomes(connection, sequence)
            said = append(connection, head, OutcomesErased(entry=sequence, reason=reason), now=now)
            rest = found[0]
            if rest.is_empty():
                return said
            fact = told_by(entry.fact.task, rest)
            return append(connection, said.head, fact, now=entry.at, block=packed_outcomes(0, rest))

        self._write(step)
        return counted

    def erase_outcomes(self, sequences: Sequence[int], *, reason: str, now: datetime) -> tuple[Entry, ...]:
        """Erase the outcomes of these entries, and append that they were; those that are gone already are passed over.

        The entries themselves stay, with the digest of what they had.
        """

        def step(connection: Connection, head: Head) -> tuple[Entry, ...]:
            kept = sorted(
                connection.scalars(select(outcomes.c.sequence).where(outcomes.c.sequence.in_(sequences)))
            )
            said = [(OutcomesErased(entry=sequence, reason=reason), None) for sequence in kept]
            appended = append_all(connection, head, said, now=now)
            connection.execute(delete(outcomes).where(outcomes.c.sequence.in_(sequences)))
            return appended

        return self._write(step)

    def erase_outcomes_before(self, before: datetime, *, reason: str, now: datetime) -> tuple[Entry, ...]:
        """Erase the outcomes of all entries that were appended before that time, as `erase_outcomes` does."""
        old = (
            select(outcomes.c.sequence)
            .join_from(outcomes, entries, entries.c.sequence == outcomes.c.sequence)
            .where(entries.c.at < instant_text(before))
        )
        found = self._read(lambda connection: list(connection.scalars(old)))
        return self.erase_outcomes(found, reason=reason, now=now) if found else ()

    def index_people(self, *, anew: bool = False, note: Callable[[int, int], None] | None = None) -> int:
        """Write the index of prefixes for the blocks that it does not cover; return how many people were written.

        Derived data: no entry is appended, and whoever looks somebody up finds them without it. Blocks are verified before
        they are indexed. Somebody who does the same beside it makes no difference but for the work.

        Args:
            anew: drop what there is, and write all of it.
            note: is told how many people are done, and of how many.

        Raises:
            LedgerError: a block is not what its entry says, or the database failed. What was written stays.
        """

        def look(connection: Connection) -> tuple[dict[int, str], dict[int, int], list[Run], list[int]]:
            hashes, sizes = hashes_and_sizes(connection)
            return hashes, sizes, *unsound(runs_of(connection), {} if anew else hashes)

        hashes, sizes, kept, dropped = self._read(look)
        if dropped:
            self._write(lambda connection, _: drop(connection, dropped))
        todo = steps(sizes, kept)
        total = sum(sizes[sequence] for step in todo for sequence in step.sequences)
        done = 0
        for step in todo:
            if note is not None:
                note(done, total)
            done += self._index(step, hashes)
        return done

    def _index(self, step: Step, hashes: dict[int, str]) -> int:
        """Write one run, and return how many people are in it."""

        def build(connection: Connection) -> tuple[Run, list[Prefixes]]:
            size = _INDEXED_AT_ONCE
            batches = (step.sequences[at : at + size] for at in range(0, len(step.sequences), size))
            return built((block for some in batches for block in checked_blocks(connection, some)), hashes)

        run, rows = self._read(build)
        self._write(lambda connection, _: put(connection, run, rows, instead=step.instead))
        return run.people

    def bind(self, account: str, *, seen: str | None, now: datetime) -> bool:
        """Append that the ledger belongs to *account*, if it still belongs to *seen*; return whether it did.

        Two first applies may come here at once, each with its own account: one of them must learn of the other.
        """

        def step(connection: Connection, head: Head) -> Entry | None:
            if identity_of(connection).account != seen:
                return None
            return append(connection, head, Bound(account=account), now=now)

        return self._write(step) is not None

    def _write_people(
        self, said: Callable[[Connection], Iterable[tuple[Fact, Block]]], *, now: datetime
    ) -> int:
        """Append what *said* yields in one durable commit, and return how many people that is."""
        written = self._write(
            lambda connection, head: append_all(connection, head, said(connection), now=now)
        )
        facts = [entry.fact for entry in written]
        return sum(one.people for one in facts if isinstance(one, Suppressed | SuppressionLifted | Forgotten))

    def _write(self, step: Callable[[Connection, Head], T], connections: Connections | None = None) -> T:
        """Return what *step* returns when what it wrote is durable; nobody appends beside it.

        A connection that was lost before its commit was asked for has written nothing: the step is done again. One that
        was lost during the commit leaves open whether it was done. Its transaction, if it still lives at the server,
        holds the lock on the head; so the next connection takes that lock, and then what it sees is what there is.

        Raises:
            LedgerError: the database failed. Code `UNKNOWN`: during a commit, and nobody could look.
        """
        in_doubt: T | None = None
        with explained(self._database):
            for tries_left in reversed(range(TRIES)):
                try:
                    with (connections or self._writer).one() as connection, connection.begin() as transaction:
                        head = head_of(connection, lock=True)
                        if in_doubt is not None and _is_kept(connection, in_doubt):
                            return in_doubt
                        in_doubt = None
                        result = in_doubt = step(connection, head)
                        try:
                            transaction.commit()
                        except DBAPIError as error:
                            in_doubt = result if error.connection_invalidated else None
                            raise
                        return result
                except DBAPIError as error:
                    if error.connection_invalidated and tries_left:
                        continue
                    if in_doubt is not None:
                        raise _unknown(self.place) from error
                    raise
        raise AssertionError


def _give_back(kept: Sequence[Checkpoints | Connections]) -> None:
    for one in kept:
        one.close()


def _is_kept(connection: Connection, result: object) -> bool:
    """Return whether the ledger, whose head *connection* has locked, holds what a step of ours returned."""
    match result:
        case Entry():
            return hash_of(connection, result.sequence) == result.hash
        case Lease():
            return leases_of.held(connection, result.campaign) == result
        case (*_, Entry() as last):
            return hash_of(connection, last.sequence) == last.hash
        case _:
            return False


def _unknown(place: str) -> LedgerError:
    return LedgerError(
        f"the connection to the ledger {place} was lost while something was being recorded, and could not be made again: "
        "nobody knows whether it was",
        hint="Nothing is sent on doubt. Repeat the command when the database is back: it looks first.",
        code=UNKNOWN,
    )


def _refuse_news(connection: Connection, fact: Decision, *, seen: int) -> None:
    """Return if nothing was appended about the task or edition of *fact* after the entry *seen*."""
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


def _refuse_newer(connection: Connection, sending: Sending, *, head: Head, taken_at_sequence: int) -> None:
    """Return if nobody else sent or withdrew anything for the campaign of *sending* since that was planned.

    What was sent since the lease was taken was sent under it, so only what came between plan and lease is looked at.
    """
    if sending.planned_at > head.sequence:
        raise LedgerError(
            f"the plan was made when the ledger had {sending.planned_at} entries, now it has {head.sequence}",
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
