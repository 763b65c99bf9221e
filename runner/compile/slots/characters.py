"""What a character is to a slot: how long, whether it can be seen, and whether it belongs to the one before it.

Lengths are UTF-16 units, which Polars does not count; positions are code points, which it does. The same ranges are
used by the columnar expressions and by the Python predicates, so that both always agree, whatever Unicode version their
libraries know.
"""

import unicodedata

import polars as pl

_BLANK_RANGES = (
    (0x0000, 0x0020),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""White space, controls, and what Unicode calls default ignorable or draws as nothing (DerivedCoreProperties.txt 15.0)."""

_SKIN_TONES = (0x1F3FB, 0x1F3FF)


def _escaped(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges)


BLANK = _escaped(_BLANK_RANGES)
"""Inside of a regular expression class (Rust): characters that show nothing by themselves."""

ATTACHED = r"\p{M}" + _escaped((_SKIN_TONES,))
"""Inside of a class: characters that are drawn onto the one before them."""

ASTRAL = r"[\x{10000}-\x{10ffff}]"
"""Characters of two UTF-16 units."""

_VISIBLE = f"[^{BLANK}]"


def is_blank(character: str) -> bool:
    """Return whether *character* shows nothing by itself."""
    point = ord(character)
    return any(first <= point <= last for first, last in _BLANK_RANGES)


def is_attached(character: str) -> bool:
    """Return whether *character* is drawn onto the one before it."""
    return (
        unicodedata.category(character).startswith("M") or _SKIN_TONES[0] <= ord(character) <= _SKIN_TONES[1]
    )


def units(text: str) -> int:
    """Return the length of *text* in UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def visible_count(text: str) -> int:
    """Return how many characters of *text* show something."""
    return sum(not is_blank(character) for character in text)


def units_of(values: pl.Series) -> pl.Series:
    """Return the UTF-16 lengths of *values* (UInt32).

    Counting the astral characters costs ten times the rest, and no value of a column whose bytes are as many as its
    characters has one.
    """
    characters = values.str.len_chars()
    if (values.str.len_bytes() == characters).all():
        return characters
    return characters + values.str.count_matches(ASTRAL)


def shows(value: pl.Expr) -> pl.Expr:
    """Return whether something in *value* can be seen."""
    return value.str.contains(_VISIBLE)


def all_show(values: pl.Series) -> bool:
    """Return whether something can be seen in each of *values* that is not null."""
    value = pl.col(values.name)
    frame = values.to_frame()
    # Almost all begin with a visible character of ASCII, which is a comparison; a regular expression costs five times that.
    plain = frame.select(((value >= "!") & (value < "\x7f")).all()).item()
    return bool(plain or frame.select(shows(value).all()).item())


def blanks_in(value: pl.Expr) -> pl.Expr:
    """Return how many characters of *value* show nothing (UInt32)."""
    return value.str.count_matches(f"[{BLANK}]")
