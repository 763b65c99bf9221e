"""The signature of a request. Nothing here is ever printed: from a signature the secret can be searched offline."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from runner.digest.plain import sha256_of
from runner.errors import CredentialsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Key and secret of an account; shown by no `repr`."""

    key: str = field(repr=False)
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not be sent in a header."""
        for name, value in (("RUNNER_API_KEY", self.key), ("RUNNER_API_SECRET", self.secret)):
            if not value:
                raise CredentialsError(
                    f"{name} is not set.", hint=f"Set {name} to the value shown in the vendor's console."
                )
            if not (value.isascii() and value.isprintable()) or " " in value:
                raise CredentialsError(f"{name} has blanks, line breaks or characters outside ASCII.")


def sign(credentials: Credentials, timestamp_s: int) -> str:
    """Return the signature: 32 hex digits, the MD5 of key + secret + timestamp.

    Neither path nor body enters it, so whoever reads one signature can send anything until it expires.

    Args:
        credentials: of the account.
        timestamp_s: Unix seconds, taken at signing; how far it may be off is not documented.

    Source: LAAFFIC quick start, "Sign signature rule", read 2026-11-23; its example is tests/golden/laaffic/sign.json.
    """
    text = f"{credentials.key}{credentials.secret}{timestamp_s}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def signed_headers(credentials: Credentials, signed_at: datetime) -> Mapping[str, str]:
    """Return the headers that every request carries, GET included, signed with the aware time *signed_at*."""
    timestamp_s = int(signed_at.timestamp())
    return {
        "Content-Type": "application/json;charset=UTF-8",
        "Sign": sign(credentials, timestamp_s),
        "Timestamp": str(timestamp_s),
        "Api-Key": credentials.key,
    }


def account_of(host: str, credentials: Credentials) -> str:
    """Return 16 hex digits that name the account: the start of a SHA-256 over *host*, without port, and the API key."""
    return sha256_of([host.lower(), credentials.key], label="account/1")[:16]
