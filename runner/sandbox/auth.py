"""Who is asking: the signature and its age."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runner.sandbox.defaults import API_KEY, API_SECRET
from runner.sandbox.refusal import Code, RefusedError

_MOST_DIGITS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The one account of the sandbox."""

    api_key: str = API_KEY
    api_secret: str = field(default=API_SECRET, repr=False)


def sign(*, api_key: str, api_secret: str, timestamp: str) -> str:
    """Return the ``Sign`` header: 32 hex digits, the MD5 of key, secret and timestamp without separators.

    Source: quick start, "Sign signature rule", with its example; read 2026-11.
    """
    return hashlib.md5((api_key + api_secret + timestamp).encode(), usedforsecurity=False).hexdigest()


def authenticate(
    headers: Mapping[str, str], *, credentials: Credentials, server_time: float, tolerance_s: float
) -> None:
    """Return if the request is signed by the account and recently; path and body are not part of it.

    Args:
        headers: by lower-case name.
        credentials: the account's key and secret.
        server_time: the server's clock, Unix seconds.
        tolerance_s: how far the timestamp may be off, either way. The vendor documents no figure.

    Raises:
        RefusedError: -1 for a missing header, another key or a wrong signature (hex case does not matter);
            -16 for a timestamp that is too old, too far ahead or no number of seconds. That a wrong
            signature is noticed before a late timestamp is an assumption.
    """
    key, signature, timestamp = (headers.get(name, "") for name in ("api-key", "sign", "timestamp"))
    if not (key and signature and timestamp):
        raise RefusedError(Code.AUTHENTICATION, "Api-Key, Sign and Timestamp are required")
    expected = sign(api_key=credentials.api_key, api_secret=credentials.api_secret, timestamp=timestamp)
    is_known = hmac.compare_digest(key.encode(), credentials.api_key.encode())
    if not (hmac.compare_digest(signature.lower().encode(), expected.encode()) and is_known):
        raise RefusedError(Code.AUTHENTICATION)
    is_seconds = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS
    if not is_seconds or abs(server_time - int(timestamp)) > tolerance_s:
        raise RefusedError(Code.EXPIRED)
