"""Facts about the whole ledger: what it belongs to, and what holds for everything that is applied with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first entry of every ledger.

    Attributes:
        lineage: 32 hex digits, random, the same for all copies of this ledger.
        key_id: names the hashing key, see `runner.digest.keys`.
    """

    lineage: str
    environment: str
    key_id: str
    format_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The vendor account that this ledger belongs to, learned at its first apply (or a new API key of the same one)."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """The campaign *name* was called *formerly* before; what is applied under the old name from now on is refused."""

    name: str
    formerly: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """Somebody stopped everything: from here on nothing is sent, until it is lifted. `reason` is in the person's words."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Somebody lifted the stop. `reason` is in the person's words."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceMeasured:
    """How old a signature may be before the vendor refuses it, as seen on questions that change nothing.

    Attributes:
        account: of the vendor, that was asked.
        taken_s: the greatest age that was taken.
        refused_s: the smallest that was refused; None where none was.
    """

    account: str
    taken_s: int
    refused_s: int | None
