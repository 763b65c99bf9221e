"""The slow half of reading numbers: the library itself, asked once for each distinct spelling."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.audience.reasons import Invalid

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `phonenumbers` says of one spelling.

    Attributes:
        number: E.164 with plus; None where it could not be read as a number at all.
        reason: None where the number is valid.
        country: region of a valid number, such as ``GB`` (``001``: of no country); else the main one of its calling code.
    """

    number: str | None
    reason: Invalid | None
    country: str | None


def ask(spelling: str, *, home: str | None) -> Verdict:
    """Return the verdict of `phonenumbers.parse` and `is_valid_number` on *spelling*, read in the region *home*."""
    import phonenumbers  # noqa: PLC0415  see metadata

    try:
        parsed = phonenumbers.parse(spelling, home)
    except phonenumbers.NumberParseException:
        return Verdict(number=None, reason=Invalid.NOT_A_NUMBER, country=None)
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    reason = None if phonenumbers.is_valid_number(parsed) else Invalid.NOT_VALID
    return Verdict(number=number, reason=reason, country=_country(parsed))


def _country(parsed: "PhoneNumber") -> str | None:
    import phonenumbers  # noqa: PLC0415

    found: str | None = phonenumbers.region_code_for_number(parsed)
    return found or phonenumbers.region_code_for_country_code(parsed.country_code or 0)
