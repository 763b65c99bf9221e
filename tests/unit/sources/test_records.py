"""Counting records without the parser."""

import pytest

from runner.sources.records import Structure, plain_shape


@pytest.mark.parametrize(
    ("block", "width", "records", "cell_bytes"),
    [(b"1,2\n34,5\n", 2, 2, 5), (b"1\r\n2\r\n", 1, 2, 2), (b"", 3, 0, 0), (b",,\n", 3, 1, 0)],
)
def test_blocks_without_quotes(block, width, records, cell_bytes):
    """Records and bytes of cells are counted, line ends and separators are not."""
    shape = plain_shape(block, width)

    assert shape is not None
    assert (shape.records, shape.cell_bytes) == (records, cell_bytes)


@pytest.mark.parametrize(
    ("block", "width"),
    [
        (b"1\n", 2),
        (b"1,2,3\n", 2),
        (b"1,2\n3\n4,5,6\n", 2),
        (b"1\n\n", 1),
        (b"\r\n", 1),
        (b"1\r\n", 0 + 2),
        (b"1\r2\n", 1),
    ],
)
def test_blocks_with_a_fault_have_no_shape(block, width):
    """A short record does not make up for a long one."""
    assert plain_shape(block, width) is None


def test_quotes_are_taken_off_the_count():
    """Quotes around a cell and one of each doubled pair are structure."""
    structure = Structure(b'"a","b""c"\r\n"",""""\r\n')

    assert structure.stray_quotes().size == 0
    assert structure.cells().tolist() == [2, 2]
    assert structure.shape().records == 2
    assert structure.shape().cell_bytes == len('ab"c"')


def test_the_last_record_may_be_incomplete():
    """What follows the last whole record is left for the next block."""
    structure = Structure(b'a,"b\nc"\nd,"e\n')

    assert structure.length == len(b'a,"b\nc"\n')
    assert structure.ends.tolist() == [7]
    assert structure.breaks.tolist() == [4]
    assert structure.dangling
