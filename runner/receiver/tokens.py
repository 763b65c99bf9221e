"""The secret part of the address. Pushes are not signed, so who knows it may push."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

PREFIX: Final = b"/push/"


class Tokens:
    """Tells whether a path holds one of the tokens that are valid now, in a time that does not depend on the path.

    Args:
        tokens: one, or two while one takes the place of the other.
    """

    __slots__ = ("_digests",)

    def __init__(self, tokens: Sequence[str]) -> None:
        self._digests = tuple(hashlib.sha256(PREFIX + token.encode()).digest() for token in tokens)

    def opens(self, raw_path: bytes) -> bool:
        """Return whether *raw_path*, as it came and without its query, is the address of the pushes."""
        # Digests are of one length, so that no comparison ends early; and each token is compared, whatever came out before.
        found = hashlib.sha256(raw_path).digest()
        opened = False
        for digest in self._digests:
            opened |= hmac.compare_digest(found, digest)
        return opened
