"""One keyed value of 128 bits with the standard library alone: what `runner.digest.keyed` makes columns of.

A frame is the version, then per field its length in UTF-8 bytes, a colon and the field; a missing field is a tilde and a
colon. So no two lists of fields share a frame.
"""

import hashlib
import hmac
from collections.abc import Sequence

FRAME_VERSION = "1"
KEY_BYTES = 16


def framed(fields: Sequence[str | None]) -> str:
    """Return the unambiguous text of *fields* that is hashed."""
    return FRAME_VERSION + "".join("~:" if f is None else f"{len(f.encode())}:{f}" for f in fields)


def keyed(subkey: str, *fields: str | None) -> int:
    """Return the keyed value of *fields* as an unsigned 128-bit integer (big-endian reading of the 16 bytes)."""
    mac = hmac.digest(subkey.encode(), framed(fields).encode(), hashlib.sha256)
    return int.from_bytes(mac[:KEY_BYTES], "big")
