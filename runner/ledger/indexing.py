"""Writing the index of prefixes beside other work: what is to be written is read, built and put in the index run by run."""

from collections.abc import Callable

from sqlalchemy import Connection

from runner.ledger.checked import batches, checked_blocks
from runner.ledger.commits import Commits
from runner.ledger.prefix_format import Prefixes, Run
from runner.ledger.prefixes import Step, built, drop, hashes_and_sizes, put, runs_of, steps, unsound
from runner.ledger.snapshots import Snapshots

_BLOCKS_AT_ONCE = 20  # of 100,000 people: 64 MB


def index_people(
    snapshots: Snapshots, commits: Commits, *, anew: bool, note: Callable[[int, int], None] | None
) -> int:
    """Write the index for the blocks that it does not cover, with *anew* all of it; return how many people were written.

    *note* is told how many people are done, and of how many.
    """

    def look(connection: Connection) -> tuple[dict[int, str], dict[int, int], list[Run], list[int]]:
        hashes, sizes = hashes_and_sizes(connection)
        return hashes, sizes, *unsound(runs_of(connection), {} if anew else hashes)

    hashes, sizes, kept, dropped = snapshots.read(look)
    if dropped:
        commits.write(lambda connection, _: drop(connection, dropped))
    todo = steps(sizes, kept)
    total = sum(sizes[sequence] for step in todo for sequence in step.sequences)
    done = 0
    for step in todo:
        if note is not None:
            note(done, total)
        done += _index(snapshots, commits, step, hashes)
    return done


def _index(snapshots: Snapshots, commits: Commits, step: Step, hashes: dict[int, str]) -> int:
    """Write one run, and return how many people are in it."""

    def build(connection: Connection) -> tuple[Run, list[Prefixes]]:
        some = batches(step.sequences, _BLOCKS_AT_ONCE)
        return built((block for batch in some for block in checked_blocks(connection, batch)), hashes)

    run, rows = snapshots.read(build)
    commits.write(lambda connection, _: put(connection, run, rows, instead=step.instead))
    return run.people
