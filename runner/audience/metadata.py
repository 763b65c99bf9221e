"""Numbering plans of the world as regular expressions that Polars can run, from libphonenumber's metadata.

`phonenumbers` decides what is valid, one number at a time, in Python. The rules here are the same ones, brought into
a form for whole columns, and kept narrow: they say yes only where the library must say yes too, and leave the rest
to it. Source: the metadata inside the installed `phonenumbers` package (Apache-2.0), see `metadata_version`.
"""

import functools
import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

_TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)
_NOTHING = "[^0-9]"
_LITERAL = re.compile(r"\d+")


def metadata_version() -> str:
    """Return the version of the numbering plans, such as ``9.0.43``; the ledger records it."""
    return version("phonenumbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The rules of one region. Patterns are anchored at both ends where they say *whole*, else at the start only.

    Attributes:
        code: two letters, such as ``GB``.
        calling_code: digits of the country calling code.
        general: whole national numbers that look like one of this region.
        lengths: lengths that the library takes for complete national numbers.
        valid: length → whole national numbers of that length that are valid here; a missing length is never valid.
        leading_digits: how national numbers begin that belong here and to no other region of the calling code.
        trunk: what may precede a national number, as a pattern; None where nothing may.
        trunk_digits: what mostly does, such as ``0``.
        trunk_group: number of the group of `trunk` that, where it matches, has the library rewrite the number.
        exit: how a number to another country begins, as a pattern.
        exit_digits: the same, where it is nothing but digits.
    """

    code: str
    calling_code: str
    general: str
    lengths: frozenset[int]
    valid: dict[int, str]
    leading_digits: str | None
    trunk: str | None
    trunk_digits: str | None
    trunk_group: int | None
    exit: str | None
    exit_digits: str | None


@functools.cache
def region(code: str) -> Region | None:
    """Return the rules of the region *code*, two capital letters; None where there is no such region."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415  40 ms that only an audience needs

    found = PhoneMetadata.metadata_for_region(code, None)
    return None if found is None else _region(found)


@functools.cache
def regions_of(calling_code: int) -> tuple[Region, ...]:
    """Return the regions that share *calling_code*, in the library's order, the main one first; empty for the world's own."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    found = [region(code) for code in COUNTRY_CODE_TO_REGION_CODE.get(calling_code, ())]
    return tuple(one for one in found if one is not None)


@functools.cache
def calling_code_of(digits: str) -> int | None:
    """Return the calling code with which *digits* begin, as the library finds it; None where there is none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415

    for length in (1, 2, 3):
        head = digits[:length]
        if len(head) == length and not head.startswith("0") and int(head) in COUNTRY_CODE_TO_REGION_CODE:
            return int(head)
    return None


def _region(found: "PhoneMetadata") -> Region | None:
    general = found.general_desc
    if general is None or general.national_number_pattern is None:
        return None
    trunk, exit_ = found.national_prefix_for_parsing, found.international_prefix
    return Region(
        code=found.id,
        calling_code=str(found.country_code),
        general=_whole(general.national_number_pattern),
        lengths=frozenset(general.possible_length) - frozenset(general.possible_length_local_only),
        valid={length: _valid(found, length) for length in general.possible_length},
        leading_digits=_start(found.leading_digits),
        trunk=_start(trunk),
        trunk_digits=found.national_prefix,
        trunk_group=re.compile(trunk).groups if trunk and found.national_prefix_transform_rule else None,
        exit=_start(exit_),
        exit_digits=exit_ if exit_ and _LITERAL.fullmatch(exit_) else None,
    )


def _valid(found: "PhoneMetadata", length: int) -> str:
    """Return the pattern of valid numbers of *length*: of any kind of number that may have it.

    A kind without lengths of its own may have any of the general ones.
    """
    kinds = [getattr(found, name) for name in _TYPES]
    patterns = [
        kind.national_number_pattern
        for kind in kinds
        if kind is not None and (not kind.possible_length or length in kind.possible_length)
    ]
    return _whole("|".join(f"(?:{pattern})" for pattern in patterns if pattern) or _NOTHING)


def _whole(pattern: str) -> str:
    return f"^(?:{_ascii(pattern)})$"


def _start(pattern: str | None) -> str | None:
    return f"^(?:{_ascii(pattern)})" if pattern else None


def _ascii(pattern: str) -> str:
    # Rust's \d is every digit of Unicode, which makes its automata a hundred times larger.
    return pattern.replace("[\\d", "[0-9").replace("\\d", "[0-9]")
