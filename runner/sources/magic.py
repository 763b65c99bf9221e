"""What a file really is, by its first bytes, so that nothing is read as what it is not.

Readers open compressed files without being asked (measured: 2.9 MB became 3 GB of memory), and a workbook that was
renamed to ``.csv`` is no table of text.

Source: the signatures are those of the formats' own specifications, as collected in the ``magic`` database of file(1).
"""

from runner.errors import InvalidError, Problem, Where

LONGEST = 16
"""How many first bytes are looked at."""

PARQUET = b"PAR1"
UTF8_BOM = b"\xef\xbb\xbf"

_COMPRESSED = "Decompress it first; a compressed audience is not read."
_WORKBOOK = "Export the sheet as 'CSV UTF-8' from the spreadsheet program."
_ENCODING = "Save it as UTF-8."
_OTHER = "Check how the file was made."

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip data", _COMPRESSED),
    (b"\x28\xb5\x2f\xfd", "zstd data", _COMPRESSED),
    (b"\xfd7zXZ\x00", "xz data", _COMPRESSED),
    (b"BZh", "bzip2 data", _COMPRESSED),
    (b"\x04\x22\x4d\x18", "LZ4 data", _COMPRESSED),
    (b"\x78\x01", "zlib data", _COMPRESSED),
    (b"\x78\x9c", "zlib data", _COMPRESSED),
    (b"\x78\xda", "zlib data", _COMPRESSED),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _COMPRESSED),
    (b"Rar!\x1a\x07", "a RAR archive", _COMPRESSED),
    (b"PK\x03\x04", "a zip archive, such as an Excel workbook (.xlsx)", _WORKBOOK),
    (b"PK\x05\x06", "an empty zip archive", _WORKBOOK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", _WORKBOOK),
    (PARQUET, "a Parquet file", "Name it .parquet."),
    (b"PARE", "an encrypted Parquet file", "Encrypted Parquet is not read."),
    (b"ARROW1", "an Arrow file", "Write it as Parquet or CSV."),
    (b"FEA1", "a Feather file", "Write it as Parquet or CSV."),
    (b"Obj\x01", "an Avro file", "Write it as Parquet or CSV."),
    (b"ORC", "an ORC file", "Write it as Parquet or CSV."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as Parquet or CSV."),
    (b"%PDF", "a PDF", _OTHER),
    (b"{\\rtf", "a rich-text document", _OTHER),
    (b"\x00\x00\xfe\xff", "text in UTF-32", _ENCODING),
    (b"\xff\xfe\x00\x00", "text in UTF-32", _ENCODING),
    (b"\xff\xfe", "text in UTF-16", _ENCODING),
    (b"\xfe\xff", "text in UTF-16", _ENCODING),
    (b"\x7fELF", "a program", _OTHER),
    (b"<!DOCTYPE", "a web page", "It may be a log-in page saved in place of the file."),
    (b"<!doctype", "a web page", "It may be a log-in page saved in place of the file."),
    (b"<html", "a web page", "It may be a log-in page saved in place of the file."),
    (b"<?xml", "an XML document", _OTHER),
)


def check_text(head: bytes, where: Where) -> None:
    """Raise `InvalidError` where a file that begins with *head* is no text in UTF-8 but something that is known."""
    for signature, name, hint in _SIGNATURES:
        if head.startswith(signature) and not (signature == b"ORC" and not _binary(head)):
            raise InvalidError(
                [Problem(code="disguised-file", message=f"this is {name}, not CSV", where=where, hint=hint)]
            )


def check_parquet(head: bytes, tail: bytes, where: Where) -> None:
    """Raise `InvalidError` unless a file with these first bytes and last four bytes is an unencrypted Parquet file."""
    if not head.startswith(PARQUET):
        for signature, name, hint in _SIGNATURES:
            if head.startswith(signature):
                raise InvalidError(
                    [
                        Problem(
                            code="disguised-file",
                            message=f"this is {name}, not Parquet",
                            where=where,
                            hint=hint,
                        )
                    ]
                )
        raise InvalidError(
            [Problem(code="disguised-file", message="this is not a Parquet file", where=where)]
        )
    if tail != PARQUET:
        raise InvalidError(
            [
                Problem(
                    code="cut-file",
                    message="the Parquet file has no footer: it is cut, or its footer is encrypted",
                    where=where,
                )
            ]
        )


def _binary(head: bytes) -> bool:
    return any(byte < 9 for byte in head)  # noqa: PLR2004  control characters that no text holds
