"""The index of prefixes as it is stored, and looking a person up in it; without numpy or the library of columns.

A *run* covers some blocks. Per first byte of the person keys in them it has one row: the next four bytes of each of these
keys, ascending, and beside them which of its blocks the key is in. It is derived from the blocks and may be dropped at any
time; so that a run of other blocks, or half of one, is never believed, both it and its rows bear a digest that the hashes
of these blocks enter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from struct import Struct
from typing import NamedTuple

from runner.digest.plain import sha256_of_parts

FORMAT = 1
FIRST_BYTES = 256
PREFIX_BYTES = 4
MOST_BLOCKS = 1 << 16
"""Of one run: which block a key is in is told by two bytes."""

_LABEL = b"runner/ledger/prefixes/1"
_SEQUENCE = Struct(">q")
_COUNT = Struct(">I")
_POSITION = Struct(">H")


class Run(NamedTuple):
    """A row of `prefix_runs`, its columns in order.

    Attributes:
        run: sequence of the newest block that it covers.
        people: in all of these blocks; somebody who is in two of them counts twice.
        blocks: sequences of these blocks, ascending, 8 big-endian bytes each.
        counts: for each first byte how many keys begin with it, 4 big-endian bytes each. Where it is none there is no row.
    """

    run: int
    format: int
    people: int
    blocks: bytes
    counts: bytes
    sha256: str

    @property
    def sequences(self) -> tuple[int, ...]:
        """Return the sequences of the blocks that it covers."""
        return tuple(sequence for (sequence,) in _SEQUENCE.iter_unpack(self.blocks))

    def count(self, first_byte: int) -> int:
        """Return how many keys begin with *first_byte*."""
        counted: int = _COUNT.unpack_from(self.counts, first_byte * _COUNT.size)[0]
        return counted


class Prefixes(NamedTuple):
    """A row of `prefixes`, its columns in order."""

    first_byte: int
    run: int
    prefixes: bytes
    positions: bytes
    sha256: str


def run_sha256(run: Run, hashes: Mapping[int, str]) -> str:
    """Return the digest of *run*: over itself and the hashes of the blocks that it covers.

    Raises:
        KeyError: *hashes*, by sequence, has none of a block that it covers.
    """
    covered = "".join(hashes[sequence] for sequence in run.sequences)
    numbers = f"{run.run} {run.format} {run.people}"
    return sha256_of_parts((_LABEL, numbers.encode(), run.blocks, run.counts, covered.encode()))


def prefixes_sha256(row: Prefixes, *, run_digest: str) -> str:
    """Return the digest of *row*, which belongs to the run with *run_digest*."""
    return sha256_of_parts(
        (_LABEL, run_digest.encode(), bytes((row.first_byte,)), row.prefixes, row.positions)
    )


def packed_sequences(sequences: tuple[int, ...]) -> bytes:
    """Return *sequences* as `Run.blocks`."""
    return b"".join(map(_SEQUENCE.pack, sequences))


def is_sound(run: Run, hashes: Mapping[int, str]) -> bool:
    """Tell whether *run* can be read here and is of exactly the blocks with these *hashes*, by sequence."""
    well_formed = (
        run.format == FORMAT
        and len(run.counts) == FIRST_BYTES * _COUNT.size
        and 0 < len(run.blocks) <= MOST_BLOCKS * _SEQUENCE.size
        and len(run.blocks) % _SEQUENCE.size == 0
    )
    return well_formed and all(s in hashes for s in run.sequences) and run_sha256(run, hashes) == run.sha256


def belongs(row: Prefixes, run: Run) -> bool:
    """Tell whether *row* is what was written for its first byte of *run*."""
    count = run.count(row.first_byte)
    well_formed = len(row.prefixes) == PREFIX_BYTES * count and len(row.positions) == _POSITION.size * count
    return well_formed and prefixes_sha256(row, run_digest=run.sha256) == row.sha256


def found_in(row: Prefixes, run: Run, key: bytes) -> Iterator[int]:
    """Yield the sequences of the blocks of *run* that may hold the person *key*, by *row* of its first byte.

    Keys that share five bytes are not told apart: the block itself has to be asked. No other block holds the person.
    """
    prefix = key[1 : 1 + PREFIX_BYTES]
    at = bisect_left(_Keys(row.prefixes, PREFIX_BYTES), prefix)
    sequences = run.sequences
    while row.prefixes[at * PREFIX_BYTES : (at + 1) * PREFIX_BYTES] == prefix:
        yield sequences[_POSITION.unpack_from(row.positions, at * _POSITION.size)[0]]
        at += 1


def rows_of(people: bytes, key: bytes) -> range:
    """Return where *key* stands among *people*: keys of its length, ascending, end to end; empty where it does not."""
    keys = _Keys(people, len(key))
    return range(bisect_left(keys, key), bisect_right(keys, key))


class _Keys:
    """Packed values of one length as a sequence, without an object for each."""

    __slots__ = ("_packed", "_size")

    def __init__(self, packed: bytes, size: int) -> None:
        self._packed = packed
        self._size = size

    def __len__(self) -> int:
        return len(self._packed) // self._size

    def __getitem__(self, at: int) -> bytes:
        return self._packed[at * self._size : (at + 1) * self._size]
