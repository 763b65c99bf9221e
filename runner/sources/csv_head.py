"""The beginning of a CSV file: its columns, read without the library that reads the rest."""

from pathlib import Path

from runner.sources.blocks import Blocks
from runner.sources.encoding import check_utf8
from runner.sources.header import parse_header
from runner.sources.opened import Opened

_FIRST_BYTES = 1 << 16


def open_head(opened: Opened, *, block_bytes: int) -> tuple[Blocks, tuple[str, ...]]:
    """Return the blocks of *opened*, at most *block_bytes* each, and the names of its columns.

    Raises:
        InvalidError: something is wrong with the first line, or this is no CSV file.
    """
    blocks = Blocks(opened, block_bytes=block_bytes)
    check_utf8(blocks.header, opened.where, offset=0, row=0)
    return blocks, parse_header(blocks.header, opened.where)


def csv_columns(path: Path, *, display: str) -> tuple[str, ...]:
    """Return the names of the columns of the CSV file at *path*, which messages call *display*.

    Raises:
        InvalidError: see `open_head`; or there is no such file.
    """
    opened = Opened.open(path, display=display)
    try:
        return open_head(opened, block_bytes=_FIRST_BYTES)[1]
    finally:
        opened.file.close()
