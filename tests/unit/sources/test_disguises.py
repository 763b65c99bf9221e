"""Files that are not what their name says, and text that is not UTF-8."""

import gzip
import zlib

import pytest

from runner.errors import InvalidError
from runner.sources.audience import open_audience

TEXT = b"phone,name\n+447700900001,Ann\n" * 10


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip data"),
        (zlib.compress(TEXT), "zlib data"),
        (b"\x28\xb5\x2f\xfd" + bytes(20), "zstd data"),
        (b"PK\x03\x04" + bytes(20), "a zip archive, such as an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "an old Excel workbook (.xls)"),
        (b"PAR1" + bytes(20) + b"PAR1", "a Parquet file"),
        ("\ufeff".encode("utf-16-le") + TEXT.decode().encode("utf-16-le"), "text in UTF-16"),
        ("\ufeff".encode("utf-16-be") + TEXT.decode().encode("utf-16-be"), "text in UTF-16"),
        (b"<!DOCTYPE html><title>Sign in</title>\n", "a web page"),
    ],
)
def test_disguised_files(refuse, content, what):
    """The message says what the file really is."""
    problem = refuse(content)

    assert (problem.code, problem.message) == ("disguised-file", f"this is {what}, not CSV")


@pytest.mark.parametrize("name", ["ORCID,phone", "BZip,phone"])
def test_names_that_begin_like_a_signature(rows, name):
    """A header of letters is a header."""
    assert rows(name.encode() + b"\n1,2\n") == [(1, "1", "2")]


@pytest.mark.parametrize(
    ("content", "message", "guess"),
    [
        (
            "phone,name\n1,Ann\n2,caf\u00e9\n".encode("cp1252"),
            "this is not UTF-8: byte 0xE9 at offset 22, in row 2 or thereabouts",
            "cp1252 (Windows) or latin-1",
        ),
        (
            "phone,name\n1,a \u2013 b\n".encode("cp1252"),
            "this is not UTF-8: byte 0x96 at offset 15, in row 1 or thereabouts",
            "cp1252 (Windows):",
        ),
        (
            "t\u00e9l\u00e9phone\n1\n".encode("latin-1"),
            "this is not UTF-8: byte 0xE9 at offset 1, in the header",
            "latin-1",
        ),
        (
            b"phone\n\x81\n",
            "this is not UTF-8: byte 0x81 at offset 6, in row 1 or thereabouts",
            "neither cp1252",
        ),
        (
            b"\xef\xbb\xbfphone\n\xff\n",
            "this is not UTF-8: byte 0xFF at offset 9, in row 1 or thereabouts",
            "latin-1",
        ),
    ],
)
def test_text_that_is_not_utf8(refuse, content, message, guess):
    """The message names the first byte, where it is, and the encoding it probably is."""
    problem = refuse(content)

    assert problem.message == message
    assert problem.hint is not None
    assert guess in problem.hint


@pytest.mark.parametrize(
    "content",
    [TEXT, gzip.compress(TEXT, mtime=0), b"PAR1", b"PAR1" + bytes(40), b"PAR1" + bytes(40) + b"PAR1"],
)
def test_parquet_that_is_none(write, content):
    """A file named .parquet must be one, with a footer that can be read."""
    with pytest.raises(InvalidError) as caught:
        open_audience(write(content, "people.parquet"), display="people.parquet", limit_rows=9)

    assert caught.value.problems[0].code in {"disguised-file", "cut-file", "unreadable-parquet"}
