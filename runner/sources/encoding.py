"""Text that is not UTF-8: which byte, where, and what it probably is."""

from runner.errors import InvalidError, Problem, Where

_CP1252_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")
_C1 = range(0x80, 0xA0)


def check_utf8(block: bytes, where: Where, *, offset: int, row: int) -> None:
    """Raise `InvalidError` with the place of the first byte of *block* that is not UTF-8.

    Args:
        block: whole lines.
        where: the file.
        offset: bytes of the file before *block*.
        row: number of the record with which *block* begins; 0 is the header.
    """
    if block.isascii():
        return
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    else:
        return
    byte = block[start]
    line = block.count(b"\n", 0, start) + row
    place = "the header" if line == 0 else f"row {line:,} or thereabouts"
    raise InvalidError(
        [
            Problem(
                code="not-utf-8",
                message=f"this is not UTF-8: byte 0x{byte:02X} at offset {offset + start:,}, in {place}",
                where=where,
                hint=_suggestion(byte),
            )
        ]
    )


def _suggestion(byte: int) -> str:
    if byte in _CP1252_UNDEFINED:
        return "It is neither cp1252 nor UTF-16; find out how the file was made, and save it as UTF-8."
    guess = "cp1252 (Windows)" if byte in _C1 else "cp1252 (Windows) or latin-1"
    return f"It looks like {guess}: save it as 'CSV UTF-8', or run `iconv -f cp1252 -t utf-8`."
