"""Erasing outcomes: their content goes, and an entry says so; the entry that they belonged to stays, with their digest."""

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, delete, select

from runner.digest.keyed import KEY_BYTES
from runner.frames import OUTCOME_SCHEMA, PERSON
from runner.ledger.append import append, append_all
from runner.ledger.chain import Header, entry_of
from runner.ledger.checked import checked_outcomes
from runner.ledger.commits import Commits
from runner.ledger.facts import instant_text
from runner.ledger.outcome_blocks import outcomes_of, packed_outcomes, told_by
from runner.ledger.schema import entries, outcomes
from runner.ledger.snapshots import Snapshots
from runner.model.entry import Entry, Head
from runner.model.outcome_fact import OutcomesErased, TaskOutcomes

_BLOCKS_AT_ONCE = 200


def erase_people(
    snapshots: Snapshots, commits: Commits, keys: Collection[int], *, reason: str, now: datetime
) -> int:
    """Erase what outcomes say of the people with these person *keys*; return how many reports of calls that were.

    The outcomes of an entry are erased as a whole, and what they say of others is appended again: at the time of the entry
    before, so that it is kept no longer than it would have been. One commit an entry.
    """
    erased = 0
    for sequence in snapshots.read(lambda connection: _outcomes_with(connection, keys)) if keys else ():
        erased += _erase_people_of(commits, sequence, keys, reason=reason, now=now)
    return erased


def erase(
    connection: Connection, head: Head, sequences: Sequence[int], *, reason: str, now: datetime
) -> tuple[Entry, ...]:
    """Erase the outcomes of these entries, and append after *head*, which the caller has locked, that they were.

    Those that are gone already are passed over.
    """
    kept = sorted(connection.scalars(select(outcomes.c.sequence).where(outcomes.c.sequence.in_(sequences))))
    said = [(OutcomesErased(entry=sequence, reason=reason), None) for sequence in kept]
    appended = append_all(connection, head, said, now=now)
    connection.execute(delete(outcomes).where(outcomes.c.sequence.in_(sequences)))
    return appended


def outcomes_before(connection: Connection, before: datetime) -> list[int]:
    """Return the sequences of the entries that were appended before that time and whose outcomes are kept."""
    old = (
        select(outcomes.c.sequence)
        .join_from(outcomes, entries, entries.c.sequence == outcomes.c.sequence)
        .where(entries.c.at < instant_text(before))
    )
    return list(connection.scalars(old))


def _erase_people_of(
    commits: Commits, sequence: int, keys: Collection[int], *, reason: str, now: datetime
) -> int:
    counted = 0

    def step(connection: Connection, head: Head) -> Entry | None:
        nonlocal counted
        found = _rest_of(connection, sequence, keys)
        counted = 0 if found is None else found[1]
        row = connection.execute(select(entries).where(entries.c.sequence == sequence)).one()
        entry = entry_of(Header(*row))
        if found is None or not counted or not isinstance(entry.fact, TaskOutcomes):
            return None
        (said,) = erase(connection, head, [sequence], reason=reason, now=now)
        rest = found[0]
        if rest.is_empty():
            return said
        fact = told_by(entry.fact.task, rest)
        return append(connection, said.head, fact, now=entry.at, block=packed_outcomes(0, rest))

    commits.write(step)
    return counted


def _outcomes_with(connection: Connection, keys: Collection[int]) -> list[int]:
    """Return the sequences of the outcomes that hold somebody with one of these person *keys*, ascending."""
    wanted = {key.to_bytes(KEY_BYTES, "big") for key in keys}
    rows = connection.execute(
        select(outcomes.c.sequence, outcomes.c.people)
        .order_by(outcomes.c.sequence)
        .execution_options(ledger_blocks=True, yield_per=_BLOCKS_AT_ONCE)
    )
    return [sequence for sequence, people in rows if _has_one(people, wanted)]


def _has_one(people: bytes, wanted: Collection[bytes]) -> bool:
    return any(people[at : at + KEY_BYTES] in wanted for at in range(0, len(people), KEY_BYTES))


def _rest_of(connection: Connection, sequence: int, keys: Collection[int]) -> tuple[pl.DataFrame, int] | None:
    """Return what the outcomes of entry *sequence* say of others than the people with these *keys*, and how many rows are theirs.

    None where they were erased meanwhile.
    """
    block = next(checked_outcomes(connection, [sequence]), None)
    if block is None:
        return None
    frame = outcomes_of([block]).select(*OUTCOME_SCHEMA)
    theirs = pl.DataFrame({PERSON: list(keys)}, schema={PERSON: pl.UInt128})
    rest = frame.join(theirs, on=PERSON, how="anti", maintain_order="left")
    return rest, frame.height - rest.height
