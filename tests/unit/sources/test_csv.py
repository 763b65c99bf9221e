"""What CSV means here, for files that are in order."""

import hashlib

import polars as pl
import pytest

from runner.errors import InvalidError, RefusedError, Where
from runner.frames import ROW
from runner.sources.audience import open_audience
from runner.sources.csv_file import CsvReader


def test_everything_is_text(rows):
    """Leading zeros, signs and blanks stay, and no cell becomes a number."""
    assert rows(b"phone,amount\n0044, 1.50 \n") == [(1, "0044", " 1.50 ")]


def test_rows_are_counted_from_one_after_the_header(rows):
    """The first record is row 1, whatever line it is on."""
    assert rows(b'phone,note\n1,"a\nb"\n2,c\n') == [(1, "1", "a\nb"), (2, "2", "c")]


@pytest.mark.parametrize("content", [b"a,b\n1,\n", b'a,b\n1,""\n', b'a,b\r\n1,""\r\n'])
def test_an_empty_cell_is_null(rows, content):
    """It makes no difference whether an empty cell is quoted."""
    assert rows(content) == [(1, "1", None)]


def test_line_ends_may_be_mixed(rows):
    """CR LF and LF both end a record and belong to no cell."""
    assert rows(b'a,b\r\n1,2\n3,"4"\r\n5,6\r\n') == [(1, "1", "2"), (2, "3", "4"), (3, "5", "6")]


def test_quotes_protect_commas_quotes_and_line_ends(rows):
    """A quoted cell may hold separators, line ends and doubled quotes."""
    assert rows(b'a,b\n"x,y","say ""hi""\r\nthere"\n"""",""""""\n') == [
        (1, "x,y", 'say "hi"\r\nthere'),
        (2, '"', '""'),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name(write):
    """`CSV UTF-8` of spreadsheet programs begins with a mark."""
    reader = open_audience(
        write(b"\xef\xbb\xbfphone,name\n1,Zo\xc3\xab\n"), display="p.csv", limit_rows=9, number="phone"
    )

    assert reader.columns == ("phone", "name")
    assert [frame.rows() for frame in reader.rows()] == [[(1, "1", "Zoë")]]


def test_a_record_may_begin_like_a_byte_order_mark_or_compressed_data(write):
    """What the parser would take for a mark or for zlib data at the start of a block is text like any other."""
    content = "a\nx\x01y\n\ufeffz\n".encode()
    reader = CsvReader(write(content), display="p.csv", limit_rows=9, block_bytes=4)

    assert [row for frame in reader.rows() for row in frame.rows()] == [(1, "x\x01y"), (2, "\ufeffz")]


def test_a_header_alone_is_an_audience_of_nobody(write):
    """A file without rows is read; whether nobody may be called is not decided here."""
    reader = open_audience(write(b"phone\n"), display="p.csv", limit_rows=9)

    assert list(reader.rows()) == []
    assert (reader.total, reader.estimated_rows) == (0, 0)


def test_only_the_wanted_columns_come_out(write):
    """Columns may be chosen, in any order; the row number is always there."""
    reader = open_audience(write(b"a,b,c\n1,2,3\n"), display="p.csv", limit_rows=9)

    (frame,) = reader.rows(["c", "a"])

    assert frame.schema == pl.Schema({ROW: pl.UInt32, "c": pl.String, "a": pl.String})
    assert frame.rows() == [(1, "3", "1")]


def test_the_hash_is_that_of_the_file(write):
    """The receipt names the bytes that were read, mark and header included."""
    content = b"\xef\xbb\xbfphone\n" + b"123456\n" * 1_000
    reader = CsvReader(write(content), display="p.csv", limit_rows=9_999, block_bytes=100)
    with pytest.raises(RuntimeError):
        _ = reader.sha256

    rows = sum(frame.height for frame in reader.rows())

    assert (rows, reader.total) == (1_000, 1_000)
    assert reader.sha256 == hashlib.sha256(content).hexdigest()


def test_rows_are_estimated_from_the_first_block(write):
    """The number of key ranges is chosen before the file is read."""
    reader = CsvReader(write(b"phone\n" + b"123456\n" * 1_000), display="p.csv", limit_rows=1, block_bytes=70)

    reader.close()

    assert reader.estimated_rows == pytest.approx(1_000, rel=0.2)


def test_more_rows_than_the_limit_are_refused(write):
    """The refusal names the value's bound, the limit and its place."""
    place = Where(path="campaigns/a.toml", line=7, column=1)
    reader = open_audience(write(b"phone\n1\n2\n3\n"), display="p.csv", limit_rows=2, limit_where=place)

    with pytest.raises(RefusedError) as caught:
        list(reader.rows())

    (problem,) = caught.value.problems
    assert problem.message == "p.csv has more than 2 rows, `[limits] rows` is 2"
    assert problem.where == place


def test_a_file_that_changes_meanwhile_is_refused(write):
    """What was hashed and what was parsed would be two files."""
    path = write(b"phone\n1\n")
    reader = open_audience(path, display="p.csv", limit_rows=9)
    path.write_bytes(b"phone\n1\n2\n")

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    assert caught.value.problems[0].code == "file-changed"


def test_a_file_that_is_replaced_meanwhile_is_refused(write, tmp_path):
    """A rename puts another file in the place of the one that is open."""
    path = write(b"phone\n1\n")
    reader = open_audience(path, display="p.csv", limit_rows=9)
    write(b"phone\n1\n", "other.csv").rename(path)

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    assert caught.value.problems[0].code == "file-changed"


@pytest.mark.parametrize("name", ["people.txt", "people", "people.csv.gz"])
def test_other_endings_are_refused(write, name):
    """The format is what the ending says."""
    with pytest.raises(InvalidError) as caught:
        open_audience(write(b"phone\n1\n", name), display=name, limit_rows=9)

    assert caught.value.problems[0].code == "unknown-format"


def test_no_such_file(tmp_path):
    """The message names the file as the campaign does."""
    with pytest.raises(InvalidError) as caught:
        open_audience(tmp_path / "a.csv", display="audiences/a.csv", limit_rows=9)

    assert str(caught.value.problems[0].where) == "audiences/a.csv"
    assert caught.value.problems[0].code == "file-missing"


def test_a_directory_is_no_audience(tmp_path):
    """Nor is a device or a pipe."""
    folder = tmp_path / "a.csv"
    folder.mkdir()

    with pytest.raises(InvalidError) as caught:
        open_audience(folder, display="a.csv", limit_rows=9)

    assert caught.value.problems[0].code == "not-a-file"
