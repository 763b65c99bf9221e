"""People of the ledger's blocks, spread over scratch by key range: never all of them in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import polars as pl

from runner.audience.ranges import split
from runner.ports import LedgerReader
from runner.preview.former import Former
from runner.sources.scratch import Scratch

_BLOCKS_AT_ONCE = 50


def blocks_of(
    ledger: LedgerReader, sequences: Sequence[int], label: Callable[[pl.DataFrame], pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """Yield what *label* makes of the people of these entries, some blocks at a time; see `LedgerReader.blocks`."""
    for start in range(0, len(sequences), _BLOCKS_AT_ONCE):
        yield label(ledger.blocks(sequences[start : start + _BLOCKS_AT_ONCE]))


def spread(people: Iterable[pl.DataFrame], *, former: Former, scratch: Scratch, prefix: str) -> None:
    """Append *people*, under the numbers they have now, to the files of their key ranges: *prefix*, a dash and the range."""
    for some in people:
        for number, part in split(former.present(some), former.ranges).items():
            scratch.append(f"{prefix}-{number}", part)
