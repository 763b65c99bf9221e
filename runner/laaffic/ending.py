"""How a call ended, from the three fields that say something about it on different pages of the vendor.

First the call's status, which only the newest push page has and which is null for calls before 2025-12-10. Then the code of the
end: 0 is a success by some pages, a SIP code with 200 for success by others; either counts only with a time of the answer.
A failure whose code is a SIP code means what RFC 3261 says; any other failure does not tell why, and is `unknown`. So is a
failure with a time of the answer, which contradicts itself, and a success without one.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from runner import frames
from runner.frames import PICKED_UP
from runner.model.outcome import Certainty, Outcome

STATUS: Final = "callStatus"
CODE: Final = "terminationCode"
SIP: Final = "sipCode"

_OF_STATUS: Final[Mapping[int, Outcome]] = {
    10: Outcome.BUSY,
    20: Outcome.NO_ANSWER,
    30: Outcome.FAILED,
    40: Outcome.VOICEMAIL,
    50: Outcome.ANSWERED,
    60: Outcome.FAILED,
}
"""Source: pushVoiceReport (cn), read 2026-11-23: rang and busy, rang and not answered, rang and other, voicemail, connected,
other. "Other" is neither of the named ones, and no connection."""

_SUCCESSES: Final = ("0", "200")

_OF_SIP: Final[Mapping[str, Outcome]] = {
    "408": Outcome.NO_ANSWER,
    "480": Outcome.NO_ANSWER,
    "487": Outcome.NO_ANSWER,
    "486": Outcome.BUSY,
    "600": Outcome.BUSY,
}
"""Source: RFC 3261, 21.4.9 request timeout, 21.4.18 temporarily unavailable, 21.4.25 request terminated (here: the caller gave
up), 21.4.24 busy here, 21.6.1 busy everywhere. Every other code of the classes 4xx, 5xx and 6xx is a call that could not be put
through (21.4, 21.5, 21.6): `failed`."""


def outcome() -> pl.Expr:
    """Return the outcome of a row that has STATUS: Int64, CODE and SIP: String and PICKED_UP: Int64, as `OUTCOME_TYPE`."""
    stated = pl.col(STATUS).replace_strict(_words(_OF_STATUS), default=None, return_dtype=pl.String)
    return pl.coalesce(stated, _derived(), pl.lit(Outcome.UNKNOWN.value)).cast(frames.OUTCOME_TYPE)


def certainty() -> pl.Expr:
    """Return how far such a row tells its outcome, as UInt8 of `Certainty`."""
    return (
        pl.when(pl.col(STATUS).is_in(list(_OF_STATUS)))
        .then(pl.lit(int(Certainty.STATED)))
        .when(_derived().is_not_null())
        .then(pl.lit(int(Certainty.DERIVED)))
        .otherwise(pl.lit(int(Certainty.NONE)))
        .cast(pl.UInt8)
    )


def _derived() -> pl.Expr:
    is_answered = pl.col(PICKED_UP).is_not_null()
    is_success = pl.col(CODE).is_in(list(_SUCCESSES)).fill_null(value=False)
    # The code of the end, where that is a SIP code; else the field that some forms have for it.
    sip = pl.coalesce(_failure(CODE), _failure(SIP))
    why = sip.replace_strict(_words(_OF_SIP), default=Outcome.FAILED.value, return_dtype=pl.String)
    return (
        pl.when(is_success & is_answered)
        .then(pl.lit(Outcome.ANSWERED.value))
        .when(~is_success & ~is_answered & sip.is_not_null())
        .then(why)
    )


def _failure(name: str) -> pl.Expr:
    """Return the SIP code in a column, null where it is none of a failure."""
    return pl.when(pl.col(name).str.contains(r"^[456][0-9]{2}$")).then(pl.col(name))


def _words(outcomes: "Mapping[int, Outcome] | Mapping[str, Outcome]") -> dict[object, str]:
    return {code: outcome.value for code, outcome in outcomes.items()}
