"""How many SMS an expanded text is, and which characters make it expensive.

A text of characters of the GSM 7-bit default alphabet takes septets, each character of its extension table two of them;
any other character makes the whole text UCS-2, counted in UTF-16 units. Neither an escape with its character nor a
surrogate pair is torn apart at the border of two parts (3GPP TS 23.038 section 6.2.1, TS 23.040 section 9.2.3.24.1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from runner.compile.slots.characters import units_of
from runner.compile.slots.statistics import merged

# Cell 0x09 is the capital Ç, as TS 23.038 and phones have it; Unicode's own mapping file says the small one.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_BATCH_ROWS = 10_000


def _one_of(characters: str) -> str:
    return "".join(rf"\x{{{ord(character):x}}}" for character in sorted(characters))


_FOREIGN = f"[^{_one_of(_BASIC + _EXTENSION)}]"
_ESCAPED = f"[{_one_of(_EXTENSION)}]"
_PLAIN = "".join(character for character in _BASIC if character.isascii()).encode()
_IS_GSM = np.zeros(0x110000, dtype=np.bool_)
_IS_GSM[[ord(character) for character in _BASIC + _EXTENSION]] = True

_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsProfile:
    """How a vendor cuts long SMS: the room of a text that is one SMS, and of a part of one that is several.

    Attributes:
        septets: for GSM 7-bit, in septets.
        part_septets: 153 with the usual header of 6 bytes; some vendors say 154.
        units: for UCS-2, in UTF-16 units.
    """

    septets: int = 160
    part_septets: int = 153
    units: int = 70
    part_units: int = 67


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Segments of many texts; ``a + b`` is that of both.

    Attributes:
        histogram: segments of a text → texts.
        ucs2: texts that are not GSM 7-bit.
        forcing: character that makes a text UCS-2 → texts that have it. May stem from values: show counts blindly.
    """

    histogram: Mapping[int, int]
    ucs2: int
    forcing: Mapping[str, int] = field(repr=False)

    def __add__(self, other: "Segments") -> "Segments":
        """Return the segments of both."""
        return Segments(
            histogram=merged(self.histogram, other.histogram, int.__add__),
            ucs2=self.ucs2 + other.ucs2,
            forcing=merged(self.forcing, other.forcing, int.__add__),
        )

    @property
    def texts(self) -> int:
        """Return how many texts were counted."""
        return sum(self.histogram.values())

    @property
    def total(self) -> int:
        """Return the segments of all texts together."""
        return sum(segments * texts for segments, texts in self.histogram.items())

    @property
    def worst(self) -> int:
        """Return the segments of the longest text; 0 where there is none."""
        return max(self.histogram, default=0)

    @property
    def mean(self) -> float:
        """Return the segments per text; 0 where there is none."""
        return self.total / self.texts if self.histogram else 0.0


def segments_of(texts: pl.Series, profile: SmsProfile) -> Segments:
    """Return the segments of *texts* (String); nulls are no texts, an empty text is one segment."""
    present = texts.drop_nulls().rename("text")
    if _is_plain(present):
        gsm, ucs2, escaped = present, present.clear(), np.empty(0, np.int64)
    else:
        foreign = present.str.contains(_FOREIGN)
        gsm, ucs2 = present.filter(~foreign), present.filter(foreign)
        escaped = np.flatnonzero(gsm.str.contains(_ESCAPED).to_numpy())
    counts = [_of_gsm(gsm, escaped, profile), _of_ucs2(ucs2, profile)]
    segments, found = np.unique(np.concatenate(counts), return_counts=True)
    histogram = dict(zip(segments.tolist(), found.tolist(), strict=True))
    return Segments(histogram=histogram, ucs2=len(ucs2), forcing=_forcing(ucs2))


def _is_plain(texts: pl.Series) -> bool:
    """Return whether all characters of *texts* are basic ones of ASCII: a fourth of the cost of two regular expressions."""
    batches = (texts.slice(start, _BATCH_ROWS) for start in range(0, len(texts), _BATCH_ROWS))
    return not any(batch.str.join("").item().encode().translate(None, _PLAIN) for batch in batches)


def _of_gsm(texts: pl.Series, escaped: _Numbers, profile: SmsProfile) -> _Numbers:
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    lengths[escaped] += texts.gather(escaped).str.count_matches(_ESCAPED).to_numpy()
    return _parts(texts, lengths, escaped, _Room(profile.septets, profile.part_septets, _EXTENSION))


def _of_ucs2(texts: pl.Series, profile: SmsProfile) -> _Numbers:
    lengths = units_of(texts).to_numpy().astype(np.int64)
    paired = np.flatnonzero(lengths > texts.str.len_chars().to_numpy())
    return _parts(texts, lengths, paired, _Room(profile.units, profile.part_units, None))


@dataclass(frozen=True, slots=True)
class _Room:
    """Room of a single SMS and of a part, and the characters that take two of it; None: those of two UTF-16 units."""

    single: int
    part: int
    double: str | None

    def parts(self, text: str) -> int:
        """Return the parts of a *text* that does not fit into one SMS."""
        parts, used = 1, 0
        for character in text:
            size = 2 if (character > "\uffff" if self.double is None else character in self.double) else 1
            if used + size > self.part:
                parts, used = parts + 1, 0
            used += size
        return parts


def _parts(texts: pl.Series, lengths: _Numbers, with_pairs: _Numbers, room: _Room) -> _Numbers:
    """Return the parts of each of *texts*; those at *with_pairs* have something that may not be torn apart."""
    parts = np.where(lengths <= room.single, 1, -(-lengths // room.part))
    # Each border wastes at most one place, so only texts near a border have to be filled character by character.
    most = np.where(lengths <= room.single, 1, -(-lengths // (room.part - 1)))
    doubtful = with_pairs[parts[with_pairs] != most[with_pairs]]
    exact = {text: room.parts(text) for text in texts.gather(doubtful).unique()}
    parts[doubtful] = [exact[text] for text in texts.gather(doubtful)]
    return parts


def _forcing(texts: pl.Series) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(texts), _BATCH_ROWS):
        found = merged(found, dict(_forcing_batch(texts.slice(start, _BATCH_ROWS))), int.__add__)
    return dict(sorted(found.items()))


def _forcing_batch(texts: pl.Series) -> Iterator[tuple[str, int]]:
    points = np.frombuffer(texts.str.join("").item().encode("utf-32-le"), dtype=np.uint32)
    rows = np.repeat(np.arange(len(texts)), texts.str.len_chars().to_numpy())
    foreign = ~_IS_GSM[points]
    points, rows = points[foreign], rows[foreign]
    occurs = np.zeros(len(_IS_GSM), dtype=np.bool_)
    occurs[points] = True
    code = np.cumsum(occurs) - 1
    has = np.zeros((len(texts), int(occurs.sum())), dtype=np.bool_)
    has[rows, code[points]] = True
    counts = has.sum(axis=0).tolist()
    return ((chr(point), count) for point, count in zip(np.flatnonzero(occurs).tolist(), counts, strict=True))
