"""The ledger as its writers see it: appended to under a lock on its head, one durable commit at a time."""

import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine

from runner.ledger import lease as leases_of
from runner.ledger.append import append, append_all
from runner.ledger.blocks import Block, block_sha256, packed_block
from runner.ledger.checkpoint import Checkpoints
from runner.ledger.commits import Commits
from runner.ledger.connections import Connections
from runner.ledger.database import Database, renewing, writing
from runner.ledger.erasure import erase, erase_people, outcomes_before
from runner.ledger.evidence import require_evidence
from runner.ledger.forgotten import forgetting, remembered
from runner.ledger.halts import refuse_halted
from runner.ledger.identity import identity_of
from runner.ledger.indexing import index_people
from runner.ledger.outcome_blocks import packed_outcomes
from runner.ledger.reader import SqlReader
from runner.ledger.shared import refuse_shared
from runner.ledger.stale import refuse_stale_decision, refuse_stale_plan
from runner.ledger.suppressions import refuse_suppressed, suppressing
from runner.model.entry import Entry, Head
from runner.model.fact import Decision, Fact
from runner.model.lease import Lease, Owner
from runner.model.ledger_fact import Bound
from runner.model.outcome_fact import TaskOutcomes
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.task_fact import Sending, TaskCancelling


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
        term_s: int = leases_of.TERM_S,
    ) -> None:
        super().__init__(database, engine)
        self._commits = Commits(database, Connections(writing(engine)))
        self._renewals = Commits(database, Connections(renewing(engine)))
        self._checkpoints = Checkpoints(database.checkpoint)
        self._give_back = weakref.finalize(
            self, _give_back, (self._checkpoints, self._commits, self._renewals)
        )
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

        return self._commits.write(step)

    def renew(self, lease: Lease, *, now: datetime) -> Lease:
        """Return the lease, renewed.

        Raises:
            LedgerError: it was taken over (code `runner.ledger.lease.LOST`), or the database failed.
        """
        return self._renewals.write(
            lambda connection, _: leases_of.renew(
                connection, lease, now=self._database.now(connection) or now
            )
        )

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens where it was lost."""
        self._commits.write(lambda connection, _: leases_of.give_back(connection, lease))

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
                `runner.ledger.commits.UNKNOWN`: the connection was lost during the commit and could not be made again:
                nobody knows.
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
            refuse_stale_plan(connection, sending, head=head, taken_at_sequence=taken_at_sequence)
            refuse_suppressed(connection, since=sending.planned_at if looked_at is None else looked_at)
            if counted_at is not None:
                refuse_shared(connection, sending.task.campaign, block, since=counted_at)
            return append(connection, head, sending, now=now, block=packed, payload_sha256=payload_sha256)

        entry = self._commits.write(step)
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
            refuse_stale_decision(connection, fact, seen=seen)
            return append(connection, head, fact, now=now)

        return self._commits.write(step)

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
        require_evidence(facts)
        if not facts:
            return ()
        alone = [(fact, None) for fact in facts]
        return self._commits.write(lambda connection, head: append_all(connection, head, alone, now=now))

    def suppress(self, people: pl.Series, *, reason: str, by: str, now: datetime, lift: bool = False) -> int:
        """Append that *people* (PERSON) are not called any more, or with *lift* that they may be, in one durable commit.

        It needs no lease and stands on any head: each intent looks for it in its own transaction.

        Returns:
            For how many of them it is news. The others are left out, and where it is news for nobody nothing is appended.
        """
        return self._append_people(
            lambda connection: suppressing(connection, people, reason=reason, by=by, lift=lift), now=now
        )

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

        def step(connection: Connection, head: Head) -> tuple[Entry, ...]:
            return append_all(connection, head, remembered(connection, found, packed), now=now)

        return self._commits.write(step) if packed else ()

    def forget(self, people: pl.Series, *, reason: str, by: str, now: datetime) -> int:
        """Append that *people* (PERSON) are to be forgotten; return for how many that was not so since anything was sent.

        From here on `record_outcomes` leaves them out, of tasks that were sent before.
        """
        return self._append_people(
            lambda connection: forgetting(connection, people, reason=reason, by=by), now=now
        )

    def erase_people(self, keys: Collection[int], *, reason: str, now: datetime) -> int:
        """Erase what outcomes say of the people with these person *keys*; return how many reports of calls that were.

        The outcomes of an entry are erased as a whole, with an entry that says so, and what they say of others is appended
        again: at the time of the entry before, so that it is kept no longer than it would have been. One commit an entry.
        """
        erased = erase_people(self._snapshots, self._commits, keys, reason=reason, now=now)
        self._database.scrub()
        return erased

    def erase_outcomes(self, sequences: Sequence[int], *, reason: str, now: datetime) -> tuple[Entry, ...]:
        """Erase the outcomes of these entries, and append that they were; those that are gone already are passed over.

        The entries themselves stay, with the digest of what they had.
        """
        return self._commits.write(
            lambda connection, head: erase(connection, head, sequences, reason=reason, now=now)
        )

    def erase_outcomes_before(self, before: datetime, *, reason: str, now: datetime) -> tuple[Entry, ...]:
        """Erase the outcomes of all entries that were appended before that time, as `erase_outcomes` does."""
        found = self._snapshots.read(lambda connection: outcomes_before(connection, before))
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
        return index_people(self._snapshots, self._commits, anew=anew, note=note)

    def bind(self, account: str, *, seen: str | None, now: datetime) -> bool:
        """Append that the ledger belongs to *account*, if it still belongs to *seen*; return whether it did.

        Two first applies may come here at once, each with its own account: one of them must learn of the other.
        """

        def step(connection: Connection, head: Head) -> Entry | None:
            if identity_of(connection).account != seen:
                return None
            return append(connection, head, Bound(account=account), now=now)

        return self._commits.write(step) is not None

    def _append_people(
        self,
        said: Callable[[Connection], Iterable[tuple[Suppressed | SuppressionLifted | Forgotten, Block]]],
        *,
        now: datetime,
    ) -> int:
        """Append what *said* yields in one durable commit, and return how many people that is."""
        written = self._commits.write(
            lambda connection, head: append_all(connection, head, said(connection), now=now)
        )
        facts = [entry.fact for entry in written]
        return sum(one.people for one in facts if isinstance(one, Suppressed | SuppressionLifted | Forgotten))


def _give_back(kept: Sequence[Checkpoints | Commits]) -> None:
    for one in kept:
        one.close()
