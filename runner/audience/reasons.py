"""Why a row of the audience is not called before anybody looked at its number twice."""

from enum import StrEnum


class Invalid(StrEnum):
    """Why a number cannot be called; the text is what views show."""

    EMPTY = "no number"
    NOT_A_NUMBER = "not a number"
    SPREADSHEET = "exported by a spreadsheet"
    NOT_VALID = "not a valid number"
    RENUMBERED = "not valid since the country changed its numbers"
    FOREIGN = "of another country"
    FICTION = "reserved for fiction"
