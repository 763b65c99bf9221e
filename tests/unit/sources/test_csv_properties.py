"""The strict reader against the standard library's, on anything that could be a file."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner.errors import InvalidError
from runner.sources.csv_file import CsvReader

CELLS = st.text(st.sampled_from(list('ab,"\n é€😀;\t1')), max_size=6) | st.just("x\r\ny")
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=0, max_size=12)
)


def read(content: bytes, block_bytes: int) -> list[tuple[str | None, ...]]:
    """Return the rows of a file with this *content*, read in blocks of *block_bytes*, without their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(content)
        reader = CsvReader(path, display="people.csv", limit_rows=10_000, block_bytes=block_bytes)
        try:
            return [row[1:] for frame in reader.rows() for row in frame.rows()]
        finally:
            reader.close()


@given(table=TABLES, block_bytes=st.integers(1, 60), line_end=st.sampled_from(["\n", "\r\n"]))
def test_what_the_standard_library_writes_is_read_back(table, block_bytes, line_end):
    """Every table comes back as it was written, wherever blocks are cut; empty cells come back as null."""
    width = len(table[0]) if table else 1
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_MINIMAL)
    writer.writerow([f"c{number}" for number in range(width)])
    writer.writerows(table)

    assert read(text.getvalue().encode(), block_bytes) == [
        tuple(cell or None for cell in row) for row in table
    ]


@given(
    body=st.text(st.sampled_from(list('aé,"\n\r\0')), max_size=40),
    width=st.integers(1, 3),
    block_bytes=st.integers(1, 60),
)
@example(body='"a\n', width=1, block_bytes=8)
@example(body='a"b"c\n', width=1, block_bytes=8)
@example(body='""a\n', width=1, block_bytes=8)
def test_any_text_is_read_like_the_standard_library_or_refused(body, width, block_bytes):
    """No text whatever makes other cells, or another number of rows, than the standard library's strict reader."""
    header = ",".join(f"c{number}" for number in range(width)) + "\n"
    try:
        found = read((header + body).encode(), block_bytes)
    except InvalidError:
        return

    records = list(csv.reader(io.StringIO(body, newline=""), strict=True))
    assert found == [tuple(cell or None for cell in record) for record in records]
    assert all(len(record) == width for record in records)
    assert body == "" or body.endswith("\n")


@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content):
    """Nothing but an InvalidError comes of a file, whatever is in it."""
    try:
        read(b"a,b\n" + content, 16)
    except InvalidError:
        return


@pytest.mark.parametrize("block_bytes", range(1, 40))
def test_a_stray_quote_is_found_wherever_blocks_are_cut(block_bytes):
    """What is inside and what is outside does not depend on how the file was read."""
    with pytest.raises(InvalidError) as caught:
        read(b'a,b\n"1,x","2"\n3,"4\n5"\n6,7"x"\n8,9\n', block_bytes)

    assert [problem.message for problem in caught.value.problems] == [
        "row 3: a quote that neither begins nor ends a cell"
    ]
