"""Writing a whole ledger into one file of JSON lines, or into Parquet for analysis. Both verify what they write."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, select

from runner.digest.keyed import KEY_BYTES
from runner.errors import LedgerError
from runner.frames import CONTENT, PERSON
from runner.ledger.blocks import Block
from runner.ledger.chain import Header, entry_of, followed
from runner.ledger.checked import checked_blocks, checked_outcomes
from runner.ledger.export_format import Payload, entry_line, manifest_line
from runner.ledger.head import head_of
from runner.ledger.identity import identity_of
from runner.ledger.private_files import new_file, new_folder
from runner.ledger.reader import SqlReader
from runner.ledger.schema import entries
from runner.model.entry import Head

_ENTRIES_AT_ONCE = 100
_PEOPLE_A_FILE = 2_000_000

Record = tuple[Header, Payload]


def export_lines(reader: SqlReader, path: Path) -> Head:
    """Write the ledger into the new file *path*, mode 0600, and return the head that it was at.

    `runner.ledger.imports.import_lines` makes the same ledger from it, to the last hash. It holds no key; to whoever has
    the key it says who was called.

    Raises:
        LedgerError: an entry is not what its hash says, or there is something at *path*, or it cannot be written.
    """
    with reader.reading() as connection, new_file(path) as file:
        head = head_of(connection)
        file.write(manifest_line(identity_of(connection), head))
        for header, payload in _records(connection):
            file.write(entry_line(header, payload))
    return head


def export_parquet(reader: SqlReader, folder: Path) -> Head:
    """Write the ledger into the new folder *folder*, mode 0700, and return the head that it was at.

    ``entries.parquet``: the columns of `runner.ledger.schema.entries`, with ``at`` as a time in UTC, ascending by sequence.
    ``people-00001.parquet`` and so on: ``sequence``, and ``person`` and ``content`` as 32 hex digits.

    Raises:
        LedgerError: an entry is not what its hash says, or there is something at *folder*, or it cannot be written.
    """
    with reader.reading() as connection, new_folder(folder) as draft:
        headers: list[Header] = []
        people = _People(draft)
        for header, payload in _records(connection):
            headers.append(header)
            if isinstance(payload, Block):
                people.add(payload)
        people.finish()
        _entries_frame(headers).write_parquet(draft / "entries.parquet")
        return head_of(connection)


def _records(connection: Connection) -> Iterator[Record]:
    """Yield each entry with its block, once both are known to be what they should be."""
    head, last = head_of(connection), Head(sequence=0, hash="0" * 64)
    while True:
        some = (
            select(entries)
            .where(entries.c.sequence > last.sequence)
            .order_by(entries.c.sequence)
            .limit(_ENTRIES_AT_ONCE)
        )
        headers = list(followed((Header(*row) for row in connection.execute(some)), after=last))
        if not headers:
            break
        with_payload = [header for header in headers if header.payload_sha256 is not None]
        calls = {header.sequence for header in with_payload if header.kind == "outcomes"}
        people = [header.sequence for header in with_payload if header.sequence not in calls]
        found: dict[int, Payload] = {block.sequence: block for block in checked_blocks(connection, people)}
        found |= {block.sequence: block for block in checked_outcomes(connection, calls)}
        for header in headers:
            entry_of(header)
            yield header, found.get(header.sequence)
        last = Head(sequence=headers[-1].sequence, hash=headers[-1].hash)
    if last != head:
        raise LedgerError("the ledger has lost its newest entries", code="ledger-tampered")


class _People:
    """Collects blocks, and writes them into files of a size that fits into memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._frames: list[pl.DataFrame] = []
        self._files = 0

    def add(self, block: Block) -> None:
        """Take the people of *block*."""
        columns = {PERSON: _hex(block.people), CONTENT: _hex(block.contents)}
        frame = pl.DataFrame(columns).select(
            pl.lit(block.sequence, pl.Int64).alias("sequence"), PERSON, CONTENT
        )
        self._frames.append(frame)
        if sum(frame.height for frame in self._frames) >= _PEOPLE_A_FILE:
            self.finish()

    def finish(self) -> None:
        """Write what was taken."""
        if self._frames:
            self._files += 1
            pl.concat(self._frames).write_parquet(self._folder / f"people-{self._files:05}.parquet")
            self._frames = []


def _hex(keys: bytes) -> pl.Series:
    """Return packed keys as text of 32 hex digits each, at the speed of bytes."""
    return pl.Series([keys.hex(" ", KEY_BYTES)], dtype=pl.String).str.split(" ").explode()


def _entries_frame(headers: list[Header]) -> pl.DataFrame:
    schema = {name: pl.Int64 if name == "sequence" else pl.String for name in Header._fields}
    frame = pl.DataFrame(headers, schema=schema, orient="row")
    return frame.with_columns(pl.col("at").str.to_datetime(time_unit="us", time_zone="UTC"))
