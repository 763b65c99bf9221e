"""Encodings and segments of SMS."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.compile.segments import Segments, SmsProfile, segments_of

PROFILE = SmsProfile()


def count(*texts: str | None, profile: SmsProfile = PROFILE) -> Segments:
    """Return the segments of *texts*."""
    return segments_of(pl.Series(texts, dtype=pl.String), profile)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("₹" * 70, 1),
        ("₹" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("я" * 66 + "😀" + "я" * 66, 3),
        ("я" * 65 + "😀" + "я" * 67, 2),
        ("₹" + "[" * 69, 1),
        ("a" * 1000, 7),
        ("я" * 1000, 15),
    ],
)
def test_segments(text: str, segments: int) -> None:
    """Extension characters count twice in GSM 7-bit, once in UCS-2; no pair is torn apart at the border of two parts."""
    assert count(text).histogram == {segments: 1}


def test_a_vendor_may_fill_parts_otherwise() -> None:
    """The room of a part comes from the vendor's profile: 308 septets are two parts of 154, three of 153."""
    assert count("a" * 308, profile=SmsProfile(part_septets=154)).worst == 2
    assert count("a" * 308).worst == 3


@pytest.mark.parametrize("character", "₱₹₫₦฿₵৳₺₲áíóúãõçêâşğıİ\u2019\u2013…•\t\u00a0\u200b`")
def test_characters_outside_the_alphabet(character: str) -> None:
    """One such character makes the text UCS-2, and is named; small ç is one of them."""
    found = count(f"pay {character} now")

    assert (found.ucs2, found.forcing) == (1, {character: 1})


@pytest.mark.parametrize("character", "éèàùìòñüöäÇ£¥$€^{}\\[~]|\n\rΔΞ¿§@_")
def test_characters_of_the_alphabet(character: str) -> None:
    """These do not make a text UCS-2; capital Ç is one of them."""
    assert count(f"pay {character} now").ucs2 == 0


def test_summary_of_many_texts() -> None:
    """Nulls are no texts; each character that forces UCS-2 is counted once a text."""
    found = count("a", "a" * 161, "₹₹é", "₹ş", None)

    assert found.histogram == {1: 3, 2: 1}
    assert (found.texts, found.total, found.worst, found.mean) == (4, 5, 2, 1.25)
    assert (found.ucs2, found.forcing) == (2, {"ş": 1, "₹": 2})


def test_nothing_to_count() -> None:
    """Without texts everything is zero."""
    assert (count(None).texts, count(None).worst, count(None).mean) == (0, 0, 0.0)


letters = st.sampled_from(["a", "€", "я", "😀"])


def slowly(text: str) -> int:
    """Fill parts one by one, as the standard says it."""
    is_gsm = set(text) <= {"a", "€"}
    sizes = [2 if character == ("€" if is_gsm else "😀") else 1 for character in text]
    single, part = (160, 153) if is_gsm else (70, 67)
    if sum(sizes) <= single:
        return 1
    parts = [0]
    for size in sizes:
        if parts[-1] + size > part:
            parts.append(0)
        parts[-1] += size
    return len(parts)


@given(st.lists(st.lists(st.tuples(letters, st.integers(1, 160)), max_size=6), max_size=8), st.integers(0, 8))
def test_columns_agree_with_filling_one_by_one(runs: list[list[tuple[str, int]]], cut: int) -> None:
    """Every text has the parts that filling them in order gives, and the sum of two halves is that of the whole."""
    texts = ["".join(letter * times for letter, times in run) for run in runs]
    expected = [slowly(text) for text in texts]

    found = count(*texts)

    assert found.histogram == {parts: expected.count(parts) for parts in sorted(set(expected))}
    halves = count(*texts[:cut]) + count(*texts[cut:])
    assert dict(halves.histogram) == dict(found.histogram)
    assert (halves.ucs2, halves.forcing) == (found.ucs2, found.forcing)
