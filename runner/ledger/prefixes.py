"""Building the index of prefixes from the blocks of the ledger; see `runner.ledger.prefix_format` for what it is.

It is written after an apply, by whoever collects what became of it: within each task's durable commit it would cost several
times that commit (measured: 8 ms beside 1.5 ms a task of 10,000). Whoever looks somebody up searches blocks that no run covers
by themselves, so what is not indexed yet costs time and nothing else. Small runs are put together with new ones, so that their number
grows with the logarithm of the number of applies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from runner.digest.framed import KEY_BYTES
from runner.ledger.block_format import Block
from runner.ledger.prefix_format import (
    FIRST_BYTES,
    FORMAT,
    MOST_BLOCKS,
    PREFIX_BYTES,
    Prefixes,
    Run,
    is_sound,
    packed_sequences,
    prefixes_sha256,
    run_sha256,
)
from runner.ledger.schema import blocks, entries, prefix_runs, prefixes

MOST_PEOPLE = 2_000_000
"""Of one run of several blocks: 16 MB of index, in one transaction."""

_POSITION_BITS = 16
_PREFIX_BITS = 8 * PREFIX_BYTES

Size = tuple[int, int]
"""Sequence and number of people of a block."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run to be written.

    Attributes:
        sequences: of the blocks that it covers, ascending.
        instead: the runs whose place it takes.
    """

    sequences: tuple[int, ...]
    instead: tuple[int, ...]


def steps(sizes: Mapping[int, int], runs: Iterable[Run]) -> tuple[Step, ...]:
    """Return what is to be written so that every block is covered; nothing where each is.

    Args:
        sizes: people of each block, by sequence.
        runs: those that are sound.
    """
    kept = sorted(runs, key=lambda run: run.people)
    covered = {sequence for run in kept for sequence in run.sequences}
    rest = [(sequence, sizes[sequence]) for sequence in sorted(sizes) if sequence not in covered]
    if not rest:
        return ()
    *full, last = _chunks(rest)
    # Of the runs that are there, the smallest first as long as each is no larger than what it is put together with: a block
    # is written again at most as often as what it lies in doubles.
    blocks_of, people, instead = [sequence for sequence, _ in last], sum(n for _, n in last), list[int]()
    for run in kept:
        more = run.sequences
        if (
            run.people > people
            or people + run.people > MOST_PEOPLE
            or len(blocks_of) + len(more) > MOST_BLOCKS
        ):
            break
        blocks_of, people, instead = [*blocks_of, *more], people + run.people, [*instead, run.run]
    done = [Step(tuple(sequence for sequence, _ in chunk), ()) for chunk in full]
    return (*done, Step(tuple(sorted(blocks_of)), tuple(instead)))


def _chunks(rest: Sequence[Size]) -> list[list[Size]]:
    """Return *rest* cut so that each part has at most `MOST_PEOPLE`, or is one block."""
    chunks: list[list[Size]] = [[]]
    people = 0
    for one in rest:
        if chunks[-1] and (people + one[1] > MOST_PEOPLE or len(chunks[-1]) == MOST_BLOCKS):
            chunks.append([])
            people = 0
        chunks[-1].append(one)
        people += one[1]
    return chunks


def built(sources: Iterable[Block], hashes: Mapping[int, str]) -> tuple[Run, list[Prefixes]]:
    """Return the run that covers *sources*, at least one, ascending by sequence, and its rows.

    Args:
        sources: known to be what their entries say.
        hashes: of their content, as their entries have them, by sequence.
    """
    sequences, parts = list[int](), list["np.ndarray[tuple[int], np.dtype[np.uint64]]"]()
    for position, block in enumerate(sources):
        # The first eight bytes of a key as one number; of them the first five are kept, and the position beside them.
        firsts = np.frombuffer(block.people, dtype=">u8")[:: KEY_BYTES // 8].astype(np.uint64)
        parts.append(
            (firsts >> np.uint64(64 - 8 - _PREFIX_BITS) << np.uint64(_POSITION_BITS)) | np.uint64(position)
        )
        sequences.append(block.sequence)
    values = np.concatenate(parts)
    values.sort()
    heads = (values >> np.uint64(_POSITION_BITS + _PREFIX_BITS)).astype(np.uint8)
    counts = np.bincount(heads, minlength=FIRST_BYTES)
    lower = (values >> np.uint64(_POSITION_BITS)).astype(np.uint32).astype(">u4").tobytes()
    positions = values.astype(np.uint16).astype(">u2").tobytes()
    draft = Run(
        sequences[-1],
        FORMAT,
        len(values),
        packed_sequences(tuple(sequences)),
        counts.astype(">u4").tobytes(),
        "",
    )
    run = draft._replace(sha256=run_sha256(draft, hashes))
    rows, begin = list[Prefixes](), 0
    for first_byte, end in enumerate(np.cumsum(counts).tolist()):
        if end > begin:
            row = Prefixes(
                first_byte, run.run, lower[4 * begin : 4 * end], positions[2 * begin : 2 * end], ""
            )
            rows.append(row._replace(sha256=prefixes_sha256(row, run_digest=run.sha256)))
        begin = end
    return run, rows


def hashes_and_sizes(connection: Connection) -> tuple[dict[int, str], dict[int, int]]:
    """Return the hash of the content of each block of people, as its entry has it, and its number of people, by sequence.

    Of suppressions too: who looks somebody up asks for both.
    """
    query = select(blocks.c.sequence, entries.c.payload_sha256, blocks.c.n).join_from(
        blocks, entries, entries.c.sequence == blocks.c.sequence
    )
    rows = connection.execute(query).all()
    return {s: sha256 for s, sha256, _ in rows if sha256 is not None}, {s: n for s, _, n in rows}


def runs_of(connection: Connection) -> list[Run]:
    """Return every run that there is, sound or not, by number."""
    return [Run(*row) for row in connection.execute(select(prefix_runs).order_by(prefix_runs.c.run))]


def put(connection: Connection, run: Run, rows: Sequence[Prefixes], *, instead: Sequence[int]) -> bool:
    """Write *run* with its *rows*, in the place of some; return whether that was done.

    It is not where one of these is gone or another has its number: somebody else wrote the index meanwhile.
    """
    taken = set(connection.scalars(select(prefix_runs.c.run)))
    if not set(instead) <= taken or run.run in taken - set(instead):
        return False
    drop(connection, instead)
    connection.execute(insert(prefix_runs), run._asdict())
    connection.execute(insert(prefixes), [row._asdict() for row in rows])
    return True


def drop(connection: Connection, runs: Sequence[int]) -> None:
    """Remove these runs and their rows."""
    if runs:
        connection.execute(delete(prefixes).where(prefixes.c.run.in_(runs)))
        connection.execute(delete(prefix_runs).where(prefix_runs.c.run.in_(runs)))


def unsound(runs: Iterable[Run], hashes: Mapping[int, str]) -> tuple[list[Run], list[int]]:
    """Return those of *runs* that may be kept, and the numbers of those that may not."""
    every = list(runs)
    kept = [run for run in every if is_sound(run, hashes)]
    numbers = {run.run for run in kept}
    return kept, [run.run for run in every if run.run not in numbers]
